"""The package where NumPy is not installed: a process of its own in which importing it fails; inside a page, the same program
in the running interpreter with NumPy hidden."""

import subprocess
import sys

PROGRAM = """
import sys

sys.modules["numpy"] = None  # importing it fails from now on
import array
import ndfuse as np

x = np.array([[1, 2, 3], [4, 5, 6]])
assert (x * 2.5).tolist() == [[2.5, 5.0, 7.5], [10.0, 12.5, 15.0]]
assert x.dtype == "int32" and x.dtype == int and repr(x.dtype) == "dtype('int32')"
assert repr(x[:, ::2] / 4) == "array([[0.25, 0.75],\\n       [1.  , 1.5 ]], dtype=float32)", repr(x[:, ::2] / 4)
assert str(x.sum()) == "21" and x.mean().item() == 3.5 and x.argmax().item() == 5
x[x > 4] = 0
x[[0, 1], [0, 0]] += 10
assert x.tolist() == [[11, 2, 3], [14, 0, 0]]
assert (x @ x.T).tolist() == [[134, 154], [154, 196]]
assert x[[1, 0]].tolist() == x[::-1].tolist() and x[x > 2].tolist() == [11, 3, 14]
assert np.asarray(array.array("d", [0.1])).tolist() == [0.1]
assert np.asarray(array.array("d", [0.1])).dtype == np.float64
assert np.concatenate([x, x * 2]).shape == (4, 3)
assert abs(np.sin(np.linspace(0, 1, 5)).tolist()[-1] - 0.8414709848) < 1e-6
assert np.float16(1.5).tolist() == 1.5 and np.array([1e-8, 70000.0], "float16").tolist() == [0.0, float("inf")]
assert (np.array([1 + 2j]) * 1j).tolist() == [-2 + 1j]
assert [v.item() for v in x[0]] == [11, 2, 3]
assert np.promote_types("int32", "float32") == "float64" and np.can_cast("int8", "int16")
assert np.where(x > 2, x, -1).tolist() == [[11, -1, 3], [14, -1, -1]]
for program in (x.asnumpy, x.__array__, lambda: np.asnumpy(x)):
    try:
        program()
    except ImportError as error:
        assert "NumPy" in str(error)
    else:
        raise AssertionError("an array of NumPy without NumPy")
"""


def test_everything_but_conversion():
    if sys.platform == "emscripten":  # no processes there
        numpy = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "numpy"}
        try:
            for name in numpy:
                del sys.modules[name]
            exec(compile(PROGRAM, "program", "exec"), {})
        finally:
            del sys.modules["numpy"]
            sys.modules.update(numpy)
        return
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)

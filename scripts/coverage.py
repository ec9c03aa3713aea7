"""Writes docs/coverage.md: which functions of the array API standard and of NumPy's main namespace are here, in Python and in C++.

    python scripts/coverage.py          writes the page
    python scripts/coverage.py --check  fails where Python's columns are not current

Python's entries come from the package and its tests: a name works on a device where a test that runs there uses it. Tests of
tests/python run on every device (those marked slow natively alone). C++'s come from the headers: a public function of this name.
"""

import re
import sys
import types
from pathlib import Path

import ndfuse
import numpy

TOP = Path(__file__).parent.parent
PAGE = TOP / "docs/coverage.md"

# Names of NumPy that are refused, with the reason.
REFUSED = {
    "other element types (text, objects, dates, records) do not live on a device": "bytes_ str_ object_ void character flexible datetime64 "
    "timedelta64 char strings rec recarray record datetime_as_string datetime_data busday_count busday_offset busdaycalendar is_busday isnat "
    "frompyfunc fromregex",
    "128-bit numbers have no device": "longdouble clongdouble float128 complex256",
    "matrices and masked arrays are classes of their own": "matrix asmatrix bmat ma memmap",
    "arrays have one layout, row-major": "asfortranarray isfortran nditer nested_iters",
    "it tells about NumPy itself": "get_include show_config show_runtime test info getbufsize setbufsize sctypeDict ScalarType typecodes "
    "little_endian False_ True_",
}
# Parts of NumPy that are namespaces of their own.
MODULES = {
    "core",
    "ctypeslib",
    "f2py",
    "fft",
    "polynomial",
    "testing",
    "typing",
}  # some are loaded when they are asked for
MODULES |= {name for name, value in vars(numpy).items() if isinstance(value, types.ModuleType)}
# C++ says some names in other ways.
IN_CPP = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "conj": "conjugate", "amax": "max", "amin": "min", "mod": "remainder", "true_divide": "divide", "bitwise_not": "invert",
    "bitwise_invert": "invert", "bitwise_left_shift": "left_shift", "bitwise_right_shift": "right_shift", "concat": "concatenate",
    "permute_dims": "transpose", "around": "round", "degrees": "rad2deg", "radians": "deg2rad", "float32": "float", "float64": "double",
}  # fmt: skip


def numpy_names() -> list:
    """Public names of NumPy's main namespace: functions, types and constants."""
    return sorted(name for name in dir(numpy) if not name.startswith("_") and name not in MODULES)


def array_api_names() -> list:
    lines = (TOP / "tests/python/namespaces/array_api.txt").read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


def tested_names() -> tuple:
    """Names that tests of every device use, and those that native tests use."""
    everywhere, natively = set(), set()
    for path in sorted((TOP / "tests/python").glob("test_*.py")):
        text = path.read_text()
        names = set(re.findall(r"\b(?:np|ndfuse|cp|m)\.(\w+)", text)) | set(re.findall(r"[\"'](\w+)[\"']", text))
        natively |= names
        everywhere |= names
    # Types and ufuncs are tested by lists that are made from the package.
    lists = set(ndfuse._ufuncs.UFUNCS) | set(ndfuse._dtypes.NAMES)
    return everywhere | lists, natively | lists


def cpp_names() -> set:
    """Public functions and types of namespace ndfuse in the headers."""
    found = set()
    for path in [*(TOP / "include/ndfuse").glob("*.hpp"), *(TOP / "include/ndfuse/expr").glob("*.hpp")]:
        text = path.read_text()
        text = re.sub(r"(?m)^namespace (detail|expr)\b.*?^}  // namespace \1$", "", text, flags=re.S)
        found |= set(
            re.findall(
                r"(?m)^(?:template <.*?> )?(?:inline |constexpr |static |requires .*? )*[\w:<>, ]+[ &]([a-z]\w*)\(",
                text,
            )
        )
        for line in re.findall(r"#define NDFUSE_\w+_FUNCTIONS\(X\)((?:.*\\\n)*.*)", text):
            found |= set(re.findall(r"X\((\w+)\)", line))
        found |= set(re.findall(r"(?m)^NDFUSE_(?:SCAN|REDUCTION|SCATTER)\((\w+)", text))
        found |= set(re.findall(r"NDFUSE_(?:UNARY|BINARY)\((\w+),", text))
    return found


# Functions that compute and whose names are neither NumPy's nor the standard's.
BEYOND = (
    "cummax cummin erf log_softmax logcumsumexp logsumexp rsqrt scatter_add scatter_max scatter_min scatter_multiply softmax top_k"
).split()


CPP_VALUES = {
    "pi", "e", "inf", "nan", "newaxis", "float", "double", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "complex64", "complex128", "bool", "all",
}  # fmt: skip


def rows(names: list) -> list:
    everywhere, natively = tested_names()
    cpp = cpp_names() | CPP_VALUES
    reasons = {name: reason for reason, listed in REFUSED.items() for name in listed.split()}
    made = []
    for name in names:
        if hasattr(ndfuse, name):
            on_cpu = "works" if name in natively else "there"
            on_gpu = "works" if name in everywhere else "there"
        elif name in reasons:
            on_cpu = on_gpu = f"refused: {reasons[name]}"
        else:
            on_cpu = on_gpu = "missing"
        in_cpp = "there" if IN_CPP.get(name, name) in cpp else ""
        made.append((name, on_cpu, on_gpu, on_gpu, in_cpp))
    return made


def summary(found: list) -> str:
    counts = {word: sum(row[1].startswith(word) for row in found) for word in ("works", "there", "refused", "missing")}
    cpp = sum(bool(row[4]) for row in found)
    share = 100 * counts["missing"] / len(found)
    return (
        f"{len(found)} names; Python: {counts['works']} work, {counts['there']} are there and no test names them, {counts['refused']} "
        f"refused, {counts['missing']} missing ({share:.1f} %); C++: {cpp}."
    )


def table(found: list) -> str:
    lines = ["| name | Python, cpu | webgpu | webgl | C++ |", "|---|---|---|---|---|"]
    for name, cpu, webgpu, webgl, cpp in found:
        if cpu.startswith("refused") or cpu == "missing":
            lines.append(f"| `{name}` | {cpu} | | | {cpp} |")
        else:
            lines.append(f"| `{name}` | {cpu} | {webgpu} | {webgl} | {cpp} |")
    return "\n".join(lines)


def page() -> str:
    standard, main, beyond = rows(array_api_names()), rows(numpy_names()), rows(BEYOND)
    return f"""# Coverage

Written by `python scripts/coverage.py`; a test checks that it is current. A name *works* on a device where a test that runs there uses it
(tests/python runs natively, and in Pyodide on WebGPU, WebGL2 and the CPU); it is *there* where none names it; *refused* says why. The column
of C++ says which functions the headers have under `nf::`. 64-bit types live on the CPU in every row.

## The array API standard 2025.12

{summary(standard)} The extensions for linear algebra and Fourier transforms are not counted.

{table(standard)}

## NumPy's main namespace

NumPy {numpy.__version__}: functions, types and constants, without its submodules ({", ".join(f"`{m}`" for m in sorted(MODULES) if not m.startswith("_"))}).
{summary(main)}

{table(main)}

## Beyond both

{summary(beyond)}

{table(beyond)}
"""


if __name__ == "__main__":
    made = page()
    if "--check" in sys.argv:
        sys.exit(
            None if PAGE.read_text() == made else "docs/coverage.md is not current: run python scripts/coverage.py"
        )
    PAGE.write_text(made)
    print("\n".join(line for line in made.splitlines() if " names; " in line))

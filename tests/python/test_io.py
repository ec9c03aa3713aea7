"""Files: what NumPy writes is read, what is written NumPy reads, byte for byte where that can be."""

import io
import zipfile

import ndfuse
import numpy
import pytest
from comparing import ALL, compare, sample


def written(function, *args, **options):
    to = io.BytesIO()
    function(to, *args, **options)
    return to.getvalue()


@pytest.mark.parametrize("dtype", ALL)
@pytest.mark.parametrize("shape", [(), (1,), (5,), (0,), (2, 3), (3, 0, 2), (2, 3, 4)], ids=str)
def test_npy(dtype, shape):
    x = numpy.asarray(sample(dtype, shape))
    data = written(numpy.save, x)
    assert written(ndfuse.save, ndfuse.array(x)) == data
    for order in "CF":
        for endian in "<>":
            other = numpy.asarray(x, order=order).astype(x.dtype.newbyteorder(endian), order=order)
            found = ndfuse.load(io.BytesIO(written(numpy.save, other)))
            assert found.dtype == dtype
            assert found.shape == shape
            assert found.asnumpy().tobytes() == x.tobytes()


def test_several_arrays_in_one_file_and_versions():
    to = io.BytesIO()
    ndfuse.save(to, ndfuse.arange(3))
    ndfuse.save(to, [1.5])
    numpy.lib.format.write_array(to, numpy.ones((2, 2), "f4"), (2, 0))
    numpy.lib.format.write_array(to, numpy.ones(1, "i2"), (3, 0))
    to.seek(0)
    assert [ndfuse.load(to).tolist() for _ in range(4)] == [[0, 1, 2], [1.5], [[1, 1], [1, 1]], [1]]
    with pytest.raises(EOFError, match="No data left in file"):
        ndfuse.load(to)


def test_paths(tmp_path):
    x = ndfuse.arange(6).reshape(2, 3)
    ndfuse.save(tmp_path / "x", x)
    assert (numpy.load(tmp_path / "x.npy") == x.asnumpy()).all()
    assert ndfuse.load(str(tmp_path / "x.npy")).tolist() == x.tolist()
    ndfuse.savez(tmp_path / "several", x, double=x * 2)
    with ndfuse.load(tmp_path / "several.npz") as found:
        assert found["double"].tolist() == (x * 2).tolist()
    with pytest.raises(FileNotFoundError):
        ndfuse.load(tmp_path / "nothing.npy")


@pytest.mark.parametrize("save", ["savez", "savez_compressed"])
def test_npz(save):
    x = numpy.arange(50_000, dtype=numpy.int32) // 7
    y = numpy.array([[1.5, -2]], numpy.float32)
    theirs = ndfuse.load(io.BytesIO(written(getattr(numpy, save), x, y=y)))
    assert set(theirs) == {"arr_0", "y"}
    assert len(theirs) == 2
    assert "y" in theirs
    assert "y.npy" in theirs
    compare(theirs["arr_0"], x)
    compare(theirs["y.npy"], y)
    assert "with keys: " in repr(theirs)
    ours = numpy.load(io.BytesIO(written(getattr(ndfuse, save), ndfuse.array(x), y=ndfuse.array(y))))
    assert (ours["arr_0"] == x).all()
    assert ours["y"].dtype == numpy.float32
    with pytest.raises(KeyError):
        theirs["z"]
    theirs.close()
    with pytest.raises(ValueError, match="closed"):
        theirs["y"]
    with pytest.raises(ValueError, match="Cannot use un-named variables and keyword arr_0"):
        ndfuse.savez(io.BytesIO(), x, arr_0=y)


def test_damaged_files_are_refused():
    data = written(numpy.save, numpy.arange(6, dtype="f4").reshape(2, 3))
    for k in range(1, len(data)):
        with pytest.raises(ValueError, match="EOF|contains pickled"):
            ndfuse.load(io.BytesIO(data[:k]))
    archive = written(numpy.savez_compressed, x=numpy.arange(100))
    for k in range(4, len(archive), 7):
        with pytest.raises(ValueError, match="broken|EOF|contains"):
            ndfuse.load(io.BytesIO(archive[:k]))["x"]
    stored = bytearray(written(numpy.savez, x=numpy.arange(100)))
    stored[stored.index(b"\x93NUMPY") + 300] ^= 1
    with pytest.raises(ValueError, match="CRC"):
        ndfuse.load(io.BytesIO(bytes(stored)))["x"]


def header(text):
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (written(numpy.save, numpy.zeros(2, [("x", "f4")])), "not supported"),
        (header(b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"), "pickles"),
        (written(numpy.save, numpy.array(["ab"])), "not supported"),
        (b"\x93NUMPY\x04\x00\x00\x00", "we only support format version"),
        (header(b"__import__('os')"), "Cannot parse header"),
        (header(b"(" * 9000), "Cannot parse header"),
        (header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }"), "shape is not valid"),
        (header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (True,), }"), "shape is not valid"),
        (header(b"{'descr': '<f4', 'fortran_order': 1, 'shape': (), }"), "fortran_order is not a valid bool"),
        (header(b"{'descr': '<f4', 'fortran_order': False}"), "correct keys"),
        (header(b" " * 20000), "may not be safe"),
        (b"something else", "no .npy file"),
    ],
)
def test_other_files_are_refused(data, words):
    with pytest.raises(ValueError, match=words):
        ndfuse.load(io.BytesIO(data))
    with pytest.raises(ValueError, match="pickle"):
        ndfuse.load(io.BytesIO(data), allow_pickle=True)


def test_bytes(tmp_path):
    x = numpy.arange(7, dtype=numpy.float32) / 2
    ndfuse.array(x).tofile(tmp_path / "x.bin")
    assert (tmp_path / "x.bin").read_bytes() == x.tobytes()
    for options in (
        {},
        {"count": 3},
        {"offset": 8},
        {"offset": 4, "count": 2},
        {"dtype": "uint8"},
        {"dtype": "float64"},
    ):
        options = {"dtype": "float32"} | options
        compare(
            ndfuse.fromfile(tmp_path / "x.bin", **options), numpy.fromfile(tmp_path / "x.bin", **options), wide=True
        )
    ndfuse.array(x).tofile(tmp_path / "x.txt", sep=",", format="%.3f")
    x.tofile(tmp_path / "y.txt", sep=",", format="%.3f")
    assert (tmp_path / "x.txt").read_bytes() == (tmp_path / "y.txt").read_bytes()
    compare(ndfuse.fromfile(tmp_path / "x.txt", "f4", sep=","), numpy.fromfile(tmp_path / "x.txt", "f4", sep=","))
    compare(ndfuse.fromfile(tmp_path / "x.txt", "f4", 2, ","), numpy.fromfile(tmp_path / "x.txt", "f4", 2, ","))
    compare(ndfuse.fromstring("1 2  3", "i4", sep=" "), numpy.fromstring("1 2  3", "i4", sep=" "))
    with pytest.raises(ValueError, match="binary mode"):
        ndfuse.fromstring("123", sep="")


LOADTXT = [
    ("1 2 3\n4 5 6\n", {}), ("1,2\n3,4\n", {"delimiter": ","}), ("# comment\n1 2 # more\n\n3 4\n", {}), ("1 2 3\n", {}), ("1\n2\n3\n", {}), ("7\n", {}),
    ("1 2\n3 4\n", {"unpack": True}), ("1 2 3\n4 5 6\n", {"usecols": (2, 0)}), ("1 2 3\n4 5 6\n", {"usecols": -1}), ("1 2\n3 4\n", {"dtype": "i4"}),
    ("1 2\n3 4\n", {"ndmin": 2}), ("1 2\n", {"ndmin": 2}), ("1\n2\n", {"ndmin": 2}), ("7\n", {"ndmin": 1}), ("a\nb\n1 2\n3 4\n", {"skiprows": 2}),
    ("1 2\n3 4\n5 6\n", {"max_rows": 2}), ("% x\n1 2\n", {"comments": "%"}), ("1e3 nan\ninf -0.5\n", {}), ("(1+2j) 3j\n1 (2-1j)\n", {"dtype": "c8"}),
    ("1;2\n3;4\n", {"delimiter": ";", "converters": {1: lambda s: float(s) * 10}}), ('"1","2"\n', {"delimiter": ",", "quotechar": '"'}),
    ("1 2\n3 4\n", {"converters": lambda s: float(s) + 1}), ("0 1\n1 0\n", {"dtype": "bool"}), ("1\t2\n", {"delimiter": "\t"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "options"), LOADTXT, ids=str)
def test_loadtxt(text, options, tmp_path):
    options = {"dtype": "f4"} | options
    expected = numpy.loadtxt(io.StringIO(text), **options)
    compare(ndfuse.loadtxt(io.StringIO(text), **options), expected)
    compare(ndfuse.loadtxt(text.splitlines(), **options), expected)
    (tmp_path / "x.txt").write_text(text)
    compare(ndfuse.loadtxt(tmp_path / "x.txt", **options), expected)


def test_loadtxt_refuses():
    for text, words in (
        ("1 2\n3\n", "the number of columns changed from 2 to 1 at row 2; use `usecols`"),
        ("1 x\n", "could not convert string 'x' to float32 at row 0, column 2"),
    ):
        with pytest.raises(ValueError, match="columns|convert") as expected:
            numpy.loadtxt(io.StringIO(text), "f4")
        with pytest.raises(ValueError, match=words) as found:
            ndfuse.loadtxt(io.StringIO(text), "f4")
        assert str(found.value) == str(expected.value)
    with pytest.raises(ValueError, match="invalid column index 5"):
        ndfuse.loadtxt(io.StringIO("1 2\n"), usecols=5)
    with pytest.warns(UserWarning, match="input contained no data"):
        assert ndfuse.loadtxt(io.StringIO("# nothing\n")).shape == (0,)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("1,2,3\n4,,6\n", {"delimiter": ","}),
        ("1,2\n3,x\n", {"delimiter": ","}),
        ("1,,3\n", {"delimiter": ",", "filling_values": 7}),
        ("1,,3\n", {"delimiter": ",", "dtype": "i4"}),
        ("1 N/A\n3 4\n", {"missing_values": "N/A", "filling_values": 0}),
        ("h\n1 2\n3 4\nfoot 1\n", {"skip_header": 1, "skip_footer": 1}),
        ("1 2 3\n4 5 6\n", {"usecols": (0, 2), "unpack": True}),
        ("  1 23\n  4 56\n", {"delimiter": 3}),
        ("1 2\n3 4\n5 6\n", {"max_rows": 2}),
        ("1 2\n# x\n3 4\n", {"comments": "#"}),
    ],
    ids=str,
)
def test_genfromtxt(text, options):
    options = {"dtype": "f4"} | options
    compare(ndfuse.genfromtxt(io.StringIO(text), **options), numpy.genfromtxt(io.StringIO(text), **options))


def test_genfromtxt_of_any_type_and_what_it_refuses():
    for text in ("1 2\n3 4\n", "1 2.5\n3 4\n", "1 2\n3 4j\n"):
        found = ndfuse.genfromtxt(io.StringIO(text), dtype=None)
        assert found.tolist() == [[complex(v) for v in line.split()] for line in text.splitlines()]
    assert ndfuse.genfromtxt(io.StringIO("1 2"), dtype=None).dtype == "int32"
    with pytest.raises(ValueError, match="got 1 columns instead of 2"):
        ndfuse.genfromtxt(io.StringIO("1 2\n3\n"))
    with pytest.warns(UserWarning, match="Some errors were detected"):
        assert ndfuse.genfromtxt(io.StringIO("1 2\n3\n5 6\n"), invalid_raise=False).tolist() == [[1, 2], [5, 6]]
    with pytest.raises(ValueError, match="structured"):
        ndfuse.genfromtxt(io.StringIO("1 2"), names=True)


@pytest.mark.parametrize("dtype", ["bool", "int32", "float16", "float32", "float64", "complex64"])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (0,), (3, 1)], ids=str)
def test_savetxt(dtype, shape):
    x = numpy.asarray(sample(dtype, shape))
    for options in (
        {},
        {"delimiter": ",", "header": "a\nb", "footer": "end"},
        {"fmt": "%g", "newline": "\r\n", "comments": "; "},
    ):
        assert written(ndfuse.savetxt, ndfuse.array(x), **options) == written(numpy.savetxt, x, **options)


def test_savetxt_forms(tmp_path):
    x = numpy.array([[1, 2], [3, 4]])
    for fmt in (["%d", "%.2f"], "%d and %d", "%5d"):
        assert written(ndfuse.savetxt, x, fmt=fmt) == written(numpy.savetxt, x, fmt=fmt)
    z = numpy.array([1 - 2j, 3 + 0.5j], "c8")
    for fmt in ("%.3f", "%g", "%g %gi", ["%.1e + %.1ej"]):
        assert written(ndfuse.savetxt, z, fmt=fmt) == written(numpy.savetxt, z, fmt=fmt)
    for name in ("x.txt", "x.txt.gz", "x.txt.bz2"):
        ndfuse.savetxt(tmp_path / name, x)
        assert (ndfuse.loadtxt(tmp_path / name) == x).all()
        assert (numpy.loadtxt(tmp_path / name) == x).all()
    text = io.StringIO()
    ndfuse.savetxt(text, x, fmt="%d")
    assert text.getvalue() == "1 2\n3 4\n"
    for bad, options in (
        (numpy.zeros((2, 2, 2)), {}),
        (x, {"fmt": ["%d"]}),
        (x, {"fmt": "%d %d %d"}),
        (x * 1.5, {"fmt": "%q"}),
    ):
        with pytest.raises((ValueError, AttributeError, TypeError)) as expected:
            numpy.savetxt(io.BytesIO(), bad, **options)
        with pytest.raises(expected.type):
            ndfuse.savetxt(io.BytesIO(), bad, **options)


def test_members_of_archives_are_deflated():
    with zipfile.ZipFile(io.BytesIO(written(ndfuse.savez_compressed, x=ndfuse.zeros(10_000)))) as archive:
        (member,) = archive.infolist()
        assert member.compress_type == zipfile.ZIP_DEFLATED
        assert member.compress_size < 1000

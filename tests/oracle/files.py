"""Writes .npy and .npz files, as NumPy makes them, to the folder files/.

index.txt there names each: FILE;DTYPE;SHAPE;BYTES of a .npy file, its elements row-major and little-endian in hexadecimal digits. `bad_*.npy` are files
that must be refused, with the words that the refusal must hold in bad.txt: FILE;WORDS. written.npz is what ndfuse itself must write.
"""

import io
import struct
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np

DTYPES = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128".split()


def sample(dtype, shape):
    n = int(np.prod(shape))
    x = np.arange(n) * 37 % 101
    return (
        (x % 2 == 0 if dtype == "bool" else x - 1j * x[::-1] if dtype.startswith("c") else x)
        .astype(dtype)
        .reshape(shape)
    )


def npy(x, version=None):
    to = io.BytesIO()
    np.lib.format.write_array(to, x, version)
    return to.getvalue()


def header(text, data=b"", magic=b"\x93NUMPY\x01\x00"):
    return magic + struct.pack("<H", len(text)) + text + data


def archive(members):
    """A zip archive of stored members with zip64 fields, by the format's description alone."""
    file, directory = b"", b""
    for name, data in members.items():
        common = struct.pack("<HHHIIIIH", 45, 0x800, 0, 0x210000, zlib.crc32(data), 0xFFFFFFFF, 0xFFFFFFFF, len(name))
        here = len(file)
        file += struct.pack("<I", 0x04034B50) + common + struct.pack("<H", 20) + name
        file += struct.pack("<HHQQ", 1, 16, len(data), len(data)) + data
        directory += (
            struct.pack("<IH", 0x02014B50, 45)
            + common
            + struct.pack("<HHHHII", 28, 0, 0, 0, 0o600 << 16, 0xFFFFFFFF)
            + name
        )
        directory += struct.pack("<HHQQQ", 1, 24, len(data), len(data), here)
    wide, count = len(file) + len(directory), len(members)
    end = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count, len(directory), len(file))
    end += struct.pack("<IIQI", 0x07064B50, 0, wide, 1)
    end += struct.pack("<IIHHIIH", 0x06054B50, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return file + directory + end


def main(folder):
    to = Path(folder) / "files"
    to.mkdir(exist_ok=True)
    index = []

    def write(name, x, data):
        (to / name).write_bytes(data)
        raw = np.ascontiguousarray(x).astype(x.dtype.newbyteorder("<")).tobytes().hex()
        index.append(f"{name};{x.dtype.name};{','.join(map(str, x.shape))};{raw}\n")

    for dtype in DTYPES:
        for shape in [(), (1,), (5,), (0,), (2, 3), (3, 0, 2), (2, 3, 4)]:
            name = f"{dtype}_{'x'.join(map(str, shape))}.npy"
            write(name, sample(dtype, shape), npy(sample(dtype, shape)))
        x = sample(dtype, (2, 3, 4))
        write(f"{dtype}_fortran.npy", x, npy(np.asfortranarray(x)))
        write(f"{dtype}_big.npy", x, npy(x.astype(x.dtype.newbyteorder(">"))))
        write(f"{dtype}_fortran_big.npy", x, npy(np.asfortranarray(x.astype(x.dtype.newbyteorder(">")))))
    x = sample("float32", (2, 3))
    for version in ((1, 0), (2, 0), (3, 0)):
        write(f"version_{version[0]}.npy", x, npy(x, version))
    write("behind.npy", x, npy(x) + b"more")
    write("keys.npy", x, header(b"{\"shape\": (2L, 3L), 'fortran_order':False ,\"descr\":'=f4'}\n", x.tobytes()))
    write(
        "truth.npy",
        np.array([True, False]),
        header(b"{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", b"\x07\x00"),
    )

    bad = {
        "structures": (npy(np.zeros(2, [("x", "f4"), ("y", "i4")])), "structures"),
        "objects": (header(b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b"\x80\x04N."), "Python objects"),
        "text": (npy(np.array(["ab"])), "elements of the type '<U2' are not supported"),
        "dates": (npy(np.array(["2020-01-01"], "M8[D]")), "elements of the type '<M8[D]' are not supported"),
        "magic": (b"\x93NUMPX" + npy(x)[6:], "this is not a .npy file"),
        "empty": (b"", "this is not a .npy file"),
        "version": (header(b"", magic=b"\x93NUMPY\x04\x00"), "not (4,0)"),
        "short_header": (npy(x)[:60], "ends in its header"),
        "short_data": (npy(x)[:-1], "the file ends after 23 of the 24 bytes of its elements"),
        "key": (header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': (), }"), "its key 'x' is unknown"),
        "twice": (header(b"{'descr': '<f4', 'descr': '<f4', 'shape': (), }"), "unknown or there twice"),
        "missing": (header(b"{'descr': '<f4', 'fortran_order': False}"), "it must have the keys"),
        "negative": (header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }"), "an extent is missing"),
        "overflow": (header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }"), "array is too big"),
        "huge": (header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }"), "an extent is too large"),
        "large": (header(b"{'descr': '<f8', 'fortran_order': False, 'shape': (72057594037927935,), }"), "the file ends after 0 of the"),
        "rank": (header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (" + b"1, " * 17 + b"), }"), "maximum supported dimension"),
        "literal": (header(b"__import__('os')"), "cannot parse the header"),
        "order": (header(b"{'descr': '<f4', 'fortran_order': 1, 'shape': (), }"), "True or False is missing"),
    }  # fmt: skip
    for name, (data, _) in bad.items():
        (to / f"bad_{name}.npy").write_bytes(data)
    (to / "bad.txt").write_text("".join(f"bad_{name}.npy;{words}\n" for name, (_, words) in bad.items()))
    (to / "index.txt").write_text("".join(index))

    arrays = {
        "x": x,
        "long": np.arange(40_000, dtype=np.int32) // 7,
        "noise": np.random.default_rng(1).random((60, 50)),
        "none": np.zeros((0, 3), "f4"),
    }
    np.savez(to / "stored.npz", **arrays)
    np.savez_compressed(to / "deflated.npz", **arrays)
    # Every level makes other blocks; 0 makes stored ones, and short data those with fixed codes.
    for level in (0, 1, 9):
        with zipfile.ZipFile(to / f"level_{level}.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=level) as file:
            file.comment = b"a comment"
            for name, x in arrays.items():
                file.writestr(f"{name}.npy", npy(x))
    with zipfile.ZipFile(to / "bzip2.npz", "w", zipfile.ZIP_BZIP2) as file:
        file.writestr("x.npy", npy(arrays["x"]))
    written = archive({b"x.npy": npy(arrays["x"]), b"flags.npy": npy(np.array([True, False]))})
    (to / "written.npz").write_bytes(written)
    with np.load(io.BytesIO(written)) as found:
        assert (
            found.files == ["x", "flags"]
            and (found["x"] == arrays["x"]).all()
            and found["flags"].tolist() == [True, False]
        )


main(sys.argv[1])

"""What building NumPy for Pyodide needs beside NumPy's own build: python pyodide_numpy.py COMMAND ARGUMENTS

configure STDLIB PREFIX       makes the headers and the sysconfig of the native Python below PREFIX those of Pyodide's, which
                              Pyodide's standard library (python_stdlib.zip) remembers
cross FOLDER PYTHON           the files that Meson wants, in FOLDER
wheel INSTALLED TAG FOLDER    a wheel of what Meson installed
"""

import base64
import hashlib
import re
import sys
import zipfile
from pathlib import Path


def configure(stdlib: str, prefix: str) -> None:
    name = "_sysconfigdata__emscripten_wasm32-emscripten.py"
    text = zipfile.ZipFile(stdlib).read(name)
    Path(prefix, "lib/python3.14", name).write_bytes(text)
    remembered: dict = {}
    exec(text, remembered)
    values = remembered["build_time_vars"]
    native = Path(prefix, "include/x86_64-linux-gnu/python3.14/pyconfig.h").read_text()
    lines = []
    for line in native.splitlines():  # which tells the names of the entries
        entry = re.match(r"(?:#define|/\* #undef) (\w+)", line)
        if not entry:
            continue
        if entry[1].startswith("_"):  # these are not remembered
            lines.append(line)
        elif values.get(entry[1]) not in (None, 0, ""):
            lines.append(f"#define {entry[1]} {values[entry[1]]}")
    guarded = ["#ifndef Py_PYCONFIG_H", "#define Py_PYCONFIG_H", *lines, "#endif", ""]
    Path(prefix, "include/python3.14/pyconfig.h").write_text("\n".join(guarded))


COMPILER = """#!{python}
# emcc for Python's extension modules: they are side modules, and wasm-ld knows no groups.
import os, sys
arguments = [one for one in sys.argv[1:] if not one.startswith(("-Wl,--start-group", "-Wl,--end-group", "-Wl,--as-needed",
    "-Wl,--allow-shlib-undefined", "-Wl,-soname", "-Wl,-O1", "-Wl,--no-undefined", "-Wl,-rpath"))]
if "-shared" in arguments:
    arguments = [one for one in arguments if one != "-shared"] + ["-sSIDE_MODULE=1", "-sWASM_BIGINT"]
os.execvp("{program}", ["{program}", *arguments])
"""

CROSS = """[binaries]
c = '{folder}/cc'
cpp = '{folder}/c++'
ar = 'emar'
ranlib = 'emranlib'
python = '{python}'
cython = 'cython'

[built-in options]
c_args = {flags}
cpp_args = {flags}
c_link_args = {link}
cpp_link_args = {link}

[properties]
needs_exe_wrapper = true
skip_sanity_check = true
longdouble_format = 'IEEE_QUAD_LE'

[host_machine]
system = 'emscripten'
cpu_family = 'wasm32'
cpu = 'wasm'
endian = 'little'
"""


def cross(folder: str, python: str) -> None:
    for name, program in (("cc", "emcc"), ("c++", "em++")):
        path = Path(folder, name)
        path.write_text(COMPILER.format(python=sys.executable, program=program))
        path.chmod(0o755)
    link = ["-fwasm-exceptions", "-sSUPPORT_LONGJMP=wasm"]
    flags = ["-fPIC", *link]
    Path(folder, "cross.ini").write_text(CROSS.format(folder=folder, python=python, flags=flags, link=link))


def wheel(installed: str, tag: str, folder: str) -> None:
    """Tests are left out."""
    root = Path(installed)
    version = re.search(r'^version = "(.*?)"', (root / "numpy/version.py").read_text(), re.M)[1]
    info = f"numpy-{version}.dist-info"
    files = {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not re.search(r"/tests?/|_tests\.|\.a$|\.pyc$", path.as_posix())
    }
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: numpy\nVersion: {version}\n".encode()
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: ndfuse\nRoot-Is-Purelib: false\nTag: {tag}\n".encode()
    record = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record.append(f"{name},sha256={digest},{len(content)}\n")
    files[f"{info}/RECORD"] = ("".join(record) + f"{info}/RECORD,,\n").encode()
    with zipfile.ZipFile(Path(folder, f"numpy-{version}-{tag}.whl"), "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for name, content in files.items():
            out.writestr(name, content)


{"configure": configure, "cross": cross, "wheel": wheel}[sys.argv[1]](*sys.argv[2:])

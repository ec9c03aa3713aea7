"""Writes docs/coverage.md: which functions of the array API standard and of NumPy's main namespace are here, in Python and in C++.

    python scripts/coverage.py          writes the page
    python scripts/coverage.py --check  fails where Python's columns are not current

A name works on a device where a test that runs there uses it. Tests of tests/python run on every device, those marked slow natively alone;
cases of tests/unit that are tagged [device] run on every device, the others on the CPU.
"""

import ast
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


def is_slow(function: ast.FunctionDef) -> bool:
    return any(ast.unparse(mark) == "pytest.mark.slow" for mark in function.decorator_list)


def tested_names() -> tuple:
    """Names that tests of every device use, and those that native tests use."""
    everywhere, natively = set(), set()
    for path in sorted((TOP / "tests/python").glob("test_*.py")):
        lines = path.read_text().splitlines()
        for part in ast.parse("\n".join(lines)).body:
            first = min([part.lineno, *(mark.lineno for mark in getattr(part, "decorator_list", []))])
            text = "\n".join(lines[first - 1 : part.end_lineno])
            names = set(re.findall(r"\b(?:np|ndfuse|cp|m)\.(\w+)", text)) | set(re.findall(r"[\"'](\w+)[\"']", text))
            natively |= names
            if not (isinstance(part, ast.FunctionDef) and is_slow(part)):
                everywhere |= names
    # Types and ufuncs are tested by lists that are made from the package.
    lists = set(ndfuse._ufuncs.UFUNCS) | set(ndfuse._dtypes.NAMES)
    return everywhere | lists, natively | lists


def tested_names_of_cpp() -> tuple:
    """The same of tests/unit. What stands before a file's first case belongs to the cases that run most widely."""
    everywhere, natively = set(), set()
    for path in sorted((TOP / "tests/unit").glob("*.cpp")):
        helpers, *cases = re.split(r"(?m)^(?=(?:TEMPLATE_)?TEST_CASE\()", path.read_text())
        titles = [case[: case.index("{")] for case in cases]
        titles.insert(0, "[device]" if any("[device]" in title for title in titles) else "")
        for title, text in zip(titles, [helpers, *cases], strict=True):
            names = set(re.findall(r"\bnf::(?:random::)?(\w+)", text)) | set(re.findall(r"\bEACH\((\w+)", text))
            natively |= names
            if "[device]" in title:
                everywhere |= names
    # Elementary functions are tested by a table, on every device, operators and types by the cases of expressions.
    table = set(re.findall(r'\{"(\w+)"', (TOP / "tests/numerics/table.hpp").read_text())) | OPERATORS | CPP_TYPES
    return everywhere | table, natively | table


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


# What C++ writes as operators, and the types of C++ that have no name of their own under nf::.
OPERATORS = set(
    "add subtract multiply divide remainder negative positive bitwise_and bitwise_or bitwise_xor invert left_shift right_shift equal not_equal "
    "less less_equal greater greater_equal logical_and logical_or logical_not".split()
)
CPP_TYPES = {
    "float", "double", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "complex64", "complex128", "bool",
}  # fmt: skip
CPP_VALUES = CPP_TYPES | {"pi", "e", "inf", "nan", "newaxis", "all"}


def rows(names: list) -> list:
    everywhere, natively = tested_names()
    cpp_everywhere, cpp_natively = tested_names_of_cpp()
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
        cpp_name = IN_CPP.get(name, name)
        if cpp_name in cpp:
            in_cpp = (
                "works" if cpp_name in cpp_natively else "there",
                "works" if cpp_name in cpp_everywhere else "there",
            )
        else:
            in_cpp = ("", "")
        made.append((name, on_cpu, on_gpu, *in_cpp))
    return made


def summary(found: list) -> str:
    def counts(column: int) -> dict:
        return {
            word: sum(row[column].startswith(word) for row in found)
            for word in ("works", "there", "refused", "missing")
        }

    python, cpp = counts(1), counts(3)
    share = 100 * python["missing"] / len(found)
    return (
        f"{len(found)} names; Python: {python['works']} work, {python['there']} are there and no test names them, {python['refused']} "
        f"refused, {python['missing']} missing ({share:.1f} %); C++: {cpp['works']} work, {cpp['there']} are there."
    )


def table(found: list) -> str:
    lines = ["| name | Python, cpu | webgpu, webgl | C++, cpu | webgpu, webgl |", "|---|---|---|---|---|"]
    for name, cpu, gpu, *cpp in found:
        if cpu.startswith("refused") or cpu == "missing":
            gpu = ""
        lines.append(f"| `{name}` | {cpu} | {gpu} | {cpp[0]} | {cpp[1]} |")
    return "\n".join(lines)


def page() -> str:
    standard, main, beyond = rows(array_api_names()), rows(numpy_names()), rows(BEYOND)
    return f"""# Coverage

Written by `python scripts/coverage.py`; a test checks that it is current. A name *works* on a device where a test that runs there uses it
(tests/python runs natively, and in Pyodide on WebGPU, WebGL2 and the CPU; the cases of tests/unit that are tagged `[device]` run on all of them, the others
on the CPU); it is *there* where none names it; *refused* says why. Empty columns of C++: no function of this name under `nf::`. 64-bit types live on the
CPU in every row.

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

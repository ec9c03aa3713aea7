"""The compile-time gate: template instantiations and kernel text of many long expressions, against the committed figures.

Counts, unlike seconds, are the same on every machine with the same compiler; another version of the compiler skips the test (exit 77).

usage: check.py --compiler CXX --work FOLDER [--expressions N] [--update] -- FLAGS...
"""

import argparse
import json
import pathlib
import re
import resource
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
FIGURES = HERE / "figures.json"
TOLERANCE = 0.03


def measure(compiler: str, work: pathlib.Path, expressions: int, flags: list[str]) -> dict[str, int]:
    source = work / "expressions.cpp"
    subprocess.run([sys.executable, str(HERE / "generate.py"), str(source), str(expressions)], check=True)
    command = [compiler, *flags, "-fsyntax-only", "-Xclang", "-print-stats", str(source)]
    said = subprocess.run(command, check=False, capture_output=True, text=True).stderr
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{used.ru_utime:.1f} s, {used.ru_maxrss // 1024} MiB (not part of the test)")
    text = re.search(r"'char \(\*\)\[(\d+)\]'", said)
    if len(re.findall(r": (?:fatal )?error:", said)) != 1 or not text:
        sys.exit(f"one error was expected, the one that says the size of the texts; the compiler said:\n{said[:4000]}")

    def count(what: str) -> int:
        found = re.search(rf"(\d+) {what}", said)
        if not found:
            sys.exit(f"the compiler's statistics do not say how many {what}")
        return int(found[1])

    return {
        "declarations": count("decls total"),
        "class_template_instantiations": count("ClassTemplateSpecialization decls"),
        "text_bytes": int(text[1]),
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--expressions", type=int, default=50)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("flags", nargs="*")
    options = parser.parse_args()
    version = subprocess.run(
        [options.compiler, "-dumpversion"], check=True, capture_output=True, text=True
    ).stdout.strip()
    committed = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    if committed.get("compiler") not in (None, version) and not options.update:
        print(f"the figures are those of compiler {committed['compiler']}, this is {version}")
        return 77
    if committed.get("expressions") not in (None, options.expressions) and not options.update:
        sys.exit(f"the figures are those of {committed['expressions']} expressions, not {options.expressions}")
    options.work.mkdir(parents=True, exist_ok=True)
    found = measure(options.compiler, options.work, options.expressions, options.flags)
    if options.update:
        FIGURES.write_text(
            json.dumps({"compiler": version, "expressions": options.expressions, **found}, indent=2) + "\n",
            encoding="utf-8",
        )
        print(found)
        return 0
    failed = False
    for name, value in found.items():
        expected = committed[name]
        off = value / expected - 1
        print(f"{name}: {value}, committed {expected} ({off:+.2%})")
        failed = failed or abs(off) > TOLERANCE
    if failed:
        print("beyond 3 %: find the reason, or accept the figures by running this script with --update")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

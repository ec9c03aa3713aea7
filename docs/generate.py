"""Fills the generated parts of the documentation: python docs/generate.py PROGRAMS [--check]

PROGRAMS is the folder with the programs built from examples/kernels.cpp and docs/code/*.cpp. In a page, what stands between
    <!-- from: SOURCE -->    and    <!-- end -->
is replaced by SOURCE, which is one of
    kernels/NAME.wgsl          a file that `kernels` writes; with #main, the entry point of its first kernel alone
    output/NAME.txt            what the program NAME prints
    PATH or PATH#REGION        a file of the project, or its lines between the marks [REGION] and [end]
With --check nothing is written; the status is 1 and the difference is shown where a page would change.
"""

import difflib
import re
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"(?m)^(<!-- from: (\S+) -->\n).*?^(<!-- end -->)$", re.DOTALL)


def region(text, name):
    """The lines between the marks, which stand in comments."""
    found = re.search(rf"(?s)// \[{re.escape(name)}\]\n(.*?)\n[^\n]*// \[end\]", text)
    if found is None:
        raise SystemExit(f"there is no region [{name}]")
    return textwrap.dedent(found[1])


def content(source, pieces):
    path, _, name = source.partition("#")
    folder = pieces if path.split("/")[0] in ("kernels", "output") else TOP
    file = folder / path
    if not file.is_file():
        raise SystemExit(f"{source}: there is no such file")
    text = file.read_text()
    if name == "main":
        text = re.search(r"(?ms)^@compute.*?^}\n", text)[0]
    elif name:
        text = region(text, name)
    language = file.suffix[1:].replace("mjs", "js")
    return text if language == "md" else f"```{language}\n{text.rstrip()}\n```\n"


def main():
    arguments = [a for a in sys.argv[1:] if a != "--check"]
    check = "--check" in sys.argv
    if len(arguments) != 1:
        raise SystemExit(__doc__)
    programs = Path(arguments[0])
    changed = False
    with tempfile.TemporaryDirectory() as folder:
        pieces = Path(folder)
        subprocess.run([programs / "kernels", pieces / "kernels"], check=True)
        (pieces / "output").mkdir()
        for source in sorted((TOP / "docs/code").glob("*.cpp")):
            run = subprocess.run([programs / source.stem], check=True, capture_output=True, text=True)
            (pieces / "output" / f"{source.stem}.txt").write_text(run.stdout)
        for page in [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]:
            old = page.read_text()
            new = BLOCK.sub(lambda m: m[1] + content(m[2], pieces) + m[3], old)
            if new == old:
                continue
            changed = True
            name = str(page.relative_to(TOP))
            if check:
                sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), new.splitlines(True), name, name))
            else:
                page.write_text(new)
                print(f"wrote {name}")
    if check and changed:
        raise SystemExit("the pages above differ from the code: make docs writes them anew")


main()

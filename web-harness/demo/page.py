"""Shows what the examples did: FOLDER/results.json (from examples/check.py) as the page FOLDER/index.html and as a table here.

python web-harness/demo/page.py FOLDER    status 1 if anything failed
"""

import json
import sys
from collections import Counter
from html import escape
from pathlib import Path

PLACES = {
    "chromium-webgpu": "Chromium, WebGPU",
    "chromium-webgl": "Chromium, WebGL2",
    "pyodide-webgpu": "Python in Chromium, WebGPU",
    "pyodide-webgl": "Python in Chromium, WebGL2",
    "node-webgpu": "Node, WebGPU",
    "node-cpu": "Node, CPU device",
    "native-cpu": "native, CPU device",
    "python-cpu": "CPython, CPU device",
}
# How a program waits where it stands (the shim's start.js); a native program's device is the CPU.
WAITING = {
    "atomics": "Atomics.wait",
    "jspi": "JSPI",
    "readpixels": "readPixels",
    "canvas": "canvas",
    "cpu": "not needed",
}
# Title, what one sees.
EXAMPLES = {
    "mandelbrot": (
        "Mandelbrot set",
        "1024 × 1024 points, up to 500 rounds each: once as one kernel made from a lambda with a loop inside, once as plain array "
        "operations in a loop, in C++ and in Python (where dozens of turns become one kernel).",
    ),
    "heat": (
        "Heat equation",
        "A plate of 512 × 512 points that began as hot and cold squares, after 500 steps of a five-point stencil written with slices; its sum and "
        "maximum are read back.",
    ),
    "black_scholes": (
        "Black-Scholes",
        "Prices of 1 000 000 call options as one expression: the asset's price grows to the right, the time left shrinks "
        "downwards; a line at every 5 units of price.",
    ),
    "matmul": (
        "Matrix product",
        "The product of two 512 × 512 matrices of sawtooth waves, uploaded from the program's memory.",
    ),
}


def duration(ms):
    return f"{ms / 1000:.2f} s" if ms >= 1000 else f"{ms:.0f} ms" if ms >= 10 else f"{ms:.2f} ms"


def amount(n):
    return f"{n / 1e6:.1f} MB" if n >= 1e6 else f"{n / 1e3:.1f} kB" if n >= 1e3 else f"{n} B"


def tag(name, content, **attributes):
    text = "".join(f' {key}="{escape(str(value))}"' for key, value in attributes.items())
    return f"<{name}{text}>{content}</{name}>"


def verdict(run):
    return tag("span", "passed" if run["passed"] else "FAILED", **{"class": "good" if run["passed"] else "bad"})


def row(report, run):
    cells = [
        PLACES[report["place"]],
        WAITING[report["waiting"]],
        run["name"],
        f"{run['launches']:,}",
        run["pipelines"],
        amount(report["uploaded_bytes"]),
        amount(report["read_bytes"]),
        duration(run["first_ms"]),
        duration(run["repeated_ms"]) if run["repeats"] else "not repeated",
    ]
    numeric = {"class": "number"}
    html = "".join(tag("td", c, **(numeric if k > 2 else {})) for k, c in enumerate(cells))
    return tag("tr", html + tag("td", f"{verdict(run)} <small>{escape(run['check'])}</small>"))


def places(results):
    """Which device each place has, and how its programs wait."""
    first = {r["place"]: r for r in reversed(results) if "adapter" in r}
    head = tag("tr", "".join(tag("th", h, scope="col") for h in ("place", "device", "waits by", "because")))
    body = (
        tag(
            "tr",
            "".join(
                tag("td", c)
                for c in (PLACES[p], escape(r["adapter"]), WAITING[r["waiting"]], escape(r["waitingReason"]))
            ),
        )
        for p, r in ((p, first[p]) for p in PLACES if p in first)
    )
    table = tag("table", tag("thead", head) + tag("tbody", "".join(body)))
    return tag("div", table, tabindex=0, role="region", **{"class": "wide", "aria-label": "Places and devices"})


def figures(reports):
    """One picture for each run: the first place that has one stands for all; the others are links."""
    runs = {}
    for report in reports:
        for run in report["runs"]:
            runs.setdefault(run["name"], []).append((report, run))
    for name, found in runs.items():
        report, run = found[0]
        source, title = run["picture"], EXAMPLES[report["name"]][0]
        image = tag("a", f'<img src="{source}" alt="{title}, {name}">', href=source)
        links = ", ".join(tag("a", PLACES[r["place"]], href=x["picture"]) for r, x in found)
        yield tag("figure", image + tag("figcaption", f"{name}: {links}"))


LANGUAGES = {"webgpu": "WGSL, for WebGPU", "webgl": "GLSL, for WebGL2"}


def kernels(reports):
    """The texts that the devices got: kernels of one name are beside each other in both languages, in the order of their first launch."""
    found = {}  # (name, how many of that name came before) -> device -> text
    for device in LANGUAGES:
        of_device = next((r["kernels"] for r in reports if r.get("device") == device and r["kernels"]), [])
        seen = Counter()
        for kernel in of_device:
            found.setdefault((kernel["name"], seen[kernel["name"]]), {})[device] = kernel["text"]
            seen[kernel["name"]] += 1
    for (name, before), texts in found.items():
        title = f"Kernel “{escape(name)}”" + (f", number {before + 1} of that name" if before else "")
        sizes = ", ".join(f"{LANGUAGES[d].split(',')[0]} {t.count(chr(10))} lines" for d, t in texts.items())
        columns = "".join(
            tag("div", tag("h3", language) + tag("pre", escape(texts[d]), tabindex=0, **{"aria-label": language}))
            if d in texts
            else tag("div", tag("h3", language) + tag("p", "This device does without such a kernel."))
            for d, language in LANGUAGES.items()
        )
        yield tag("details", tag("summary", f"{title}: {sizes}") + tag("div", columns, **{"class": "texts"}))


HEADINGS = [
    "place",
    "waits by",
    "run",
    "kernels launched",
    "compiled",
    "uploaded",
    "read back",
    "first time",
    "repeated",
    "check",
]


def section(name, reports):
    title, text = EXAMPLES[name]
    html = [tag("h2", title), tag("p", text), tag("div", "".join(figures(reports)), **{"class": "figures"})]
    numeric = {"class": "number"}
    headings = (tag("th", h, scope="col", **(numeric if 2 < k < 9 else {})) for k, h in enumerate(HEADINGS))
    head = tag("thead", tag("tr", "".join(headings)))
    body = tag("tbody", "".join(row(r, run) for r in reports for run in r["runs"]))
    html.append(
        tag(
            "div",
            tag("table", head + body),
            tabindex=0,
            role="region",
            **{"class": "wide", "aria-label": f"{title}: figures"},
        )
    )
    for r in reports:
        if "failure" in r:
            html.append(
                tag("p", f'<span class="bad">FAILED</span> {PLACES[r["place"]]}:') + tag("pre", escape(r["failure"]))
            )
    numbers = {r["place"]: r.get("numbers") for r in reports if r.get("numbers")}
    if numbers:
        items = (
            tag("li", f"{PLACES[p]}: " + ", ".join(f"{k} {v:.9g}" for k, v in n.items())) for p, n in numbers.items()
        )
        html.append(tag("p", "Read back:") + tag("ul", "".join(items)))
    html += kernels(reports)
    return tag("section", "\n".join(html), id=name)


STYLE = """
:root { color-scheme: light dark; --text: #1d2330; --soft: #58627a; --page: #fbfbfd; --panel: #f0f2f7; --line: #d5dae5;
  --good: #12703a; --bad: #b3261e; --link: #1f4fb8; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9f0; --soft: #a2acc2; --page: #14171e; --panel: #1d222c; --line: #343c4b;
  --good: #6fd39a; --bad: #ff8a80; --link: #9bbcff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 80rem; padding: 2rem 1.25rem 4rem; background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, sans-serif; }
h1 { margin: 0; font-size: 2rem; } h2 { margin: 0 0 .25rem; font-size: 1.4rem; }
a { color: var(--link); } small { color: var(--soft); font-size: .85em; }
header p, section > p { max-width: 48rem; color: var(--soft); margin: .4rem 0 1rem; }
nav a { margin-right: 1.25rem; }
section { margin-top: 2.5rem; padding-top: 2rem; border-top: 1px solid var(--line); }
.figures { display: flex; flex-wrap: wrap; gap: 1.25rem; }
figure { margin: 0; width: min(24rem, 100%); } img { display: block; width: 100%; height: auto; border-radius: .4rem; }
figcaption { margin-top: .4rem; font-size: .85rem; color: var(--soft); }
.wide { overflow-x: auto; margin: 1.25rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { padding: .45rem .7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { font-weight: 600; color: var(--soft); } .number { text-align: right; } td.number { white-space: nowrap; font-variant-numeric: tabular-nums; }
td:first-child { white-space: nowrap; } td:last-child { min-width: 18rem; } summary, figcaption { overflow-wrap: anywhere; }
.good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 700; }
.texts { display: grid; gap: 0 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); }
.texts > div { min-width: 0; } .texts p { color: var(--soft); } h3 { margin: .8rem 0 0; font-size: .9rem; color: var(--soft); }
details { margin: .6rem 0; } summary { cursor: pointer; }
pre { margin: .6rem 0; padding: 1rem; max-height: 32rem; overflow: auto; background: var(--panel); border-radius: .4rem;
  font: .8rem/1.45 ui-monospace, monospace; }
"""


def totals(results):
    """How many checks passed, and how many failed or never came to be checked."""
    checks = [run["passed"] for r in results for run in r["runs"]]
    return sum(checks), len(checks) - sum(checks) + sum("failure" in r for r in results)


def page(results):
    sections = {name: [r for r in results if r["name"] == name] for name in EXAMPLES}
    nav = tag(
        "nav", "".join(tag("a", EXAMPLES[name][0], href=f"#{name}") for name in sections), **{"aria-label": "Examples"}
    )
    intro = (
        "C++ array expressions, each lowered by the C++ compiler to the text of one fused kernel, and the same programs in Python, whose "
        "operations are recorded and fused while they run, on every device that this machine has. The programs are written straight down: where they read a result, they wait for the device, each place in its own way. "
        "The first time includes compiling the kernel; bytes are those of the whole program, all its repetitions included."
    )
    passed, failed = totals(results)
    word = {"class": "bad" if failed else "good"}
    summary = (
        tag("span", f"{passed} checks passed, {failed} failed", **word) + ", each against NumPy or double precision."
    )
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>ndfuse: demonstrations</title><style>{STYLE}</style></head><body>",
            tag("header", tag("h1", "ndfuse") + tag("p", intro) + tag("p", summary) + places(results) + nav),
            tag("main", "\n".join(section(name, reports) for name, reports in sections.items())),
            "</body></html>\n",
        ]
    )


def table(results):
    head = [
        "example",
        "run",
        "place",
        "waits by",
        "launched",
        "compiled",
        "uploaded",
        "read",
        "first",
        "repeated",
        "check",
    ]
    rows = [head]
    for r in results:
        for x in r["runs"]:
            moved = [amount(r["uploaded_bytes"]), amount(r["read_bytes"])]
            times = [duration(x["first_ms"]), duration(x["repeated_ms"]) if x["repeats"] else "-"]
            counts = [str(x["launches"]), str(x["pipelines"])]
            rows.append(
                [
                    r["name"],
                    x["name"],
                    r["place"],
                    r["waiting"],
                    *counts,
                    *moved,
                    *times,
                    "passed" if x["passed"] else "FAILED",
                ]
            )
        if "failure" in r:
            rows.append(
                [r["name"], "", r["place"], "", "", "", "", "", "", "", "FAILED: " + r["failure"].splitlines()[-1]]
            )
    widths = [max(len(row[k]) for row in rows) for k in range(len(head) - 1)]
    for row in rows:
        print(
            "  ".join(
                c.rjust(w) if k in range(4, 10) else c.ljust(w)
                for k, (c, w) in enumerate(zip(row, [*widths, 0], strict=True))
            )
        )


def main():
    folder = Path(sys.argv[1])
    results = json.loads((folder / "results.json").read_text())
    (folder / "index.html").write_text(page(results))
    table(results)
    for device in dict.fromkeys(f"{PLACES[r['place']]}: {r['adapter']}" for r in results if "adapter" in r):
        print(device)
    passed, failed = totals(results)
    print(f"{passed} passed, {failed} failed; see {folder / 'index.html'}")
    return 1 if failed or not passed else 0


sys.exit(main())

"""Set-up without a script in the page (JupyterLite, a console): ``import ndfuse as np``, then ``await np.attach()``.

Until then the package can be imported, and everything that needs the core says what to do. The files that a page would
load are inside the package; they are loaded from blob: addresses, which a strict content security policy forbids: such a
page uses the script ``ndfuse.js``.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys

_WEB = os.path.join(os.path.dirname(__file__), "web")


def waits() -> bool:
    """Whether no core has been attached yet."""
    return importlib.util.find_spec("_ndfuse_core") is None


class WaitingCore:
    """Stands for the core until there is one: it knows the tables, which the package needs to be imported."""

    def tables(self) -> dict:
        with open(os.path.join(_WEB, "tables.json")) as file:
            return json.load(file)

    def gpu(self) -> int:
        return 0

    def types(self, *_) -> int:
        return -1  # no operation is defined; the package is imported again when there is a core

    result_type = reduce_types = scan_types = types

    def __getattr__(self, name):
        raise RuntimeError(
            "ndfuse has no core yet. In a page, load ndfuse.js and call attach(pyodide) before Python imports ndfuse; "
            "without a page's script: await ndfuse.attach()"
        )


async def attach(**options) -> dict:
    """Finds a device and starts the core, after which this package is complete.

    Options are those of ``attach(pyodide, options)`` in JavaScript: device, waiting, threads, requireGpu, timeoutMs,
    powerPreference, remember, rememberAs, tune. Gives its report: device, adapter, waiting, and why. Arrays cannot be made
    before; names that were imported from the package before (``from ndfuse import sin``) have to be imported again.
    """
    import js
    import pyodide_js
    from pyodide.code import run_js
    from pyodide.ffi import to_js

    if not waits():
        raise RuntimeError("ndfuse is attached already")

    def address(name: str) -> str:
        with open(os.path.join(_WEB, name), "rb") as file:
            text = to_js(file.read())
        kind = to_js({"type": "text/javascript"}, dict_converter=js.Object.fromEntries)
        return js.URL.createObjectURL(js.Blob.new(to_js([text]), kind))

    module = await run_js("(address) => import(address)")(address("ndfuse.js"))
    given = {"gpuWorker": address("gpu-worker.js"), **options}
    report = await module.attach(pyodide_js, to_js(given, dict_converter=js.Object.fromEntries))
    _import_again(__package__)
    return report.to_py()


def _import_again(name: str) -> None:
    """The same module object gets everything anew."""
    package = sys.modules[name]
    for one in [one for one in sys.modules if one.startswith(name + ".")]:
        del sys.modules[one]
    for one in [one for one in vars(package) if not one.startswith("__")]:
        delattr(package, one)
    importlib.reload(package)

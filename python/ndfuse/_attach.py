"""Set-up without a script in the page (JupyterLite, a console): ``import ndfuse as np``, then ``await np.attach()``.

Until then the package has this function alone. The files that a page would load are inside the package; they are loaded
from blob: addresses, which a strict content security policy forbids: such a page uses the script ``ndfuse.js``.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys

_PACKAGE = __package__


def waits() -> bool:
    """Whether this is Pyodide and no core has been attached yet."""
    return sys.platform == "emscripten" and importlib.util.find_spec("_ndfuse_core") is None


async def attach(**options) -> dict:
    """Finds a device and starts the core, after which this package is complete.

    Options are those of ``attach(pyodide, options)`` in JavaScript: device, waiting, threads, requireGpu, timeoutMs,
    powerPreference. Gives its report: device, adapter, waiting, and why. A second call gives the report of the first.
    """
    import js
    import pyodide_js
    from pyodide.code import run_js
    from pyodide.ffi import to_js

    def address(name: str) -> str:
        with open(os.path.join(os.path.dirname(__file__), "web", name), "rb") as file:
            text = to_js(file.read())
        kind = to_js({"type": "text/javascript"}, dict_converter=js.Object.fromEntries)
        return js.URL.createObjectURL(js.Blob.new(to_js([text]), kind))

    given = {"gpuWorker": address("gpu-worker.js"), **options}
    if waits():
        module = await run_js("(address) => import(address)")(address("ndfuse.js"))
        _State.attach = module.attach
    elif _State.attach is None:
        raise RuntimeError("the page has attached ndfuse already, by its script")
    report = await _State.attach(pyodide_js, to_js(given, dict_converter=js.Object.fromEntries))
    if not hasattr(sys.modules[_PACKAGE], "ndarray"):
        importlib.reload(sys.modules[_PACKAGE])
    return report.to_py()


class _State:
    attach = None  # of the JavaScript module


def missing(name: str):
    """What the package answers to every other name until the core is attached."""
    if name.startswith("__"):
        raise AttributeError(name)
    raise RuntimeError(
        f"ndfuse.{name}: there is no core yet. In a page, load ndfuse.js and call attach(pyodide) before Python imports "
        "ndfuse; without a page's script: await ndfuse.attach()"
    )

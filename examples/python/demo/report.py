"""What the demonstrations leave behind: results as raw files and a report, as those in C++ do (examples/report.hpp)."""

import json
import time
from pathlib import Path

import ndfuse as np


class Report:
    """The report of one program. It ends as FOLDER/NAME.json; each run's result is beside it as NAME.RUN.raw, row-major."""

    def __init__(self, name, folder):
        self.name, self.folder = name, Path(folder)
        self.runs, self.numbers = [], {}
        self.folder.mkdir(parents=True, exist_ok=True)

    def run(self, name, work):
        """Calls ``work``, which gives an array, and then again for about two seconds (not at all when once took five), each
        time until the device has finished. Gives the array."""
        before = self._counts()
        result, first = self._timed(work)
        after = self._counts()
        repeats, begin = 0, time.perf_counter()
        while first < 5000 and repeats < 20 and (repeats == 0 or time.perf_counter() - begin < 2):
            result, _ = self._timed(work)
            repeats += 1
        repeated = (time.perf_counter() - begin) * 1e3 / repeats if repeats else first
        file = f"{self.name}.{name}.raw"
        (self.folder / file).write_bytes(result.tobytes())
        self.runs.append(
            {
                "name": name,
                "file": file,
                "dtype": str(result.dtype),
                "launches": after["launches"] - before["launches"],
                "pipelines": after["pipelines"] - before["pipelines"],
                "first_ms": first,
                "repeated_ms": repeated,
                "repeats": repeats,
                "shape": list(result.shape),
            }
        )
        print(f"{self.name}, {name}, in Python on {np.device().description}: {first:.1f} ms, then {repeated:.1f} ms")
        return result

    def number(self, name, value):
        """Shows a number that was read back."""
        self.numbers[name] = float(value)
        print(f"{self.name}: {name} {float(value):.9g}")

    def finish(self):
        """Writes the report."""
        device, counts = np.device(), self._counts()
        report = {
            "name": self.name,
            "device": device.name,
            "adapter": device.description,
            "waiting": device.waiting,
            **{key: counts[key] for key in ("launches", "pipelines", "uploaded_bytes", "read_bytes")},
            "runs": self.runs,
            "numbers": self.numbers,
        }
        (self.folder / f"{self.name}.json").write_text(json.dumps(report))

    def _timed(self, work):
        begin = time.perf_counter()
        result = work()
        np.synchronize()
        return result, (time.perf_counter() - begin) * 1e3

    @staticmethod
    def _counts():
        stats = np.memory_stats()
        return stats["cpu" if np.device().name == "cpu" else "gpu"]

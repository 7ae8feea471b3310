"""The history of a fit: what was evaluated, kept as it runs, in a file that a stopped fit goes on from."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from warp_fabric.errors import FitError
from warp_fabric.fitting.parameters import Parameters
from warp_fabric.progress import finite

VERSION = 1


class History:
    """Entries of one fit, in memory and, with a path, as JSON lines on disk: a head, then one line an evaluation.

    Args:
        parameters: What is fitted. method: Of the search.
        path: File to append to; None: memory only. resume: Go on with the file if it is there; else it is replaced.

    Attributes:
        entries: dicts of evaluation (from 1), loss [m2], best (whether it is the best so far), seconds (since the fit
            began, of all its runs), values (by name: number or nested list), unknowns (list) and radius.

    Raises:
        FitError: where the file cannot be read or written, or is of another fit.
    """

    def __init__(
        self, parameters: Parameters, method: str, path: str | os.PathLike | None = None, resume: bool = False
    ) -> None:
        self._parameters = parameters
        self._head = {
            "warp_fabric_fit": VERSION,
            "method": method,
            "parameters": parameters.labels,
            "start": [value.ravel().tolist() for value in parameters.values(parameters.start).values()],
        }
        self.entries: list[dict[str, Any]] = []
        self._path = Path(path) if path is not None else None
        if self._path is not None and resume and self._path.exists():
            self._read()
        elif self._path is not None:
            self._write(self._head, "w")
        self._begun = time.monotonic() - (self.entries[-1]["seconds"] if self.entries else 0.0)

    @property
    def best(self) -> dict[str, Any] | None:
        """The best entry; None where nothing was evaluated."""
        return min(self.entries, key=lambda entry: entry["loss"], default=None)

    def add(self, u: np.ndarray, loss: float, best: bool, radius: float | None = None) -> dict[str, Any]:
        """Keep an evaluation, on disk too."""
        entry = {
            "evaluation": len(self.entries) + 1,
            "loss": loss,
            "best": best,
            "seconds": time.monotonic() - self._begun,
            "values": {name: value.tolist() for name, value in self._parameters.values(u).items()},
            "unknowns": u.tolist(),
            "radius": radius,
        }
        self.entries.append(entry)
        if self._path is not None:
            self._write(entry, "a")
        return entry

    def _write(self, content: dict[str, Any], mode: str) -> None:
        assert self._path is not None
        try:
            with open(self._path, mode, encoding="utf-8") as file:
                file.write(json.dumps(finite(content)) + "\n")
        except OSError as error:
            fix = "give a path in a folder that can be written to"
            raise FitError(f"the history cannot be written: {error}", where=str(self._path), fix=fix) from error

    def _read(self) -> None:
        assert self._path is not None
        fix = "give the history of this fit, or start it afresh without --resume"
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise FitError(f"the history cannot be read: {error}", where=str(self._path), fix=fix) from error
        found = []
        for number, line in enumerate(lines):
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError as error:
                if number == len(lines) - 1 and found:  # the process died while it wrote
                    break
                what = f"line {number + 1} is damaged: {error}"
                raise FitError(what, where=str(self._path), fix=fix) from error
        if not found or found[0] != json.loads(json.dumps(self._head)):
            raise FitError("this is the history of another fit", where=str(self._path), fix=fix)
        count = self._parameters.size
        for entry in found[1:]:
            if not isinstance(entry, dict) or len(entry.get("unknowns", ())) != count or "seconds" not in entry:
                raise FitError("an entry is damaged", where=str(self._path), fix=fix)
        self.entries = found[1:]
        # without a torn last line
        self._write(self._head, "w")
        for entry in self.entries:
            self._write(entry, "a")

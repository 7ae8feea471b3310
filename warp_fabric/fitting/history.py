"""The history of a fit: what was evaluated, kept as it runs, in a file that a stopped fit goes on from."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from warp_fabric.atomic import replacing
from warp_fabric.errors import FitError
from warp_fabric.fitting.identity import difference
from warp_fabric.fitting.parameters import Parameters
from warp_fabric.limits import check_writable
from warp_fabric.progress import finite

LONG = 1000
"""Values of more numbers are not kept for every evaluation."""


class History:
    """Entries of one fit, in memory and, with a path, on disk.

    The file is text, a JSON object a line: what identifies the fit, the entries, and last where to go on from. It is
    brought up to date with every evaluation, whole or not at all, and appears with the first.

    Args:
        identity: Of the fit, see `identity.py`.
        parameters: What is fitted.
        path: File to keep it in; None: memory only.
        resume: Go on with the file if it is there; else it is replaced.

    Attributes:
        entries: dicts of evaluation (from 1), loss [m2], best (whether it is the best so far), seconds (since the fit
            began, of all its runs), values (by name: number or nested list; none of more than `LONG` numbers),
            gradient_accuracy (see `FitResult`) and halved_steps (of that evaluation's simulation). Histories of earlier
            versions lack the last two.
        best_unknowns: [P] unknowns of the best entry; None where there is none.
        radius: What the search had as its trust region last; None: it has none.
        outcome: How the search ended; None: it has not.

    Raises:
        FitError: where the file cannot be read or written, or is of another fit.
        TrajectoryError: where no file can be written there.
    """

    def __init__(
        self,
        identity: dict[str, Any],
        parameters: Parameters,
        path: str | os.PathLike | None = None,
        resume: bool = False,
    ) -> None:
        self._identity, self._parameters = identity, parameters
        self.entries: list[dict[str, Any]] = []
        self.best_unknowns: np.ndarray | None = None
        self.radius: float | None = None
        self.outcome: str | None = None
        self._path = Path(path) if path is not None else None
        if self._path is not None:
            check_writable(self._path)
            if resume and self._path.exists():
                self._read(self._path)
        self._begun = time.monotonic() - (self.entries[-1]["seconds"] if self.entries else 0.0)

    @property
    def best_loss(self) -> float:
        """m2, of the best entry; inf where there is none."""
        return min((entry["loss"] for entry in self.entries), default=math.inf)

    def add(
        self,
        u: np.ndarray,
        loss: float,
        radius: float | None = None,
        accuracy: float = math.nan,
        halved_steps: int = 0,
    ) -> dict[str, Any]:
        """Keep an evaluation at the unknowns u [P], on disk too."""
        best = loss < self.best_loss
        entry = {
            "evaluation": len(self.entries) + 1,
            "loss": float(loss),
            "best": best,
            "seconds": time.monotonic() - self._begun,
            "values": short_values(self._parameters.values(u)),
            "gradient_accuracy": None if math.isnan(accuracy) else float(accuracy),
            "halved_steps": halved_steps,
        }
        self.entries.append(entry)
        if best:
            self.best_unknowns = np.array(u, float)
        self.radius = radius
        self._write()
        return entry

    def end(self, outcome: str) -> None:
        """The search ended."""
        if outcome != self.outcome:
            self.outcome = outcome
            self._write()

    def _write(self) -> None:
        if self._path is None:
            return
        unknowns = None if self.best_unknowns is None else self.best_unknowns.tolist()
        last = {"unknowns": unknowns, "radius": self.radius, "outcome": self.outcome}
        lines = [json.dumps(finite(each)) + "\n" for each in (self._identity, *self.entries, last)]
        try:
            with replacing(self._path) as temporary:
                temporary.write_text("".join(lines), encoding="utf-8")
        except OSError as error:
            fix = "make room, or give a path in a folder that can be written to"
            raise FitError(f"the history cannot be written: {error}", where=str(self._path), fix=fix) from error

    def _read(self, path: Path) -> None:
        fix = "give the history of this fit, or start the fit afresh"
        try:
            found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        except (OSError, ValueError) as error:
            raise FitError(f"this history cannot be read: {error}", where=str(path), fix=fix) from error
        if not found or not isinstance(found[0], dict) or "warp_fabric_fit" not in found[0]:
            raise FitError("this is not the history of a fit", where=str(path), fix=fix)
        other = difference(self._identity, found[0])
        if other is not None:
            raise FitError(
                f"this is the history of another fit, with a difference in {other}", where=str(path), fix=fix
            )
        try:
            *entries, last = found[1:]
            keys = {"evaluation", "loss", "best", "seconds", "values"}
            unknowns = np.array(last["unknowns"], float)
            self.radius, self.outcome = last["radius"], last["outcome"]
            whole = (
                entries and all(keys <= {*entry} for entry in entries) and unknowns.shape == (self._parameters.size,)
            )
        except (ValueError, TypeError, KeyError) as error:
            raise FitError(f"this history is damaged: {error!r}", where=str(path), fix=fix) from error
        if not whole:
            raise FitError("this history is damaged", where=str(path), fix=fix)
        self.entries, self.best_unknowns = entries, unknowns


def short_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON has them, without those of more than `LONG` numbers."""
    return {name: np.asarray(value).tolist() for name, value in values.items() if np.size(value) <= LONG}

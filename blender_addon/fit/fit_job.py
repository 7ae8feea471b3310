"""A fit as a job, and what it has found so far. Knows nothing of Blender."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any

from ..job.job import Event, Job


class FitJob(Job):
    """Follows `warp-fabric fit`; see `Job`.

    Attributes:
        losses: Of each evaluation so far, m2.
        values: The best ones so far, by name.
        found: What "done" told, None before.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self.losses: list[float] = []
        self.values: dict[str, Any] = {}
        self.found: Finding | None = None
        self._most = 1
        super().__init__(*args, **options)

    def take(self, event: Event) -> None:
        kind = event["event"]
        if kind == "start":
            self._most = max(1, event.get("evaluations") or 1)
            self.say("First try")
        elif kind == "evaluation":
            self.losses.append(float("nan") if event["loss"] is None else float(event["loss"]))
            if event.get("best"):
                self.values = dict(event["values"])
            self.progress = min(1.0, event["evaluation"] / self._most)
            self.say(f"Try {event['evaluation'] + 1}, off by {distance(min(self.losses))}")
        elif kind == "step" and event.get("steps") and event.get("evaluation"):
            done = event["evaluation"] - 1 + event["steps_done"] / event["steps"]
            self.progress = max(self.progress, min(1.0, done / self._most))
        elif kind == "uncertainty":
            self.say("Working out how certain it is")
        elif kind == "done":
            names = ("outcome", "loss", "values", "standard_errors", "statements")
            notes = list(event.get("notes") or [])
            self.found = Finding(**{name: event[name] for name in names}, losses=self.losses, notes=notes)


@dataclass(frozen=True)
class Finding:
    """What a fit found.

    Attributes:
        outcome: "converged", or why it is no good fit: see `warp_fabric.FitResult`.
        loss: m2.
        values: By name, in the units of a scene.
        standard_errors: Likewise; None where it could not be determined.
        statements: What was not determined, in words.
        losses: Of each evaluation, m2.
        yarns: What the fabric's yarns were called then, in the order of its list.
        notes: What makes it less certain than it looks, in words.
    """

    outcome: str
    loss: float | None
    values: dict[str, Any]
    standard_errors: dict[str, Any]
    statements: list[str]
    losses: list[float] = field(default_factory=list)
    yarns: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def to_text(self) -> str:
        """JSON, as the blend file keeps it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Finding | None:
        """None where the text is empty or not one of these."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return None


def distance(loss: float) -> str:
    """The root mean square distance that a loss [m2] stands for, in words."""
    if not math.isfinite(loss):
        return "-"
    length = math.sqrt(max(loss, 0.0))
    if length < 1e-9:
        return "less than 1 nm"
    for limit, unit, factor in ((1e-6, "nm", 1e9), (1e-3, "µm", 1e6), (1.0, "mm", 1e3)):
        if length < limit:
            return f"{length * factor:.3g} {unit}"
    return f"{length:.3g} m"

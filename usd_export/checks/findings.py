"""What a check of a USD file finds: each says how bad it is, where, at which time, what, and how to fix it."""

from __future__ import annotations

from dataclasses import dataclass, replace

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Finding:
    """Something wrong in a USD file.

    Attributes:
        severity: "error": a renderer shows it wrong, or not at all; "warning": it may be meant.
        path: Of the prim or property; empty: of the stage as a whole.
        time: The time code at which it is worst (the first of several); None where it does not depend on time.
        what: What is wrong, at that time.
        fix: What can be done about it.
        times: At how many time codes it is seen.
    """

    severity: str
    path: str
    time: float | None
    what: str
    fix: str
    times: int = 1

    def __str__(self) -> str:
        parts = [self.path] if self.path else []
        if self.time is not None:
            more = f" and {self.times - 1} more" if self.times > 1 else ""
            parts.append(f"time code {self.time:g}{more}")
        where = ", ".join(parts) + ": " if parts else ""
        return f"{self.severity}: {where}{self.what}\n  fix: {self.fix}"


class Findings:
    """Gathers findings: what is wrong at many times is one of them, shown as it is where it is worst."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], tuple[Finding, float]] = {}

    def error(self, path: object, what: str, fix: str, time: float | None = None, badness: float = 0.0) -> None:
        self._add(Finding(ERROR, str(path), time, what, fix), badness)

    def warning(self, path: object, what: str, fix: str, time: float | None = None, badness: float = 0.0) -> None:
        self._add(Finding(WARNING, str(path), time, what, fix), badness)

    def list(self) -> list[Finding]:
        """Errors first, else in the order they were found."""
        return sorted((each for each, _badness in self._found.values()), key=lambda each: each.severity != ERROR)

    def add(self, others: Findings) -> None:
        """Take over others' findings."""
        self._found.update(others._found)

    def _add(self, new: Finding, badness: float) -> None:
        key = (new.severity, new.path, new.fix)  # what may tell numbers that differ from time to time
        before, worst = self._found.get(key, (replace(new, times=0), badness))
        shown, worst = (new, badness) if badness > worst else (before, worst)
        self._found[key] = replace(shown, times=before.times + 1), worst

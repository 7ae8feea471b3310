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
        time: The first time code it is seen at; None where it does not depend on time.
        what: What is wrong.
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
    """Gathers findings: what is wrong at many times is one of them."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], Finding] = {}

    def error(self, path: object, what: str, fix: str, time: float | None = None) -> None:
        self._add(Finding(ERROR, str(path), time, what, fix))

    def warning(self, path: object, what: str, fix: str, time: float | None = None) -> None:
        self._add(Finding(WARNING, str(path), time, what, fix))

    def list(self) -> list[Finding]:
        """Errors first, else in the order they were found."""
        return sorted(self._found.values(), key=lambda each: each.severity != ERROR)

    def add(self, others: Findings) -> None:
        """Take over others' findings."""
        for each in others._found.values():
            self._found[(each.severity, each.path, each.fix)] = each

    def _add(self, new: Finding) -> None:
        key = (new.severity, new.path, new.fix)  # what may tell numbers that differ from time to time
        before = self._found.get(key)
        self._found[key] = new if before is None else replace(before, times=before.times + 1)

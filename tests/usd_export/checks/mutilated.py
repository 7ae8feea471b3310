"""Faults put into an exported file, and what the check of its geometry finds."""

import numpy as np
from pxr import Usd

from usd_export.checks.findings import Findings
from usd_export.checks.geometry_checks import GeometryCheck
from warp_fabric.counts import Tally

ENDS = "/Cloth/Yarns/ends_thin"


def found(stage: Usd.Stage, path: str = ENDS) -> list[str]:
    """Severity, property and time of what is found, and the first words of what it is."""
    findings = Findings()
    GeometryCheck(stage.GetPrimAtPath(path), findings, stage.GetTimeCodesPerSecond()).run(Tally())
    return [f"{each.severity} {each.path.removeprefix(path)} {each.time}: {each.what}" for each in findings.list()]


def attribute(stage: Usd.Stage, name: str, path: str = ENDS) -> Usd.Attribute:
    return stage.GetPrimAtPath(path).GetAttribute(name)


def change(stage: Usd.Stage, name: str, time: float | None, edit, path: str = ENDS) -> None:
    """Replace a value by what `edit` makes of it."""
    it = attribute(stage, name, path)
    before = it.Get() if time is None else it.Get(time)
    after = type(before).FromNumpy(np.ascontiguousarray(edit(np.array(before))))
    assert it.Set(after) if time is None else it.Set(after, time)


def put(index, value):
    def edit(values):
        values[index] = value
        return values

    return edit

"""What the steps of a run sum up to."""

from __future__ import annotations

COUNTS = ("newton_iterations", "krylov_iterations", "jacobians", "residuals", "seconds")


def totals(reports: list[dict]) -> dict:
    """What a run's steps sum up to; of an equilibrium, the searches' own reports, one for each panel."""
    if reports and "iterations" in reports[0]:
        merge = {"largest_force": max}
        return {name: merge.get(name, sum)([report[name] for report in reports]) for name in reports[0]}
    sums = {name: sum(report[name] for report in reports) for name in COUNTS}
    if reports and "contacts" in reports[0]:
        sums |= {"contacts": reports[-1]["contacts"], "most_behind": max(report["behind"] for report in reports)}
        sums["least_gap"] = min(report["least_gap"] for report in reports)
    return {"steps": len(reports), "halved_steps": sum(report["parts"] > 1 for report in reports), **sums}

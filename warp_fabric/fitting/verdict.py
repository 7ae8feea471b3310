"""Whether what a search has converged to is a fit."""

from __future__ import annotations

from warp_fabric.fitting.targets.place import cloth_size
from warp_fabric.fitting.targets.target import Target
from warp_fabric.fitting.uncertainty import Uncertainty
from warp_fabric.scene import Scene


def verdict(outcome: str, loss: float, targets: list[Target], scene: Scene, known: Uncertainty | None) -> str:
    """What became of a fit: how its search ended, but "misfit" or "undetermined" where it converged to no fit.

    Args:
        outcome: Of the search. loss: m2, at its end. known: How certain the values are, None: not worked out.
    """
    if outcome != "converged":
        return outcome
    distance = (loss / sum(target.weight for target in targets)) ** 0.5
    size = max(cloth_size(part.build().position) for part in scene.parts)
    if 0.0 < size < distance:
        return "misfit"
    if known is not None and len(known.errors) and not known.determined.any():
        return "undetermined"
    return outcome

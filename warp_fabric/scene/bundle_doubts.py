"""What a scene asks of single yarns, though it is simulated in bundles of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warp_fabric.scene.scene import Scene

Held = dict[tuple[int, int], list[int]]
"""The numbers of the pins that hold a crossing of bundles, by that crossing."""
CURE = "set fabric.bundle = 1 where single yarns are pulled"


def bundle_doubts(scene: Scene, numbers: Sequence[int]) -> list[str]:
    """Of a scene of one fabric, one sentence each. Its pins have these numbers in the whole scene."""
    if scene.bundling is None:
        return []
    held: Held = {}
    for k, crossing in enumerate(scene.held_crossings):
        held.setdefault(crossing, []).append(k)
    return [*_torn(scene, held, numbers), *_snags(scene, held, numbers)]


def _torn(scene: Scene, held: Held, numbers: Sequence[int]) -> list[str]:
    """Pins that lead yarns of one bundle away from each other."""
    for pins in held.values():
        moved = np.array([_moved(scene, k) for k in pins])
        if np.ptp(moved, axis=0).max() > scene.spacing:
            first, other = numbers[pins[0]], numbers[pins[int(np.abs(moved - moved[0]).max(axis=1).argmax())]]
            what = f"pins {first} and {other} lead yarns of one bundle of {scene.fabric.yarns_in_one} to different "
            what += "places, and it goes between them"
            return [f"{what}: {CURE}"]
    return []


def _snags(scene: Scene, held: Held, numbers: Sequence[int]) -> list[str]:
    """A pin within the cloth that is led away by itself: it would draw its yarn out of the cloth."""
    assert scene.bundling is not None
    inner = scene.bundling.layout.surrounded
    for (pick, end), pins in held.items():
        beside = {(pick, end - 1), (pick, end + 1), (pick - 1, end), (pick + 1, end)}
        if len(pins) == 1 and inner[pick, end] and scene.pins[pins[0]].path and not beside & held.keys():
            what = f"pins.{numbers[pins[0]]} is led away from within the cloth, and pulls on "
            what += f"{scene.fabric.yarns_in_one} yarns"
            return [f"{what} each way, none of which slides: {CURE}"]
    return []


def _moved(scene: Scene, k: int) -> np.ndarray:
    """[3] m, how far a pin's path leads away from its crossing at rest."""
    pin = scene.pins[k]
    return (
        np.zeros(3)
        if pin.path is None
        else np.asarray(pin.path, float)[-1, 1:] - scene.real_fabric.position[pin.crossing]
    )

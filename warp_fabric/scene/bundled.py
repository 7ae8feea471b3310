"""The keys of [fabric] by which it is simulated in bundles of its yarns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from warp_fabric.bundling import bundle_count
from warp_fabric.checks import integer, shown
from warp_fabric.errors import SceneError
from warp_fabric.scene.outlined import joined_cloth

if TYPE_CHECKING:
    from warp_fabric.scene.scene import Scene
    from warp_fabric.scene.weaving import FabricSettings

AUTO = "auto"
CROSSINGS = 10_000
"""What "auto" simulates about, unless the scene says."""
LEAST = 2
"""Bundles on either side: one alone has no spacing."""

_whole = integer(least=1)


def bundle_value(value: Any, key: str) -> int | str:
    """A whole number from 1 on, or "auto"."""
    if isinstance(value, str):
        if value != AUTO:
            fix = f'give a number of yarns, such as 8, or "{AUTO}"'
            raise SceneError(f'{shown(value)} is neither a whole number nor "{AUTO}"', where=key, fix=fix)
        return value
    return _whole(value, key)


def bundle_size(settings: FabricSettings) -> int:
    """How many yarns a bundle stands for: as given, or the fewest that leave no more crossings than are wanted.

    Raises:
        SceneError: where fewer than two bundles are left on a side, or bundles are to slide.
    """
    size, counts = settings.bundle, (settings.picks, settings.ends)
    most = max(min(counts) - 1, 1)
    if size == AUTO:
        size, there = 1, 1.0 if settings.mask is None else float(settings.mask.mean())
        while (
            size < most and there * np.prod([bundle_count(each, size) for each in counts]) > settings.bundle_crossings
        ):
            size += 1
    assert isinstance(size, int)
    if size == 1:
        return 1
    for key, count in zip(("picks", "ends"), counts):
        if (left := bundle_count(count, size)) < LEAST:
            what = f"bundles of {size} yarns leave {left} of {count} {key}, and {LEAST} are needed on either side"
            fix = f"give {most} or less" if most > 1 else "leave it out: there are too few yarns"
            raise SceneError(what, where="fabric.bundle", fix=fix)
    if settings.sliding:
        what = "bundles of yarns do not slide through each other"
        raise SceneError(what, where="fabric.sliding", fix="leave it out, or set fabric.bundle = 1")
    return size


def in_words(scene: Scene) -> str | None:
    """What is simulated, as "780 x 780 crossings, simulated as 98 x 98 bundles of 8"; None where it is the yarns."""
    found = []
    for k, part in enumerate(scene.parts):
        if part.bundling is None:
            continue
        real, simulated = (" x ".join(map(str, size)) for size in ((part.fabric.picks, part.fabric.ends), part.grid))
        size = f"{real} crossings, simulated as {simulated} bundles of {part.fabric.yarns_in_one}"
        found.append(f"panel {scene.panels[k].name!r}: {size}" if scene.panels else size)
    return "; ".join(found) or None


def bundled_mask(settings: FabricSettings, own: tuple[np.ndarray, np.ndarray]) -> np.ndarray | None:
    """Which crossings of bundles exist: bool [picks, ends], or None where all do.

    Args:
        own: The real picks, and ends, in the middle of the bundles.

    Raises:
        SceneError: where no cloth is left.
    """
    if settings.mask is None:
        return None
    what = "bundles leave no cloth of this shape"
    return joined_cloth(settings.mask[np.ix_(*own)], what, where="fabric.bundle", fix="give a smaller number of yarns")

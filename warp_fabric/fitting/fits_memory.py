"""Whether a gradient or a fit fits in memory, before it is begun."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from warp_fabric.fitting.targets.target import Comparison
from warp_fabric.limits import check_memory
from warp_fabric.memory.extent import Bytes
from warp_fabric.memory.needs import gradient, jacobian, solving
from warp_fabric.scene import Scene
from warp_fabric.solver.recording import stride_of


def check_fits(
    scene: Scene,
    comparisons: Sequence[Comparison],
    device: str,
    checkpoint: str | int,
    varied: Iterable[str],
    unknowns: int | None,
    again: int,
) -> None:
    """Raises a `SceneError` where it does not.

    Args:
        comparisons: With what was observed. device: As `find_device` gives it. checkpoint: See `Rollout`.
        varied: See `Model`. unknowns, again: See `Experiment`.
    """
    cuda, compared = device != "cpu", sum(each.size for each in comparisons)
    crossings = math.prod(scene.grid)

    def need(each: Scene) -> Bytes:
        more, own = again * solving(each, cuda, varied), math.prod(each.grid)
        if unknowns is not None:
            return more + jacobian(each, unknowns, compared * own // crossings, cuda, varied)
        steps = each.time.frame_count * each.time.steps_per_frame
        return more + gradient(each, cuda, stride_of(checkpoint, steps, own), varied)

    check_memory(scene, device, need, "a gradient" if unknowns is None else "a fit")

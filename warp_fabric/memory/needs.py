"""What runs, gradients and fits of a scene take, from first to last; without loading Warp."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from warp_fabric.memory import parts
from warp_fabric.memory.extent import Bytes, Extent
from warp_fabric.memory.factors import dissection
from warp_fabric.memory.parts import NUMBER
from warp_fabric.scene.rates import is_stiff, rates

if TYPE_CHECKING:
    from warp_fabric.scene import Scene

PROGRAM = 300_000_000
"""Bytes of a process with Python, Warp and what else is loaded for a run: 250 to 350 MB, as the processor has it."""
FRAME = 13 * NUMBER
"""Of a crossing in a frame that is kept."""
WRITTEN = 10 * NUMBER
"""Of a crossing in a frame of a file that is being written: numbers hardly compress."""
START = 16 * NUMBER
"""Of a crossing in the fabric at rest and the first state, on the host."""
FEWEST, COARSENED = 13, 1.5 * 13
"""Yarns across the coarsest cloth of a search for an equilibrium, as in `solver.static.bundles`."""
FULL = 13 * 25 * (NUMBER + 4) + NUMBER
"""Of a crossing in a matrix that is handed to SciPy, by compressed rows."""


def frames(scene: Scene, written: bool = False) -> Bytes:
    """The frames that a run keeps; `written`: also as the file they become."""
    count = 1 if scene.time.integrator == "static" else scene.time.frame_count + 1
    crossings = math.prod(scene.grid)
    frame = FRAME + NUMBER * (scene.crimped + scene.crossings_give)
    return Bytes(0, crossings * ((frame + written * WRITTEN) * count + START))


def simulation(scene: Scene, cuda: bool = False, written: bool = False) -> Bytes:
    """A run of the scene, in memory or `written` to a file; without the program itself."""
    return solving(scene, cuda) + frames(scene, written)


def solving(scene: Scene, cuda: bool = False, varied: Iterable[str] = ()) -> Bytes:
    """Model and solver of a run of the scene; of panels, each one's."""
    if scene.panels:
        return sum((solving(part, cuda, varied) for part in scene.parts), Bytes())
    e = Extent.of(scene, varied)
    if scene.time.integrator == "static":
        return parts.model(e) + equilibrium(e)
    states = 5 * parts.state(e) + parts.held(e)  # the first one's gradient included
    return parts.model(e) + parts.stepper(e, _stiff(scene), cuda) + states


def _stiff(scene: Scene) -> bool:
    return is_stiff(rates(scene)[0], scene.time.step_size)


def equilibrium(e: Extent) -> Bytes:
    """The search on bundles and on the cloth itself: `solver.static.Equilibrium`, all its stages, and one's factors."""
    (shape,) = e.shapes
    total, most = 2 * parts.state(e) + parts.held(e) + Bytes(0, 12 * 5 * NUMBER * e.crossings), 0
    slides = min(shape) > 2
    grids = [(coarse, False) for coarse in _coarser(shape)] + [(shape, False)] * slides + [(shape, True)]
    for grid, sliding in grids:
        beads = e.segment_beads * math.prod(grid) // math.prod(shape)
        whole = {} if grid == shape else {"air": False, "cut": None}
        level = replace(e, shapes=(grid,), segment_beads=beads, **whole)
        if grid != shape:
            total += parts.model(level) + parts.state(level) + parts.held(level)
        fronts = dissection([grid], sliding)
        total += parts.block_matrix(level) + parts.elements(level) + Bytes(0, fronts.tables + 10 * level.crossings)
        most = max(most, fronts.most)
    return total + Bytes(0, most)


def _coarser(shape: tuple[int, int]) -> list[tuple[int, int]]:
    """See `solver.static.bundles.levels`."""
    found, counts = [], [*shape]
    while max(counts) > COARSENED:
        counts = [max(FEWEST, (count + 1) // 2) if count > COARSENED else count for count in counts]
        if all(count > 0.75 * whole for count, whole in zip(counts, shape)):
            break
        found.append((counts[0], counts[1]))
    return found


def gradient(scene: Scene, cuda: bool = False, stride: int = 1, varied: Iterable[str] = ()) -> Bytes:
    """A run with its reverse pass.

    Args:
        stride: Steps between states that are kept, see `solver.recording.stride_of`.
    """
    if scene.panels:
        return sum((gradient(part, cuda, stride, varied) for part in scene.parts), Bytes())
    e = Extent.of(scene, varied)
    total = solving(scene, cuda, varied) + Bytes(0, START * e.crossings)
    if scene.time.integrator == "static":
        fronts = dissection(e.shapes)
        held = parts.held(e, True) + parts.elements(e, True) + parts.block_matrix(e)
        return total + held + Bytes(0, fronts.tables + FULL * e.crossings)  # the search has given up its factors
    steps = scene.time.frame_count * scene.time.steps_per_frame
    kept = steps if stride == 1 else 2 * math.ceil(steps / stride) + stride
    frames = scene.time.frame_count * 5 * NUMBER * e.crossings  # what the loss passes back to each
    return total + parts.step_adjoint(e, _stiff(scene), cuda) + (kept + 6) * parts.state(e) + Bytes(0, frames)


def jacobian(scene: Scene, unknowns: int, residuals: int, cuda: bool = False, varied: Iterable[str] = ()) -> Bytes:
    """A run with directions that are pushed along, as a fit by Gauss-Newton does.

    Args:
        unknowns: How many directions. residuals: Numbers compared, of all frames.
    """
    if scene.panels:
        shares = [residuals * part.crossing_count // scene.crossing_count for part in scene.parts]
        each = (jacobian(part, unknowns, share, cuda, varied) for part, share in zip(scene.parts, shares))
        return sum(each, Bytes())
    e = Extent.of(scene, varied)
    kept = Bytes(0, 2 * residuals * (1 + unknowns) * NUMBER)  # at the best point and the next
    one_frame = Bytes(0, 3 * unknowns * 5 * NUMBER * e.crossings)
    if scene.time.integrator == "static":
        return gradient(scene, cuda, varied=varied) + kept + one_frame
    pushed = parts.tangents(e, unknowns, _stiff(scene), cuda)
    return solving(scene, cuda, varied) + Bytes(0, START * e.crossings) + pushed + kept + one_frame


def largest(needs: Sequence[Bytes]) -> Bytes:
    return max(needs, key=lambda each: each.total, default=Bytes())

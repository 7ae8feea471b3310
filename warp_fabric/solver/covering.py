"""What may touch on a move, and whether the move is barred: what every solver asks of cloth that touches."""

from __future__ import annotations

import warp as wp

from warp_fabric.forces import Held
from warp_fabric.forces.contact.bars import Bars
from warp_fabric.model import Model
from warp_fabric.solver.recorded import forget


class Covering:
    """Candidates for contact of a model that has beads, kept up to date.

    Args:
        held: What holds the candidates.
    """

    def __init__(self, model: Model, held: Held) -> None:
        assert held.candidates is not None
        self.model, self.held, self.candidates, self.bars = model, held, held.candidates, Bars(model, held)

    def cover(self, position: wp.array, other: wp.array, moved: bool = True, besides: wp.array | None = None) -> None:
        """Find candidates that hold between two places of all crossings, [N] vec3 m.

        Args:
            moved: Whether obstacles may have moved since the last time; what is held says where they are.
            besides: A place that they are to hold in too.
        """
        if self.candidates.cover(position, other, self.held.obstacle_vertex, moved, besides):
            forget()

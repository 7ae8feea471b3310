"""The 13-block stencil matrix: storage and products.

Row i holds one 5x5 block for each neighbour in `topology.OFFSETS` (itself first); blocks of neighbours outside the
fabric are zero and never read.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
import warp as wp

from warp_fabric.forces.bead_blocks import add_couplings
from warp_fabric.forces.contact.candidates import Candidates
from warp_fabric.model import Model
from warp_fabric.topology import OPPOSITE, SLOTS
from warp_fabric.types import f64, mat55, vec3, vec5

_Slots = wp.types.vector(length=SLOTS, dtype=wp.int32)
_OPPOSITE = wp.constant(_Slots(*OPPOSITE))
ALL = (1 << SLOTS) - 1


@wp.kernel(enable_backward=False)
def _multiply(
    neighbor: wp.array2d(dtype=wp.int32),
    blocks: wp.array2d(dtype=mat55),
    slots: int,
    x: wp.array(dtype=vec5),
    y: wp.array(dtype=vec5),
    alpha: f64,
    beta: f64,
    z: wp.array(dtype=vec5),
):
    i = wp.tid()
    total = vec5()
    if (slots & 1) != 0:
        total = blocks[i, 0] * x[i]
    for slot in range(1, wp.static(SLOTS)):
        other = neighbor[i, slot]
        if other >= 0 and ((slots >> slot) & 1) != 0:
            total += blocks[i, slot] * x[other]
    result = alpha * total
    if beta != f64(0.0):
        result += beta * y[i]
    z[i] = result


@wp.kernel(enable_backward=False)
def _multiply_transposed(
    neighbor: wp.array2d(dtype=wp.int32),
    blocks: wp.array2d(dtype=mat55),
    slots: int,
    x: wp.array(dtype=vec5),
    y: wp.array(dtype=vec5),
    alpha: f64,
    beta: f64,
    z: wp.array(dtype=vec5),
):
    i = wp.tid()
    total = vec5()
    if (slots & 1) != 0:
        total = x[i] * blocks[i, 0]
    for slot in range(1, wp.static(SLOTS)):
        other = neighbor[i, slot]
        if other >= 0 and ((slots >> slot) & 1) != 0:
            total += x[other] * blocks[other, _OPPOSITE[slot]]
    result = alpha * total
    if beta != f64(0.0):
        result += beta * y[i]
    z[i] = result


class BlockMatrix:
    """A [5 N, 5 N] matrix on the 13-point stencil of the crossing grid, and what joins beads of touching cloth.

    Args:
        pairs: The pairs of beads, with their couplings.

    Attributes:
        blocks: [N, 13] mat55 on the model's device.
    """

    def __init__(self, model: Model, pairs: Candidates | None = None) -> None:
        self.model = model
        self.blocks = wp.zeros((model.node_count, SLOTS), dtype=mat55, device=model.device)
        self.pairs = pairs
        self._work = wp.zeros(model.bead_count, dtype=vec3, device=model.device)

    @property
    def size(self) -> int:
        """Number of scalar rows, 5 N."""
        return 5 * self.model.node_count

    def multiply(
        self,
        x: wp.array,
        y: wp.array,
        z: wp.array,
        alpha: float = 1.0,
        beta: float = 0.0,
        transposed: bool = False,
        slots: int = ALL,
    ) -> None:
        """z = alpha A x + beta y (A' x if `transposed`); all [N] vec5, z another array than x.

        Args:
            slots: Bits of the neighbours that count, by their place in `topology.OFFSETS`; with each its opposite.
                Pairs of beads always count.
        """
        kernel = _multiply_transposed if transposed else _multiply
        inputs = [self.model.grid.neighbor, self.blocks, slots, x, y, alpha, beta]
        wp.launch(kernel, self.model.node_count, inputs, [z], device=self.model.device)
        if self.pairs is not None and self.model.touches_itself:
            add_couplings(self.model.beads, self.pairs, x, self._work, alpha, z)

    def to_scipy(self) -> scipy.sparse.bsr_array:
        """The same matrix for SciPy; on the CPU it shares this one's memory."""
        rows = self.model.node_count
        neighbor = self.model.topology.neighbor
        # A neighbour that is not there has a zero block; any valid column will do.
        columns = np.where(neighbor >= 0, neighbor, np.arange(rows)[:, None]).astype(np.int32)
        offsets = np.arange(0, rows * SLOTS + 1, SLOTS, dtype=np.int32)
        data = self.blocks.numpy().reshape(-1, 5, 5)
        return scipy.sparse.bsr_array((data, columns.ravel(), offsets), shape=(5 * rows, 5 * rows))

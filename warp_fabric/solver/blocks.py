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
                Pairs of beads count where all do.
        """
        kernel = _multiply_transposed if transposed else _multiply
        inputs = [self.model.grid.neighbor, self.blocks, slots, x, y, alpha, beta]
        wp.launch(kernel, self.model.node_count, inputs, [z], device=self.model.device)
        if self.pairs is not None and self.model.touches_itself and slots == ALL:
            add_couplings(self.model.beads, self.pairs.couplings, x, self._work, alpha, z)

    def to_scipy(self) -> scipy.sparse.bsr_array | scipy.sparse.csr_array:
        """The same matrix for SciPy; on the CPU its blocks share this one's memory where no cloth touches itself."""
        rows = self.model.node_count
        neighbor = self.model.topology.neighbor
        # A neighbour that is not there has a zero block; any valid column will do.
        columns = np.where(neighbor >= 0, neighbor, np.arange(rows)[:, None]).astype(np.int32)
        offsets = np.arange(0, rows * SLOTS + 1, SLOTS, dtype=np.int32)
        data = self.blocks.numpy().reshape(-1, 5, 5)
        stencil = scipy.sparse.bsr_array((data, columns.ravel(), offsets), shape=(5 * rows, 5 * rows))
        if self.pairs is None or not self.pairs.pair_count:
            return stencil
        return stencil.tocsr() + self._coupled(self.pairs)

    def _coupled(self, pairs: Candidates) -> scipy.sparse.csr_array:
        """What joins pairs of beads."""
        beads = self.model.beads
        assert beads is not None
        nodes = beads.node.numpy()
        weights = np.stack([beads.weight.numpy(), 1.0 - beads.weight.numpy()], axis=1)
        weights[nodes[:, 0] == nodes[:, 1]] = (1.0, 0.0)
        first, second, coupling = pairs.acting()
        total = scipy.sparse.csr_array((self.size, self.size))
        for side, other in np.ndindex(2, 2):
            data = (weights[first, side] * weights[second, other])[:, None, None] * coupling
            rows = 5 * nodes[first, side][:, None, None] + np.arange(3)[:, None] + np.zeros((1, 3), int)
            columns = 5 * nodes[second, other][:, None, None] + np.arange(3) + np.zeros((3, 1), int)
            total += scipy.sparse.csr_array(
                (data.ravel(), (rows.ravel(), columns.ravel())), shape=(self.size, self.size)
            )
        return total

"""How crossings collect from the beads that ride on them: forces, Jacobians, and products with far couplings."""

from __future__ import annotations

import warp as wp

from warp_fabric.beads import Beads
from warp_fabric.forces.contact.candidates import Couplings
from warp_fabric.types import f64, mat33, mat55, vec3, vec5


@wp.kernel
def collect_beads(beads: Beads, bead: wp.array(dtype=vec3), out: wp.array(dtype=vec5)):
    i = wp.tid()
    push = vec3()
    for k in range(beads.node_offset[i], beads.node_offset[i + 1]):
        push = push + beads.node_weight[k] * bead[beads.node_bead[k]]
    out[i] += vec5(push[0], push[1], push[2], f64(0.0), f64(0.0))


@wp.kernel(enable_backward=False)
def add_beads(
    beads: Beads,
    neighbor: wp.array2d(dtype=wp.int32),
    bead: wp.array(dtype=mat33),
    blocks: wp.array2d(dtype=mat55),
):
    """Joins a crossing with itself (slot 0) and with its neighbours (1 to 4), to which segment beads lead. Most beads
    touch nothing."""
    i, slot = wp.tid()
    other = neighbor[i, slot]
    if other < 0:
        return
    total = mat33()
    for k in range(beads.node_offset[i], beads.node_offset[i + 1]):
        b = beads.node_bead[k]
        w = beads.node_weight[k]
        nodes = beads.node[b]
        if slot == 0:
            total += w * w * bead[b]
        elif nodes[0] != nodes[1] and (nodes[0] == other or nodes[1] == other):
            total += w * (f64(1.0) - w) * bead[b]
    if wp.ddot(total, total) != f64(0.0):
        for p in range(3):
            for q in range(3):
                blocks[i, slot][p, q] += total[p, q]


@wp.kernel(enable_backward=False)
def _couple(
    beads: Beads,
    couplings: Couplings,
    x: wp.array(dtype=vec5),
    out: wp.array(dtype=vec3),
):
    a = wp.tid()
    total = vec3()
    start = couplings.first[a]
    for s in range(start, start + couplings.count[a]):
        b = couplings.partner[s]
        nodes = beads.node[b]
        y = x[nodes[0]]
        place = vec3(y[0], y[1], y[2])
        if nodes[0] != nodes[1]:
            w = beads.weight[b]
            z = x[nodes[1]]
            place = w * place + (f64(1.0) - w) * vec3(z[0], z[1], z[2])
        total += couplings.value[s] * place
    out[a] = total


@wp.kernel(enable_backward=False)
def _add_coupled(beads: Beads, bead: wp.array(dtype=vec3), alpha: f64, out: wp.array(dtype=vec5)):
    i = wp.tid()
    push = vec3()
    for k in range(beads.node_offset[i], beads.node_offset[i + 1]):
        push = push + beads.node_weight[k] * bead[beads.node_bead[k]]
    out[i] += alpha * vec5(push[0], push[1], push[2], f64(0.0), f64(0.0))


def add_couplings(beads: Beads, couplings: Couplings, x: wp.array, work: wp.array, alpha: float, out: wp.array) -> None:
    """out += alpha C x, of the couplings of pairs of beads, which are symmetric; [N] vec5.

    Args:
        work: [K] vec3, written.
    """
    device = out.device
    inputs = [beads, couplings, x]
    wp.launch(_couple, len(work), inputs, [work], device=device)
    wp.launch(_add_coupled, len(out), [beads, work, alpha], [out], device=device)

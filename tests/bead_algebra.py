"""Beads in dense algebra: what they have of crossings, and what joins pairs of them."""

from __future__ import annotations

import numpy as np

from warp_fabric.forces.contact.candidates import Candidates
from warp_fabric.model import Model


def shares(model: Model) -> np.ndarray:
    """[K, N] what each bead has of each crossing."""
    node, weight = model.beads.node.numpy(), model.beads.weight.numpy()
    share = np.zeros((model.bead_count, model.node_count))
    np.add.at(share, (np.arange(len(node)), node[:, 0]), weight)
    np.add.at(share, (np.arange(len(node)), node[:, 1]), 1.0 - weight)
    return share


def spread(model: Model, blocks: np.ndarray) -> np.ndarray:
    """[5 N, 5 N] of crossings, from [K, 3, K, 3] of beads."""
    share, count = shares(model), model.node_count
    whole = np.zeros((count, 5, count, 5))
    whole[:, :3, :, :3] = np.einsum("an,aibj,bm->nimj", share, blocks, share, optimize=True)
    return whole.reshape(5 * count, 5 * count)


def rows(pairs: Candidates) -> np.ndarray:
    """[P] the first bead of each candidate pair."""
    return np.repeat(np.arange(len(pairs.first) - 1), np.diff(pairs.first.numpy()))


def couple_at_random(pairs: Candidates, rng: np.random.Generator) -> np.ndarray:
    """Couplings as contact makes them: transposed for a pair the other way round. As [K, 3, K, 3]."""
    first, second = rows(pairs), pairs.partner.numpy()[: pairs.pair_count]
    count = len(pairs.first) - 1
    whole = np.zeros((count, 3, count, 3))
    values = rng.standard_normal((len(first), 3, 3)) * (rng.random(len(first)) < 0.5)[:, None, None]
    for a, b, each in zip(first, second, values):
        if a < b:
            whole[a, :, b], whole[b, :, a] = each, each.T
    coupling = np.zeros(pairs.coupling.numpy().shape)
    coupling[: len(first)] = whole[first, :, second]
    pairs.coupling.assign(coupling)
    pairs.pack()
    return whole

"""In words: how a cloth is free to move, and what would hold it."""

from __future__ import annotations

import numpy as np

from warp_fabric.errors import SolverError
from warp_fabric.model import Model

STRAIGHT = 1.0e-9
"""How far points may be from a line through them, relative to their extent."""
ALONG = 1.0e-5
"""How far a cloth may be from a line that it counts as lying along, relative to its extent."""
RIGID = 1.0e-3
"""Share of a motion that may be other than rigid."""


def rigid_freedom(pinned: np.ndarray, gravity: np.ndarray, other: np.ndarray | None = None) -> SolverError | None:
    """How a cloth that pins hold can move without its potential changing, however it lies; None where it cannot.

    Args:
        pinned: [P, 3] what the pins pull to, m. gravity: [3] m/s2.
        other: [N, 3] crossings, where the cloth may lie along a line, which turning about it does not move.
    """
    centre = pinned.mean(axis=0)
    _, extents, axes = np.linalg.svd(pinned - centre)
    size, axis = float(extents[0]) if len(extents) else 0.0, axes[0]
    tiny = STRAIGHT * max(size, float(np.abs(pinned).max()), 1e-30)
    if len(extents) > 1 and extents[1] > tiny:
        return None
    weight = float(np.linalg.norm(gravity))
    if size <= tiny:
        if weight == 0.0:
            return _free("free to turn about its pin", "pin two more crossings that are not in line with it")
        axis = gravity / weight
        line = "the vertical line through its pin"
    else:
        if weight > 0.0 and float(np.linalg.norm(np.cross(axis, gravity / weight))) > STRAIGHT:
            return None
        line = "the line through its pins"
    if other is not None:
        away = np.cross(other - centre, axis)
        if np.abs(away).max() <= ALONG * max(size, float(np.ptp(other, axis=0).max())):
            return None
    where_not = "that is not on it" if size > tiny else "that is not below or above it"
    what = "add gravity" if weight == 0.0 else "move a pin aside"
    return _free(f"free to swing about {line}", f"pin a further crossing {where_not}, or {what}")


def freedom(
    mode: np.ndarray, position: np.ndarray, pinned: np.ndarray, gravity: np.ndarray, model: Model
) -> SolverError:
    """What a mode [N, 5] without stiffness is.

    Args:
        position: [N, 3] m. pinned, gravity: See `rigid_freedom`. model: Whose nodes they are.
    """
    known = rigid_freedom(pinned, gravity, position)
    moves, slides = mode[:, :3], mode[:, 3:]
    if known is not None and _is_rigid(moves, position):
        return known
    crossing = int(np.argmax(np.abs(mode).max(axis=1)))
    at = model.place(crossing)
    if np.abs(moves).max() < RIGID * np.abs(slides).max():
        yarn = "pick" if np.abs(slides[crossing]).argmax() == 0 else "end"
        what = f"yarns are free to slide, most of all the {yarn} at crossing {at}"
        return SolverError(what, where="static", fix="raise contact.friction")
    what = f"the cloth is free to move, most of all at crossing {at}: nothing holds it there"
    fix = "give the yarns a bending_modulus and contact.shear_modulus, pin more crossings, or add gravity"
    return SolverError(what, where="static", fix=fix)


def _free(how: str, fix: str) -> SolverError:
    return SolverError(f"the cloth is {how}, so it has no single equilibrium", where="pins", fix=fix)


def _is_rigid(moves: np.ndarray, position: np.ndarray) -> bool:
    """Whether displacements [N, 3] are those of a rigid motion."""
    arms = position - position.mean(axis=0)
    turns = [np.cross(axis, arms) for axis in np.eye(3)]
    shifts = [np.broadcast_to(axis, arms.shape) for axis in np.eye(3)]
    basis = np.stack([each.ravel() for each in (*turns, *shifts)], axis=1)
    fit = basis @ np.linalg.lstsq(basis, moves.ravel(), rcond=None)[0]
    return float(np.linalg.norm(moves.ravel() - fit)) < RIGID * float(np.linalg.norm(moves))

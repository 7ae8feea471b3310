"""How well an observation determines what was fitted.

With residuals r and their Jacobian J by the unknowns, the covariance of the fitted unknowns is the sandwich
(J'J)^-1 V (J'J)^-1, V the covariance of the scores J'r (Seber & Wild, "Nonlinear regression", ch. 2). V is the larger
of

- sum over residuals i of r_i^2 J_i J_i' (White 1980): noise, whatever its size from place to place;
- sums over frames, with their neighbours in time (Newey & West 1987): residuals of a model that does not fit are alike
  from crossing to crossing and from frame to frame.

The time step makes errors of its own: simulating the answer in `FINER` times finer steps shifts residuals by d and with
them the unknowns by (J'J)^-1 J'd; that shift counts as one more standard error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse.csgraph

from warp_fabric.fitting.experiment import Linearised

FINER = 4
UNKNOWN = 0.5
"""A standard error larger than this, in unknowns (a factor of e^0.5, or half a natural scale), determines nothing."""
PRECISION = 1.0e-6
"""Of the motion: no observation is more precise than this, simulated ones included."""
BLIND = 1.0e-13
"""Of the largest eigenvalue of J'J, its columns scaled to the same size: a smaller one is made by rounding, and nothing
is seen along its vector."""
ANYWHERE = 1.0e3
"""Standard error of what nothing is seen of, in unknowns."""
ALIKE = 0.98
"""Correlation from which on only a combination of two unknowns is determined."""


@dataclass
class Uncertainty:
    """Of fitted unknowns u [P].

    Attributes:
        errors: [P] standard errors of u, infinite where nothing is seen. correlations: [P, P].
        noise: m, root mean square residual of a coordinate.
        shifts: [P] what the time step's size shifts u by; 0 where not measured.
        statements: what the observation cannot determine, in words.
    """

    errors: np.ndarray
    correlations: np.ndarray
    noise: float
    shifts: np.ndarray
    statements: list[str]

    @property
    def determined(self) -> np.ndarray:
        """[P] bool, whether the value means anything."""
        return self.errors <= UNKNOWN


def uncertainty_of(
    found: Linearised, labels: Sequence[str], shift_of_residuals: Sequence[np.ndarray] | None = None
) -> Uncertainty:
    """Uncertainty at the answer.

    Args:
        found: Residuals and Jacobian there.
        labels: A name for each unknown.
        shift_of_residuals: What finer time steps change in the residuals, frame by frame; None: not measured.
    """
    count = len(labels)
    normal = sum((frame.jacobian.T @ frame.jacobian for frame in found.frames), np.zeros((count, count)))
    diagonal = np.sqrt(np.maximum(normal.diagonal(), 0.0))
    seen = diagonal > 0.0 if not diagonal.any() else diagonal > 1.0e-9 * diagonal.max()
    errors, shifts, correlations = np.full(count, np.inf), np.zeros(count), np.eye(count)
    squares = sum(float(frame.residual @ frame.residual) for frame in found.frames)
    number = sum(len(frame.residual) for frame in found.frames)
    weight = sum(frame.weight * len(frame.residual) for frame in found.frames) / number
    spare = number / max(number - count, 1)
    if seen.any():
        scaled = normal[np.ix_(seen, seen)] / np.outer(diagonal[seen], diagonal[seen])
        values, vectors = np.linalg.eigh(scaled)
        blind = values <= BLIND * values[-1]
        values = np.maximum(values, BLIND * values[-1])
        inverse = (vectors / values) @ vectors.T / np.outer(diagonal[seen], diagonal[seen])
        # Along the blind ones scores are rounding too: it must not be divided by rounding.
        clear = (vectors[:, ~blind] / values[~blind]) @ vectors[:, ~blind].T / np.outer(diagonal[seen], diagonal[seen])
        unseen = np.linalg.qr(vectors[:, blind] / diagonal[seen, None])[0]
        plain = (PRECISION * found.motion) ** 2 * weight * inverse
        noisy = spare * clear @ _scores_of_noise(found, seen) @ clear
        misfit = spare * clear @ _scores_of_frames(found, seen) @ clear
        if shift_of_residuals is not None:
            pairs = zip(found.frames, shift_of_residuals)
            moved = clear @ sum(frame.jacobian[:, seen].T @ shift for frame, shift in pairs)
            shifts[seen] = _share(found, seen, shift_of_residuals, moved) * moved
        variance = np.max([each.diagonal() for each in (plain, noisy, misfit)], axis=0)
        errors[seen] = np.sqrt(variance + shifts[seen] ** 2 + ANYWHERE**2 * np.sum(unseen**2, axis=1))
        spread = np.sqrt(inverse.diagonal())
        correlations[np.ix_(seen, seen)] = inverse / np.outer(spread, spread)
    noise = (spare * squares / number / weight) ** 0.5
    return Uncertainty(errors, correlations, noise, shifts, _statements(labels, errors, correlations))


def _share(found: Linearised, seen: np.ndarray, shift_of_residuals, moved: np.ndarray) -> float:
    """How much of the time step's error the observation has: none where residuals are far smaller than the part of it
    that no unknown can make up for (what was observed then came from a simulation in the same steps)."""
    pairs = zip(found.frames, shift_of_residuals)
    left = sum(float(np.sum((shift - frame.jacobian[:, seen] @ moved) ** 2)) for frame, shift in pairs)
    return min(1.0, (found.loss / left) ** 0.5) if left > 0.0 else 1.0


def _scores_of_noise(found: Linearised, seen: np.ndarray) -> np.ndarray:
    """Covariance of J'r where residuals are independent."""
    scores = [frame.jacobian[:, seen] * frame.residual[:, None] for frame in found.frames]
    return sum((score.T @ score for score in scores), np.zeros((seen.sum(), seen.sum())))


def _scores_of_frames(found: Linearised, seen: np.ndarray) -> np.ndarray:
    """Covariance of J'r: frames as they are, and with the frames before them (Bartlett weights)."""
    scores = np.array([frame.jacobian[:, seen].T @ frame.residual for frame in found.frames])
    lags = int(4.0 * (len(scores) / 100.0) ** (2.0 / 9.0))
    total = scores.T @ scores
    for lag in range(1, min(lags, len(scores) - 1) + 1):
        across = scores[lag:].T @ scores[:-lag]
        total += (1.0 - lag / (lags + 1.0)) * (across + across.T)
    return total


def _statements(labels: Sequence[str], errors: np.ndarray, correlations: np.ndarray) -> list[str]:
    statements = []
    for label, error in zip(labels, errors):
        if np.isinf(error):
            statements.append(f"{label}: this observation does not depend on it; its value is the one you gave")
        elif error > UNKNOWN:
            statements.append(f"{label}: this observation cannot determine it; its value means nothing")
    alike = (np.abs(correlations) > ALIKE) & np.isfinite(errors) & np.isfinite(errors)[:, None]
    count, group = scipy.sparse.csgraph.connected_components(alike, directed=False)
    for members in (np.flatnonzero(group == number).tolist() for number in range(count)):
        if len(members) == 2:
            i, j = members
            how = "rise and fall together" if correlations[i, j] > 0 else "make up for each other"
            statements.append(
                f"{labels[i]} and {labels[j]} {how} (correlation {correlations[i, j]:.3f}): "
                "a combination of them is known better than each"
            )
        elif len(members) > 2:
            names = ", ".join(labels[int(k)] for k in members[:-1]) + f" and {labels[members[-1]]}"
            statements.append(f"{names} can stand in for each other: combinations of them are known better than each")
    return statements

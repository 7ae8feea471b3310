"""Least-squares problems with known answers, in place of cloth: for tests of what searches and of what it reports."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from warp_fabric.errors import SolverError
from warp_fabric.fitting.experiment import Frame, Linearised


class Unknowns:
    """Stands in for `Parameters`: u [size] itself, times `unit`, is the value of the one parameter "u"."""

    def __init__(self, size: int, lower=-np.inf, upper=np.inf, unit: float = 1.0) -> None:
        self.names, self.size, self.unit = ("u",), size, unit
        self.start = np.zeros(size)
        self.lower, self.upper = (np.broadcast_to(np.asarray(bound, float), size) for bound in (lower, upper))

    def values(self, u):
        return {"u": self.unit * u}

    def to_value_units(self, u):
        return np.full(self.size, self.unit)

    def split(self, entries, fill=np.nan):
        return {"u": entries.copy()}

    def chain(self, u, gradients):
        return self.unit * gradients["u"]


class Residuals:
    """Stands in for `Problem`: residuals and their Jacobian as functions of values.

    Attributes:
        evaluated: The values that were asked for.
    """

    def __init__(
        self,
        residual: Callable[[np.ndarray], np.ndarray],
        jacobian: Callable[[np.ndarray], np.ndarray],
        fails: Callable[[np.ndarray], bool] = lambda value: False,
        frames: int = 1,
        motion: float = 1.0,
    ) -> None:
        self.residual, self.jacobian, self.fails = residual, jacobian, fails
        self.frames, self.motion, self.evaluated = frames, motion, []

    def linearise(self, values, changes) -> Linearised:
        value = self._value(values)
        columns = np.stack([change["u"] for change in changes], axis=1)
        r, j = self.residual(value), self.jacobian(value) @ columns
        pairs = zip(np.array_split(r, self.frames), np.array_split(j, self.frames))
        return Linearised([Frame(*pair, weight=1.0) for pair in pairs], self.motion)

    def loss_and_gradient(self, values) -> tuple[float, dict[str, np.ndarray]]:
        value = self._value(values)
        r = self.residual(value)
        return float(r @ r), {"u": 2.0 * self.jacobian(value).T @ r}

    def _value(self, values) -> np.ndarray:
        self.evaluated.append(values["u"].copy())
        if self.fails(values["u"]):
            raise SolverError("too far", where="a test", fix="none")
        return values["u"]


def linear(matrix: np.ndarray, right: np.ndarray, **options) -> Residuals:
    """matrix u - right."""
    return Residuals(lambda u: matrix @ u - right, lambda u: matrix, **options)


def rosenbrock(copies: int = 200, **options) -> Residuals:
    """A curved, narrow valley that ends at (1, 1), seen so many times that no noise could be meant."""
    share = copies**-0.5
    return Residuals(
        lambda u: np.tile(share * np.array([10.0 * (u[1] - u[0] ** 2), 1.0 - u[0]]), copies),
        lambda u: np.tile(share * np.array([[-20.0 * u[0], 10.0], [-1.0, 0.0]]), (copies, 1)),
        **options,
    )

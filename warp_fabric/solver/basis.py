"""The vectors of GMRES: what is done with them, and how the host does it, for the CPU."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import warp as wp

from warp_fabric.solver.host import HostArrays


class Basis(ABC):
    """An orthonormal basis that grows from a residual; arrays are [N] vec5."""

    @abstractmethod
    def norm(self, x: wp.array) -> float:
        """The Euclidean norm."""

    @abstractmethod
    def take(self, x: wp.array) -> None:
        """The residual is x."""

    @abstractmethod
    def leave(self, x: wp.array, y: wp.array) -> float:
        """The residual is x - y; its norm."""

    @abstractmethod
    def begin(self, norm: float, out: wp.array) -> None:
        """The first vector, which `out` becomes too, is the residual over its norm."""

    @abstractmethod
    def grow(self, count: int, image: wp.array, out: wp.array) -> tuple[list[float], float]:
        """The next vector, which `out` becomes too, is what `image` adds to the first `count`; its components along
        those, and the norm of the rest. Where that is zero, there is no next one."""

    @abstractmethod
    def combine(self, weights: Sequence[float], out: wp.array) -> None:
        """The weighted sum of the first vectors."""

    @abstractmethod
    def add(self, x: wp.array, y: wp.array, out: wp.array) -> None:
        """out = x + y; it may be one of them."""


class HostBasis(Basis):
    """By NumPy, in the arrays' own memory. Of `most` vectors those never used take no memory."""

    def __init__(self, most: int, size: int) -> None:
        self._vectors, self._residual = np.empty((most, size)), np.empty(size)
        self._host = HostArrays()

    def norm(self, x: wp.array) -> float:
        return _norm(self._host.get(x))

    def take(self, x: wp.array) -> None:
        self._residual[:] = self._host.get(x)

    def leave(self, x: wp.array, y: wp.array) -> float:
        np.subtract(self._host.get(x), self._host.get(y), out=self._residual)
        return _norm(self._residual)

    def begin(self, norm: float, out: wp.array) -> None:
        np.divide(self._residual, norm, out=self._vectors[0])
        self._host.put(out, self._vectors[0])

    def grow(self, count: int, image: wp.array, out: wp.array) -> tuple[list[float], float]:
        basis, w = self._vectors[:count], self._host.get(image)
        before = _norm(w)
        column = basis @ w
        w = w - column @ basis
        height = _norm(w)
        if height < 0.5 * before:  # Gram-Schmidt again where the first pass cancelled much
            again = basis @ w
            w -= again @ basis
            column += again
            height = _norm(w)
        if height > 0.0:
            np.divide(w, height, out=self._vectors[count])
            self._host.put(out, self._vectors[count])
        return column.tolist(), height

    def combine(self, weights: Sequence[float], out: wp.array) -> None:
        self._host.put(out, np.asarray(weights) @ self._vectors[: len(weights)])

    def add(self, x: wp.array, y: wp.array, out: wp.array) -> None:
        np.add(self._host.get(x), self._host.get(y), out=self._host.get(out))


def _norm(x: np.ndarray) -> float:
    return math.sqrt(float(x @ x))

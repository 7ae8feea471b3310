"""How far Newton's method follows a direction (contact: "solving", globalisation).

Along a direction dv the residual r(v - t dv).dv, the slope, falls from above zero; a way t is good as long as it is
not far below zero again: >= -0.9 r(v).dv. (Where friction sticks and slips by turns such steps can go in circles;
`strict` lets them overshoot less.) The size of the residual would be no guide: where yarns are stiff it grows by
any way across them, and it is least at saddles too, where cloth buckles.

Yarns that hardly stretch make the good states a thin curved sheet, and a straight way along it leaves it at once. A
monotone search then creeps. So a whole step that fails the test is taken all the same, boldly: Newton's next steps lead
back to the sheet, far ahead. If after a few steps these have not become smaller than the bold one, the search goes back
to where it began and is careful from there on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import warp as wp

from warp_fabric.forces import Convexity
from warp_fabric.solver.host import HostArrays
from warp_fabric.solver.recorded import Recorded
from warp_fabric.types import f64, vec5


@dataclass
class Direction:
    """A direction dv, which the linear solver's `solution` holds.

    Attributes:
        size: m/s, its largest component. slope: r.dv at its start, positive. convexity: of the Jacobian it comes from.
    """

    size: float
    slope: float
    convexity: Convexity


@wp.kernel(enable_backward=False)
def _advance(base: wp.array(dtype=vec5), direction: wp.array(dtype=vec5), length: f64, unknown: wp.array(dtype=vec5)):
    i = wp.tid()
    unknown[i] = base[i] - length * direction[i]


class SlopeSearch:
    """Moves the unknown against directions.

    Args:
        unknown, direction: [N] vec5. evaluate: Evaluates the residual at the unknown and gives the slope, not finite
            where a segment is inverted or empty.

    Attributes:
        base: [N] vec5, the unknown from which a move goes.
        strict: Whether a step may overshoot only a little; `begin` takes it back.
    """

    OVERSHOOT = (0.9, 0.2)  # below zero, as a share of the slope at the start; the second where strict
    HALVINGS = 14
    DOUBLINGS = 6
    WATCH = 3  # steps that a bold one has time to pay
    CAREFUL = 2  # moves after the first bold one that has not paid; each time twice as many
    PAYS = 0.5  # of the bold step's size, which one of them has to fall below

    def __init__(self, unknown: wp.array, direction: wp.array, evaluate: Callable[[], float]) -> None:
        self.unknown, self.direction, self._evaluate = unknown, direction, evaluate
        self.base = wp.zeros_like(unknown, requires_grad=False)
        self._bold_base, self._bold_direction = (wp.zeros_like(self.base) for _ in range(2))
        self._host = HostArrays()
        self._whole = Recorded(unknown.device, lambda: self._advance(1.0))
        self.begin(0.0)

    def begin(self, reach: float) -> None:
        """Start anew.

        Args:
            reach: m/s, the largest bold step.
        """
        self._reach = reach
        self.strict = False
        self._bold: Direction | None = None
        self._left = 0
        self._careful, self._span = 0, self.CAREFUL

    def move(self, direction: Direction) -> tuple[float | None, Convexity]:
        """Move; how far, in units of the direction that was followed, None where no way is good; and its convexity."""
        self._host.copy(self.base, self.unknown)
        if self._bold is not None:
            self._left -= 1
            if direction.size <= self.PAYS * self._bold.size:
                self._bold = None
            elif self._left <= 0:
                direction = self._back()
        self._careful -= 1
        if self._careful < 0:
            there = self.go(1.0)
            if self._good(there, direction):
                return self._longer(there, direction), direction.convexity
            if np.isfinite(there) and self._bold is not None:
                return 1.0, direction.convexity
            if np.isfinite(there) and direction.size <= self._reach:
                self._bold, self._left = direction, self.WATCH
                self._host.copy(self._bold_base, self.base)
                self._host.copy(self._bold_direction, self.direction)
                return 1.0, direction.convexity
            if self._bold is not None:
                direction = self._back()
        length = 1.0
        for _ in range(self.HALVINGS):
            there = self.go(length)
            if self._good(there, direction):
                return (self._longer(there, direction) if length == 1.0 else length), direction.convexity
            length *= 0.5
        self.go(0.0)
        return None, direction.convexity

    def go(self, length: float) -> float:
        """Move so far along the direction, and evaluate; the slope there."""
        if length == 1.0:
            self._whole()
        else:
            self._advance(length)
        return self._evaluate()

    def _advance(self, length: float) -> None:
        inputs = [self.base, self.direction, length]
        wp.launch(_advance, len(self.unknown), inputs, [self.unknown], device=self.unknown.device)

    def _back(self) -> Direction:
        """To where the bold step began."""
        bold = self._bold
        assert bold is not None
        self._host.copy(self.base, self._bold_base)
        self._host.copy(self.direction, self._bold_direction)
        self._bold, self._careful = None, self._span
        self._span *= 2
        return bold

    def _good(self, there: float, direction: Direction) -> bool:
        return bool(np.isfinite(there) and there >= -self.OVERSHOOT[self.strict] * direction.slope)

    def _longer(self, there: float, direction: Direction) -> float:
        """Modified Jacobians are too stiff where cloth buckles: go on as long as it is steep."""
        length = 1.0
        if direction.convexity == Convexity.EXACT:
            return length
        for _ in range(self.DOUBLINGS):
            if there < 0.5 * direction.slope:
                break
            there = self.go(2.0 * length)
            if not self._good(there, direction):
                self.go(length)
                break
            length *= 2.0
        return length

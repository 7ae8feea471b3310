"""What a draft will weave: floats, balance, loose yarns, and whether it is one cloth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from warp_fabric.weave.draft import Draft


@dataclass(frozen=True)
class Layer:
    """Yarns that hold together, or loose yarns at one height. Numbers count from 1, within one repeat."""

    ends: tuple[int, ...]
    picks: tuple[int, ...]

    @property
    def is_cloth(self) -> bool:
        """Whether the yarns interlace; False for yarns that lie loose."""
        return bool(self.ends and self.picks)


@dataclass(frozen=True)
class Analysis:
    """Facts about a draft repeated without end. Numbers of ends, picks and shafts count from 1.

    Attributes:
        end_floats: [ends] the longest float of each end, on either face, in crossings; infinite if it never interlaces.
        pick_floats: [picks] the same for picks.
        unthreaded_ends: Ends on no shaft.
        unused_shafts: Shafts with no end on them.
        end_share: Share of the crossings with the end on top: 1 all ends, 0 all picks, 0.5 balanced.
        layers: From the top down. One cloth if this is a single interlacing layer.
    """

    end_floats: tuple[float, ...]
    pick_floats: tuple[float, ...]
    unthreaded_ends: tuple[int, ...]
    unused_shafts: tuple[int, ...]
    end_share: float
    layers: tuple[Layer, ...]

    @property
    def longest_end_float(self) -> float:
        return max(self.end_floats)

    @property
    def longest_pick_float(self) -> float:
        return max(self.pick_floats)

    @property
    def is_one_cloth(self) -> bool:
        return len(self.layers) == 1

    def describe(self) -> list[tuple[str, str]]:
        """Pairs of a label and a sentence, for people."""
        lines = [
            ("longest float", f"ends {_length(self.end_floats, 'end')}, picks {_length(self.pick_floats, 'pick')}"),
            ("balance", f"{self.end_share:.0%} ends, {1 - self.end_share:.0%} picks on top"),
        ]
        if self.unthreaded_ends:
            lines.append(("unthreaded ends", ranges(self.unthreaded_ends)))
        if self.unused_shafts:
            lines.append(("unused shafts", ranges(self.unused_shafts)))
        if self.is_one_cloth:
            return [*lines, ("one cloth", "yes, every yarn is held")]
        lines.append(("one cloth", f"no, it falls apart into {len(self.layers)} layers; from the top:"))
        for layer in self.layers:
            yarns = [_yarns(kind, part) for kind, part in (("end", layer.ends), ("pick", layer.picks)) if part]
            lines.append(("", ("cloth: " if layer.is_cloth else "loose: ") + ", ".join(yarns)))
        return lines


def analyse(draft: Draft) -> Analysis:
    """Analyse a draft as if repeated without end in both directions."""
    drawdown = draft.drawdown
    used = set(draft.threading.tolist())
    return Analysis(
        end_floats=tuple(_longest_run(column) for column in drawdown.T),
        pick_floats=tuple(_longest_run(row) for row in drawdown),
        unthreaded_ends=tuple((np.flatnonzero(draft.threading == 0) + 1).tolist()),
        unused_shafts=tuple(shaft for shaft in range(1, draft.shaft_count + 1) if shaft not in used),
        end_share=float(drawdown.mean()),
        layers=_layers(drawdown),
    )


def ranges(numbers: Iterable[int]) -> str:
    """Rising numbers in short: "1-4, 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"{low}-{high}" if high > low else f"{low}" for low, high in runs)


def _length(floats: tuple[float, ...], kind: str) -> str:
    if math.inf not in floats:
        return f"{max(floats):.0f}"
    loose = [number for number, length in enumerate(floats, 1) if length == math.inf]
    return f"unlimited ({_yarns(kind, loose)} never interlace{'s' if len(loose) == 1 else ''})"


def _yarns(kind: str, numbers: Sequence[int]) -> str:
    """ "pick 2" or "picks 2, 5-6"."""
    return f"{kind}{'s' if len(numbers) > 1 else ''} {ranges(numbers)}"


def _longest_run(values: NDArray[np.bool_]) -> float:
    """Longest run of equal values around a ring; infinite if they are all equal."""
    starts = np.flatnonzero(values != np.roll(values, 1))
    if not len(starts):
        return math.inf
    return float(np.diff(starts, append=starts[0] + len(values)).max())


def _layers(drawdown: NDArray[np.bool_]) -> tuple[Layer, ...]:
    """Split the yarns into layers, from the top down.

    A cloth falls apart exactly if some of its yarns lie above all the others wherever they cross (C. R. J. Clapham,
    "When a fabric hangs together", Bull. London Math. Soc. 12, 1980). In a repeated cloth, all copies of an end cross
    all copies of a pick alike, so one repeat decides. Of `e` ends and `p` picks, those with the most yarns beneath
    them can be lifted off, if any can: exactly if each lies above every yarn that is left.
    """
    picks, ends = drawdown.shape
    beneath_end, beneath_pick = drawdown.sum(axis=0), (~drawdown).sum(axis=1)
    end_order, pick_order = np.argsort(-beneath_end, kind="stable"), np.argsort(-beneath_pick, kind="stable")
    end_sum = np.concatenate([[0], np.cumsum(beneath_end[end_order])])
    pick_sum = np.concatenate([[0], np.cumsum(beneath_pick[pick_order])])
    p = np.flatnonzero(_steps(beneath_pick[pick_order]))
    cuts = [
        (e, int(each))
        for e in np.flatnonzero(_steps(beneath_end[end_order])).tolist()
        # among the lifted yarns themselves each of the e p crossings has one of them on top
        for each in p[end_sum[e] + pick_sum[p] == e * (picks - p) + (ends - e) * p + e * p]
    ]
    return tuple(
        Layer(
            ends=tuple((np.sort(end_order[e0:e1]) + 1).tolist()),
            picks=tuple((np.sort(pick_order[p0:p1]) + 1).tolist()),
        )
        for (e0, p0), (e1, p1) in pairwise(cuts)
    )


def _steps(falling: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool[count + 1]: where a list may be cut. Not between equal values: such yarns lie alike if both are loose."""
    return np.concatenate([[True], falling[1:] != falling[:-1], [True]])

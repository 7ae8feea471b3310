"""Whole numbers that people and files give: checked, bounded, and made into tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from warp_fabric.errors import DraftError

MAX_YARNS = 100_000
"""Most ends, picks, shafts or treadles a draft may have: a bound on what a damaged file can ask for."""
MAX_CELLS = 2**26
"""Most crossings (and most cells of a tie-up, treadling or lift plan) a draft may have."""


def check_number(what: str, value: object, low: int, high: int) -> int:
    """`value` as an int, if it is a whole number between `low` and `high`.

    Raises:
        DraftError: If it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= value <= high:
        raise DraftError(f"{what} is {value!r}", where="weave", fix=f"use a whole number from {low} to {high}")
    return int(value)


def check_size(rows: int, columns: int, where: str) -> None:
    """Check that a cloth or table of `rows` x `columns` is neither empty nor too large.

    Raises:
        DraftError: If it is.
    """
    if not 1 <= rows <= MAX_YARNS or not 1 <= columns <= MAX_YARNS or rows * columns > MAX_CELLS:
        fix = f"use 1 to {MAX_YARNS} each way and at most {MAX_CELLS} together"
        raise DraftError(f"{rows} x {columns} is out of bounds", where=where, fix=fix)


def number_sets(key: str, value: object) -> list[list[int]]:
    """A list of whole numbers from 0, or of lists of them, as a list of lists.

    Raises:
        DraftError: If it is something else.
    """
    fix = "write it like [1, 2, [3, 4]]"
    problem = DraftError("not a list of whole numbers from 0", where=f"draft, {key}", fix=fix)
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise problem
    sets: list[list[int]] = []
    for entry in value:
        numbers = list(entry) if isinstance(entry, Iterable) and not isinstance(entry, str) else [entry]
        for number in numbers:
            if isinstance(number, bool) or not isinstance(number, int | np.integer) or not 0 <= number <= MAX_YARNS:
                raise problem
        sets.append([int(number) for number in numbers])
    return sets


def members(sets: Mapping[int, Collection[int]], rows: int, columns: int, where: str) -> NDArray[np.bool_]:
    """bool[rows, columns]: True where the column's number is in the row's set. Numbers count from 1; 0 is none.

    Raises:
        DraftError: If the table is too large, or a number has no place in it.
    """
    check_size(rows, columns, where)
    table = np.zeros((rows, columns + 1), dtype=bool)
    for row, numbers in sets.items():
        for number, least, most in ((row, 1, rows), *((number, 0, columns) for number in numbers)):
            if not least <= number <= most:
                fix = f"use numbers from {least} to {most}"
                raise DraftError(f"{number} is out of range {least}-{most}", where=where, fix=fix)
        table[row - 1, list(numbers)] = True
    return table[:, 1:]

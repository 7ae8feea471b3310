"""How far something that is counted has come: an export, a check, a movie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

OnCount = Callable[[int, int], None]
"""Called again and again with how much is done, and of how much."""


@contextmanager
def count_progress(progress: bool | OnCount, unit: str) -> Iterator[OnCount]:
    """What to call with the counts: a given function, a bar on stderr for True, nothing for False.

    Args:
        progress: As the public functions take it.
        unit: What is counted.
    """
    if callable(progress):
        yield progress
    elif progress:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (BarColumn(bar_width=20), TextColumn(unit), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(unit, total=None)
            yield lambda done, count: bar.update(task, completed=done, total=count)
    else:
        yield ignore


def ignore(_done: int, _count: int) -> None:
    """Nobody watches."""


class Tally:
    """Counts what is done, of a number that may grow.

    Args:
        tell: What to call with the counts.
    """

    def __init__(self, tell: OnCount = ignore) -> None:
        self._tell, self._done, self._count = tell, 0, 0

    def expect(self, more: int) -> None:
        """So much more is to be done."""
        self._count += more

    def done(self) -> None:
        """One more is done."""
        self._done += 1
        self._tell(self._done, self._count)

"""How much work something is, the same on every machine and under every load: in calls, not in seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def calls_of(work: Callable[[], Any]) -> tuple[int, Any]:
    """How many functions a piece of work calls in this thread, in Python and in C, and what it gives."""
    count = 0

    def seen(frame, event: str, _) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        result = work()
    finally:
        sys.setprofile(before)
    return count, result

"""BLAS kept to one thread: a solver's vectors are too short for more, which would only wait for each other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

try:
    from threadpoolctl import ThreadpoolController
except ImportError:  # on a machine with the numeric packages only; it costs time, nothing else
    ThreadpoolController = None


def blas_limiter() -> Callable[[], AbstractContextManager]:
    """What keeps BLAS to one thread, as often as it is called; made once, as finding the libraries takes long."""
    if ThreadpoolController is None:
        return nullcontext
    controller = ThreadpoolController()
    return lambda: controller.limit(limits=1, user_api="blas")


def one_blas_thread() -> AbstractContextManager:
    """Keeps BLAS to one thread in a `with` block."""
    return blas_limiter()()

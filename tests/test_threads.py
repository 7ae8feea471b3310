"""BLAS on one thread, where what sets that is installed."""

import numpy as np  # noqa: F401 (brings a BLAS)
from threadpoolctl import threadpool_info

import warp_fabric.threads
from warp_fabric.threads import blas_limiter, one_blas_thread


def threads() -> set[int]:
    return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}


def test_one_thread_as_often_as_wanted():
    before, limited = threads(), blas_limiter()
    for _ in range(2):
        with limited():
            assert threads() == {1}
        assert threads() == before
    with one_blas_thread():
        assert threads() == {1}


def test_without_threadpoolctl_nothing_is_limited(monkeypatch):
    monkeypatch.setattr(warp_fabric.threads, "ThreadpoolController", None)
    before = threads()
    with one_blas_thread():
        assert threads() == before

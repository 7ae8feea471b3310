"""Measurements, on one thread, as Warp's CPU backend has: set before NumPy is loaded, which reads it once."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

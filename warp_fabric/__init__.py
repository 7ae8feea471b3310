"""Warp Fabric: yarn-level, differentiable simulation of woven cloth.

Names are loaded on first use, so that importing the package costs nothing and needs no optional dependency.
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

_PUBLIC = {
    "Draft": "warp_fabric.weave.draft",
    "Fabric": "warp_fabric.fabric",
    "Scene": "warp_fabric.scene",
    "Trajectory": "warp_fabric.trajectory",
    "WarpFabricError": "warp_fabric.errors",
    "Yarn": "warp_fabric.yarn",
    "load_scene": "warp_fabric.scene",
    "load_trajectory": "warp_fabric.trajectory",
    "simulate": "warp_fabric.simulate",
}

__all__ = ["__version__", *_PUBLIC]  # noqa: PLE0604


def __getattr__(name: str):
    if name in _PUBLIC:
        value = getattr(import_module(_PUBLIC[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

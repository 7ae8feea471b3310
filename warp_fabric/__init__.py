"""Warp Fabric: yarn-level, differentiable simulation of woven cloth.

Names are loaded on first use, so that importing the package costs nothing and needs no optional dependency.
"""

from __future__ import annotations

import sys
from importlib import import_module

__version__ = "0.1.0"

WARP_WAS_THERE = "warp" in sys.modules
"""Whether the program had imported Warp before this package: then what it prints is the program's business."""

_PUBLIC = {
    "Collision": "warp_fabric.scene",
    "Contact": "warp_fabric.scene",
    "Draft": "warp_fabric.weave.draft",
    "DraftError": "warp_fabric.errors",
    "Environment": "warp_fabric.scene",
    "Fabric": "warp_fabric.fabric",
    "FabricSettings": "warp_fabric.scene",
    "FitError": "warp_fabric.errors",
    "FitResult": "warp_fabric.fitting.result",
    "FramesTarget": "warp_fabric.fitting.targets",
    "Initial": "warp_fabric.scene",
    "MarkerTarget": "warp_fabric.fitting.targets",
    "MeshTarget": "warp_fabric.fitting.targets",
    "Obstacle": "warp_fabric.scene",
    "PictureError": "warp_fabric.errors",
    "Panel": "warp_fabric.scene",
    "Pin": "warp_fabric.scene",
    "RestShapeTarget": "warp_fabric.fitting.targets",
    "Rollout": "warp_fabric.solver.rollout",
    "Scene": "warp_fabric.scene",
    "SceneError": "warp_fabric.errors",
    "SolverError": "warp_fabric.errors",
    "SolverSettings": "warp_fabric.scene",
    "TargetError": "warp_fabric.errors",
    "Time": "warp_fabric.scene",
    "Trajectory": "warp_fabric.trajectory",
    "TrajectoryError": "warp_fabric.errors",
    "UsdError": "warp_fabric.errors",
    "WarpFabricError": "warp_fabric.errors",
    "WeaveFileError": "warp_fabric.errors",
    "Yarn": "warp_fabric.yarn",
    "fit": "warp_fabric.fitting.fit",
    "library_names": "warp_fabric.yarn",
    "library_yarn": "warp_fabric.yarn",
    "load_scene": "warp_fabric.scene",
    "load_trajectory": "warp_fabric.trajectory",
    "loss_and_gradient": "warp_fabric.fitting.loss",
    "pattern": "warp_fabric.weave",
    "pattern_names": "warp_fabric.weave",
    "read_draft": "warp_fabric.weave",
    "simulate": "warp_fabric.simulation",
    "view": "warp_fabric.viewer",
    "write_draft": "warp_fabric.weave",
}

__all__ = ["__version__", *_PUBLIC]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str):
    if name in _PUBLIC:
        value = getattr(import_module(_PUBLIC[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

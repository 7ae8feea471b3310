"""Exports of the small cloth, read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pxr import Usd, UsdGeom
from usd_cloth import usd_run

import usd_export


def exported(folder: Path, name: str = "cloth.usdc", run: Any = None, **options: Any) -> Usd.Stage:
    """The stage of an export of `run`, by default of the small cloth."""
    path = usd_export.export(usd_run() if run is None else run, folder / name, **options)
    return Usd.Stage.Open(str(path))


def curves_of(stage: Usd.Stage) -> dict[str, UsdGeom.BasisCurves]:
    """All yarn curves by name."""
    prims = stage.GetPrimAtPath("/Cloth/Yarns").GetChildren()
    return {prim.GetName(): UsdGeom.BasisCurves(prim) for prim in prims}


def array(attribute: Usd.Attribute, time: float | None = None) -> np.ndarray:
    """An attribute's value as a NumPy array; an indexed primvar's as without indices."""
    if UsdGeom.Primvar(attribute).IsIndexed():
        return np.array(UsdGeom.Primvar(attribute).ComputeFlattened())
    return np.array(attribute.Get() if time is None else attribute.Get(time))

"""Yarns of bundles, made of the scene's at the start of each step (`warp_fabric/bundled_yarns.py`)."""

from __future__ import annotations

from warp_fabric.bundled_yarns import OF_YARNS, make_yarns
from warp_fabric.forces.base import Holder
from warp_fabric.types import f64


class BundledYarns(Holder):
    """Holds what is of yarns in `Held.material`, [kinds], of models with bundles."""

    def holds(self, model):
        return {} if model.bundles is None else {f"bundle_{key}": (len(model.bundles.reach), f64) for key in OF_YARNS}

    def hold(self, model, moment, held):
        if model.bundles is not None:
            make_yarns(model.bundles, model.material, held.material)

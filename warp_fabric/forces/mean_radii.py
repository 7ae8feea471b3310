"""Mean radii of each fabric's picks and of its ends, which "touching" crimp and the shear rigidity are counted with."""

# pyright: reportInvalidTypeForm=false

from __future__ import annotations

import warp as wp

from warp_fabric.forces.base import Holder
from warp_fabric.material import Material
from warp_fabric.model import Grid
from warp_fabric.types import f64, vec2


@wp.kernel
def _means(grid: Grid, material: Material, mean: wp.array(dtype=vec2)):
    # A kernel of its own: adjoints do not know what a loop has summed up, so that nothing may be computed from it here.
    f = wp.tid()
    total = vec2(f64(0.0), f64(0.0))
    for yarn in range(grid.first_yarn[f], grid.first_yarn[f + 1]):
        total += material.radius[yarn] * grid.yarn_share[yarn]
    mean[f] = total


class MeanRadii(Holder):
    """Holds `mean_radius` [F] vec2, m, of the picks and of the ends; zeros where nothing depends on it."""

    def holds(self, model):
        return {"mean_radius": (len(model.shapes), vec2)}

    def hold(self, model, moment, held):
        if model.crimped or "shear_rigidity" in model.acting:
            inputs, outputs = [model.grid, model.material], [held.mean_radius]
            wp.launch(_means, len(model.shapes), inputs, outputs, device=model.device)

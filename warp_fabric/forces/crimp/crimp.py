"""Crimp: yarns rise and fall between crossings, and straighten before they stretch (`docs/physics.md`, section 10).

Each crossing owns the nearer half of each of its segments (`half.py`), and the energy of all of them at the rises
that make it least (`interchange.py`). It takes the place of stretch in cloth that is crimped.
"""

# pyright: reportInvalidTypeForm=false

from __future__ import annotations

import warp as wp

from warp_fabric.forces.base import Convexity, Potential, block, mean_radius, real_spacing
from warp_fabric.forces.crimp.half import half_gradient, half_hessian
from warp_fabric.forces.crimp.interchange import find_changes, follow_changes, star_energy
from warp_fabric.forces.crimp.jacobian import complete_star
from warp_fabric.forces.crimp.star import half_of, risen, star_of
from warp_fabric.material import Material
from warp_fabric.model import Grid
from warp_fabric.types import f64, mat44, vec2, vec3, vec5, vec8


@wp.kernel
def _crimp(grid: Grid, material: Material, crimp: wp.array(dtype=vec2)):
    """(pick's, end's) of each fabric: as given, or of round yarns that touch, h0 = R_pick + R_end (mean radii)."""
    f = wp.tid()
    if grid.touching[f] == 0:
        crimp[f] = vec2(material.pick_crimp[f], material.end_crimp[f])
    else:
        rise = mean_radius(grid, material, f, 0) + mean_radius(grid, material, f, 1)
        along_pick, along_end = rise / real_spacing(grid, f, 0), rise / real_spacing(grid, f, 1)
        one = f64(1.0)
        crimp[f] = vec2(wp.sqrt(one + along_pick * along_pick) - one, wp.sqrt(one + along_end * along_end) - one)


@wp.kernel(enable_backward=False)
def _energy(
    grid: Grid,
    material: Material,
    crimp: wp.array(dtype=vec2),
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    change: wp.array(dtype=vec2),
    energy: wp.array(dtype=f64),
):
    i = wp.tid()
    star = star_of(grid, material, crimp, position, sliding, i)
    wp.atomic_add(energy, 0, star_energy(star, change[i]))


@wp.kernel
def _force(
    grid: Grid,
    material: Material,
    crimp: wp.array(dtype=vec2),
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    change: wp.array(dtype=vec2),
    scale: f64,
    segment: wp.array(dtype=vec8),
):
    e = wp.tid()
    a, b, axis = grid.segment[e, 0], grid.segment[e, 1], grid.segment_axis[e]
    half = half_of(grid, material, crimp[grid.fabric[a]], position, sliding, a, 2 * axis)
    ks, kc, slope, chord, d = half.ks, half.kc, half.slope, half.chord, half.d
    h_a, h_b = risen(half.rest, change[a], axis), risen(half.rest, change[b], axis)
    if d <= f64(0.0) or chord <= f64(0.0):
        nan = wp.sqrt(f64(-1.0))
        segment[e] += vec8(nan, nan, nan, nan, nan, nan, nan, nan)
    else:
        l_a, d_a = half_gradient(ks, kc, slope, chord, h_a, d)
        l_b, d_b = half_gradient(ks, kc, slope, chord, h_b, d)
        x = (scale * (l_a + l_b) / chord) * half.dx
        s = scale * (d_a + d_b)
        segment[e] += vec8(x[0], x[1], x[2], s, -x[0], -x[1], -x[2], -s)


@wp.kernel(enable_backward=False)
def _jacobian(
    grid: Grid,
    material: Material,
    crimp: wp.array(dtype=vec2),
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    change: wp.array(dtype=vec2),
    scale: f64,
    velocity_scale: f64,
    convexity: int,
    segment: wp.array2d(dtype=mat44),
    star: wp.array2d(dtype=vec5),
):
    e = wp.tid()
    a, b, axis = grid.segment[e, 0], grid.segment[e, 1], grid.segment_axis[e]
    half = half_of(grid, material, crimp[grid.fabric[a]], position, sliding, a, 2 * axis)
    ks, kc, slope, chord, d = half.ks, half.kc, half.slope, half.chord, half.d
    h_a, h_b = risen(half.rest, change[a], axis), risen(half.rest, change[b], axis)
    t = half.dx / chord
    near = half_hessian(ks, kc, slope, chord, h_a, d, convexity)
    far = half_hessian(ks, kc, slope, chord, h_b, d, convexity)
    sideways = near.first / chord, far.first / chord
    bow = sideways[0] + sideways[1]
    if convexity > 0:
        bow = wp.max(sideways[0], f64(0.0)) + wp.max(sideways[1], f64(0.0))
    along = wp.outer(t, t)
    xx = (near.ll + far.ll) * along + bow * (wp.identity(n=3, dtype=f64) - along)
    xd = (near.ld + far.ld) * t
    h = -scale * block(xx, xd, xd, near.dd + far.dd)
    segment[e, 0] = segment[e, 0] + h
    segment[e, 1] = segment[e, 1] - h
    segment[e, 2] = segment[e, 2] - h
    segment[e, 3] = segment[e, 3] + h
    if grid.segment_interlaced[e] > f64(0.0):
        # From either crossing the segment leads outwards.
        star[a, 2 * axis] = vec5(near.lh * t[0], near.lh * t[1], near.lh * t[2], near.hd, near.hh)
        star[b, 2 * axis + 1] = vec5(-far.lh * t[0], -far.lh * t[1], -far.lh * t[2], -far.hd, far.hh)


class Crimp(Potential):
    """Holds `crimp` [F] vec2, the pick's and the end's, and `held_change` [N] vec2, m, of the rises at the predicted
    state; keeps `change`, that at the state of the last evaluation. With each are what was `found`, before it follows
    its inputs, the `inverse` [N] vec3, m/N, of the second derivative by it, and `flat` [N], which rises are 0."""

    name = "crimp"
    kind = "segment"
    convex = False
    energy_kernel = _energy
    force_kernel = _force
    jacobian_kernel = _jacobian

    def holds(self, model):
        n = model.node_count if model.crimped else 0
        kinds = {"change": vec2, "found": vec2, "inverse": vec3, "flat": wp.int32}
        own = {f"{when}{name}": (n, kind) for when in ("", "held_") for name, kind in kinds.items()}
        return {"crimp": (model.fabric_count, vec2), **own}

    def hold(self, model, moment, held):
        if not model.crimped:
            return
        inputs = [model.grid, model.material]
        wp.launch(_crimp, model.fabric_count, inputs, [held.crimp], device=model.device)
        self.find(model, moment, held, "held_")

    def find(self, model, at, held, when: str = "") -> None:
        """Changes of rises at the coordinates `at`, a state or a moment, into the arrays whose names begin so."""
        inputs = [model.grid, held.material, held.crimp, at.position, at.sliding]
        out, found, inverse, flat = (getattr(held, when + name) for name in ("change", "found", "inverse", "flat"))
        follows = out.requires_grad
        outputs = [found if follows else out, inverse, flat]
        wp.launch(find_changes, model.node_count, inputs, outputs, device=model.device, record_tape=False)
        if follows:
            inputs = [*inputs, *outputs]
            wp.launch(follow_changes, model.node_count, inputs, [out], device=model.device)

    def count(self, model):
        return len(model.topology.segment) if model.crimped else 0

    def inputs(self, model, state, held):
        return [model.grid, held.material, held.crimp, state.position, state.sliding, held.change]

    def add_force(self, model, state, held, elements, scale):
        if self.count(model):
            self.find(model, state, held)
            super().add_force(model, state, held, elements, scale)

    def add_energy(self, model, state, held, energy):
        if model.crimped:
            self.find(model, state, held)
            inputs = self.inputs(model, state, held)
            wp.launch(self.energy_kernel, model.node_count, inputs, [energy], device=model.device)

    def add_jacobian(
        self, model, state, held, elements, position_scale, velocity_scale, convexity: int = Convexity.EXACT
    ):
        if not self.count(model):
            return
        star = elements.jacobians["star"]
        inputs = [*self.inputs(model, state, held), position_scale, velocity_scale, int(convexity)]
        wp.launch(_jacobian, self.count(model), inputs, [elements.jacobians["segment"], star], device=model.device)
        inputs = [model.grid, held.material, held.flat, position_scale]
        wp.launch(complete_star, model.node_count, inputs, [star], device=model.device)

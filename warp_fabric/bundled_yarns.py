"""The yarns of bundles, as kernels read them: made of the scene's yarns at the start of each step, so that these can be
differentiated by (`docs/physics.md`, section 14).

A bundle is as thick as one of its yarns, for what touches and jams, and has the stretch and bending stiffness, the mass
and the damping of all of them. Crimp turns a bundle as sharply as one of its yarns, but once where they turn `n` times:
its own bending is `n^2` times as stiff besides, which is as if its yarns held together less.
"""

# Warp structs are no types to a type checker.
# pyright: reportInvalidTypeForm=false, reportGeneralTypeIssues=false, reportArgumentType=false
# pyright: reportOperatorIssue=false

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import warp as wp
from scipy.linalg import block_diag

from warp_fabric.material import Material
from warp_fabric.types import f64

if TYPE_CHECKING:
    from warp_fabric.fabric import Fabric

OF_YARNS = ("radius", "linear_density", "young_modulus", "bending_modulus", "cohesion", "damping")
"""The fields of `Material` that are of yarns."""


@wp.struct
class Bundles:
    """strands: [kinds, yarns] how many yarns of each a bundle stands for. reach: [kinds] how many real spacings it runs
    from one crossing to the next."""

    strands: wp.array2d(dtype=f64)
    reach: wp.array(dtype=f64)


def bundles_of(fabrics: Sequence[Fabric]) -> Bundles | None:
    """Of the kinds of all fabrics, behind each other, on the current device; None where all yarns are real."""
    if all(fabric.bundling is None for fabric in fabrics):
        return None
    mixes, reach = [], []
    for fabric in fabrics:
        if fabric.bundling is None:
            mixes.append(np.eye(len(fabric.yarns)))
            reach.append(np.ones(len(fabric.yarns)))
        else:
            mixes.append(fabric.bundling.yarns[2])
            reach.append(fabric.bundling.yarns[3])
    bundles = Bundles()
    bundles.strands = wp.array(block_diag(*mixes), dtype=f64)
    bundles.reach = wp.array(np.concatenate(reach), dtype=f64)
    return bundles


@wp.func
def strands_of(bundles: Bundles, k: int) -> f64:
    total = f64(0.0)
    for y in range(bundles.strands.shape[1]):
        total += bundles.strands[k, y]
    return total


@wp.func
def sum_of(bundles: Bundles, values: wp.array(dtype=f64), k: int) -> f64:
    total = f64(0.0)
    for y in range(bundles.strands.shape[1]):
        total += bundles.strands[k, y] * values[y]
    return total


@wp.func
def area_sum_of(bundles: Bundles, material: Material, modulus: wp.array(dtype=f64), k: int) -> f64:
    """Of moduli, times the square of the radius."""
    total = f64(0.0)
    for y in range(bundles.strands.shape[1]):
        total += bundles.strands[k, y] * modulus[y] * material.radius[y] * material.radius[y]
    return total


@wp.func
def loose_sum_of(bundles: Bundles, material: Material, k: int) -> f64:
    """As `area_sum_of`, of the bending of loose fibres."""
    total = f64(0.0)
    for y in range(bundles.strands.shape[1]):
        loose = material.bending_modulus[y] / material.cohesion[y]
        total += bundles.strands[k, y] * loose * material.radius[y] * material.radius[y]
    return total


@wp.func
def damped_sum_of(bundles: Bundles, material: Material, k: int) -> f64:
    """As `area_sum_of`, of bending times its time constant."""
    total = f64(0.0)
    for y in range(bundles.strands.shape[1]):
        viscous = material.bending_modulus[y] * material.damping[y]
        total += bundles.strands[k, y] * viscous * material.radius[y] * material.radius[y]
    return total


@wp.kernel
def make_bundles(
    bundles: Bundles,
    material: Material,
    radius: wp.array(dtype=f64),
    linear_density: wp.array(dtype=f64),
    young_modulus: wp.array(dtype=f64),
    bending_modulus: wp.array(dtype=f64),
    cohesion: wp.array(dtype=f64),
    damping: wp.array(dtype=f64),
):
    k = wp.tid()
    r = sum_of(bundles, material.radius, k) / strands_of(bundles, k)
    bending = area_sum_of(bundles, material, material.bending_modulus, k)
    radius[k] = r
    linear_density[k] = sum_of(bundles, material.linear_density, k)
    young_modulus[k] = area_sum_of(bundles, material, material.young_modulus, k) / (r * r)
    bending_modulus[k] = bending / (r * r)
    if bending > f64(0.0):
        loose = loose_sum_of(bundles, material, k)
        cohesion[k] = bending / (bundles.reach[k] * bundles.reach[k] * loose)
        damping[k] = damped_sum_of(bundles, material, k) / bending
    else:  # yarns that do not resist bending
        cohesion[k] = f64(1.0)


def make_yarns(bundles: Bundles, given: Material, made: Material, record: bool = True) -> None:
    """Write the yarns of bundles, made of those given, to arrays [kinds]."""
    arrays = [getattr(made, key) for key in OF_YARNS]
    wp.launch(
        make_bundles, len(bundles.reach), [bundles, given], arrays, device=bundles.reach.device, record_tape=record
    )


def with_yarns(material: Material, arrays: dict[str, wp.array]) -> Material:
    """A material with other arrays of these names."""
    found = Material()
    for name in Material.vars:
        setattr(found, name, arrays.get(name, getattr(material, name)))
    return found

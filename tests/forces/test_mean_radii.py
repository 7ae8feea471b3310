"""What is computed from mean radii of picks and ends: its values, and that it passes gradients on to every yarn."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import at_rest, sample_scene

from warp_fabric.model import Model
from warp_fabric.types import f64, vec2

SHEARED = sample_scene("twill").replace({"contact.shear_modulus": None, "contact.shear_rigidity": 5.0})


def test_the_modulus_that_a_rigidity_means(device):
    """G = 4 S pi R_pick R_end Lm / (p1 p2)."""
    point, fabric = at_rest(Model(SHEARED, device)), SHEARED.build()
    radii = fabric.pick_radius.mean() * fabric.end_radius.mean()
    p1, p2 = fabric.end_spacing, fabric.pick_spacing
    modulus = float(point.held.shear_modulus.numpy()[0])
    assert 4 * modulus * np.pi * radii * 0.5 * (p1 + p2) / (p1 * p2) == pytest.approx(5.0, rel=1e-13)
    assert SHEARED.shear_modulus == pytest.approx(modulus, rel=1e-13)


@pytest.mark.parametrize(("name", "kind"), [("crimp", vec2), ("shear_modulus", f64)])
def test_what_follows_from_them_is_differentiated_by_every_radius(device, name, kind):
    """Products and roots of sums over yarns."""
    scene = sample_scene("small_touching") if name == "crimp" else SHEARED
    point = at_rest(Model(scene, device))
    held, radius = point.held, point.model.material.radius
    getattr(held, name).requires_grad = True
    with wp.Tape() as tape:
        point.hold()
    out = getattr(held, name)
    tape.backward(grads={out: wp.array(np.ones(out.numpy().shape), dtype=kind, device=device)})
    found, start = radius.grad.numpy().copy(), radius.numpy().copy()
    tape.zero()
    for yarn in range(len(start)):
        values = []
        for sign in (1e-6, -1e-6):
            radius.assign(np.where(np.arange(len(start)) == yarn, start * (1 + sign), start))
            point.hold()
            values.append(out.numpy().sum())
        radius.assign(start)
        slope = (values[0] - values[1]) / (2e-6 * start[yarn])
        assert slope != 0.0
        assert found[yarn] == pytest.approx(slope, rel=1e-7)

"""Sliding coordinates at rest follow the crimp: arc lengths of the cloth as it would be built with it."""

import numpy as np
import pytest
from sample_cloth import sample_scene

from warp_fabric import Scene
from warp_fabric.crimped_rest import CrimpedRest
from warp_fabric.scene.panels import of_fabrics

GIVEN, TOUCHING = sample_scene("crimped_twill"), sample_scene("touching_satin")


def values(scene: Scene, changes: dict | None = None):
    return lambda name: np.float64((changes or {}).get(name, scene.get(name)))


def test_what_the_crimp_depends_on():
    assert CrimpedRest(GIVEN).names == ("fabric.pick_crimp", "fabric.end_crimp")
    assert CrimpedRest(TOUCHING).names == ("yarns.y0.radius", "yarns.y1.radius")
    assert CrimpedRest(sample_scene("twill")).names == ()
    assert not CrimpedRest(sample_scene("twill")).slope("yarns.y0.radius", values(sample_scene("twill"))).any()


@pytest.mark.parametrize("scene", [GIVEN, TOUCHING], ids=["given", "touching"])
def test_crimps_are_those_of_the_fabric(scene):
    fabric = scene.build()
    np.testing.assert_allclose(CrimpedRest(scene).crimps(values(scene)), [[fabric.pick_crimp, fabric.end_crimp]])


@pytest.mark.parametrize("scene", [GIVEN, TOUCHING], ids=["given", "touching"])
def test_slopes_are_those_of_the_crimps(scene):
    rest = CrimpedRest(scene)
    for name in rest.names:
        value, step = scene.get(name), 1e-5 * scene.get(name)
        high, low = (np.array(rest.crimps(values(scene, {name: value + way}))) for way in (step, -step))
        np.testing.assert_allclose(rest.slope(name, values(scene)), (high - low) / (2 * step), rtol=1e-8, atol=1e-12)
    assert not rest.slope("contact.friction", values(scene)).any()


@pytest.mark.parametrize(
    ("scene", "changes"),
    [
        (GIVEN, {"fabric.pick_crimp": 0.14, "fabric.end_crimp": 0.02}),
        (GIVEN, {"fabric.end_crimp": 0.1}),
        (TOUCHING, {"yarns.y0.radius": 0.9e-4}),
    ],
)
def test_it_moves_as_far_as_the_cloth_would_be_built(scene, changes):
    rest, other = CrimpedRest(scene), scene.replace(changes)
    change = np.subtract(rest.crimps(values(scene, changes)), rest.crimps(values(scene)))
    expected = other.build().sliding - scene.build().sliding
    assert np.abs(expected).max() > 1e-5
    np.testing.assert_allclose(rest.moved(change), expected, atol=1e-15)


def test_each_panel_has_its_own():
    """One as [fabric] says, one of its own crimp, one of yarns that touch."""
    own = {"end_crimp": 0.03, "pick_crimp": 0.06, "picks": 7}
    panels = [{"name": "a"}, {"name": "b"} | own, {"name": "c", "crimp": "touching", "crimp_set": 0.8}]
    scene = GIVEN.replace({"panels": panels, "pins": []})
    rest = CrimpedRest(scene)
    crimps = [f"{table}.{key}" for table in ("fabric", "panels.b") for key in ("pick_crimp", "end_crimp")]
    assert {*rest.names} >= {*crimps}
    assert {name.split(".")[0] for name in rest.names} == {"fabric", "panels", "yarns"}
    changes = {name: 1.3 * scene.get(name) for name in rest.names}
    changed = scene.replace(changes)
    change = np.subtract(rest.crimps(values(scene, changes)), rest.crimps(values(scene)))
    assert change.shape == (3, 2)
    expected = of_fabrics(changed, "sliding") - of_fabrics(scene, "sliding")
    np.testing.assert_allclose(rest.moved(change), expected, atol=1e-15)
    assert np.count_nonzero(rest.slope("panels.b.pick_crimp", values(scene))) == 1

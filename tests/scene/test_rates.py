"""How stiff cloth is, from its scene alone."""

import pytest
from textile_cloth import textile_scene

from warp_fabric.scene.rates import is_stiff, rates


@pytest.mark.parametrize(("yarn", "stiff"), [("cotton", True), ("wool", True), ("silk", True), ("paper-yarn-1", False)])
def test_textile_yarns_are_stiff_within_a_millisecond(yarn, stiff):
    bending, stretch = rates(textile_scene(yarn, (5, 5)))
    assert is_stiff(bending, 1e-3) is stiff
    assert stretch > bending > 0.0


def test_by_how_much():
    """Both are stiffness over mass: half the spacing makes bending 16 times as fast, stretch 4 times."""
    scene = textile_scene("cotton", (5, 5), contact__shear_modulus=0.0)
    half = {key: 0.5 * getattr(scene.fabric, key) for key in ("end_spacing", "pick_spacing")}
    thin = scene.replace({f"fabric.{key}": value for key, value in half.items()} | {"yarns.yarn.radius": 5e-5})
    wide = scene.replace({"yarns.yarn.radius": 5e-5})
    assert rates(thin)[0] == pytest.approx(16.0 * rates(wide)[0])
    assert rates(thin)[1] == pytest.approx(4.0 * rates(wide)[1])

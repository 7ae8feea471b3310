"""The `[contact]` table."""

import pickle
from dataclasses import replace

import pytest
from textile_cloth import textile_scene

from warp_fabric.errors import SceneError
from warp_fabric.scene import Contact, Scene
from warp_fabric.yarn import library_yarn


def test_shear_is_said_one_way():
    assert Contact().shear_modulus == 1000.0
    assert Contact(shear_rigidity=40.0).shear_modulus is None
    with pytest.raises(SceneError, match="given twice") as caught:
        Contact(shear_modulus=1.2e5, shear_rigidity=40.0)
    assert caught.value.where == "contact.shear_rigidity"
    scene = textile_scene("cotton", (5, 5), contact__shear_rigidity=40.0)
    assert scene.replace({"contact.shear_modulus": 1.2e5}).contact.shear_rigidity is None
    assert scene.replace({"contact.shear_modulus": 1.2e5}).replace({"contact.shear_rigidity": 2.0}).contact == Contact(
        shear_rigidity=2.0
    )


def test_of_a_changed_copy_what_was_given_last_holds():
    for contact in (Contact(), replace(Contact(), friction=0.3), pickle.loads(pickle.dumps(Contact()))):
        changed = replace(contact, shear_rigidity=40.0)
        assert (changed.shear_modulus, changed.shear_rigidity) == (None, 40.0)
        assert replace(changed, shear_rigidity=None).shear_modulus == 1000.0
    given = replace(Contact(shear_modulus=500.0), friction=0.3)
    assert given == Contact(shear_modulus=500.0, friction=0.3)
    assert replace(given, shear_rigidity=40.0) == Contact(shear_rigidity=40.0, friction=0.3)
    assert replace(replace(given, shear_rigidity=40.0), shear_modulus=600.0).shear_rigidity is None
    with pytest.raises(SceneError, match="given twice"):
        replace(given, shear_rigidity=40.0, shear_modulus=600.0)
    saved = Scene.from_toml(textile_scene("cotton", (5, 5)).to_toml())  # which gives all defaults
    assert replace(saved.contact, shear_rigidity=40.0).shear_modulus is None


@pytest.mark.parametrize("yarn", ["cotton", "wool"])
def test_a_rigidity_is_a_modulus(yarn):
    """G = 4 S pi R_pick R_end Lm / (p1 p2), with the mean radii."""
    thin = replace(library_yarn(yarn), radius=0.7 * library_yarn(yarn).radius)
    scene = textile_scene(yarn, (6, 4), fabric__pick_spacing=7e-4).replace({"yarns.thin": thin})
    scene = scene.replace({"fabric.end_yarns": ["yarn", "thin"], "contact.shear_rigidity": 40.0})
    radius, spacing = scene.yarns["yarn"].radius, scene.fabric.end_spacing
    radii, middle = radius * 0.85 * radius, 0.5 * (spacing + 7e-4)
    assert 4 * scene.shear_modulus * 3.141592653589793 * radii * middle / (spacing * 7e-4) == pytest.approx(40.0)


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"friction": -0.1}, "contact.friction"),
        ({"friction_stiffness": 0}, "contact.friction_stiffness"),
        ({"shear_rigidity": 0}, "contact.shear_rigidity"),
        ({"crossing_stiffness": 0}, "contact.crossing_stiffness"),
        ({"crossing_stiffness": float("inf")}, "contact.crossing_stiffness"),
        ({"twist_rigidity": -1e-9}, "contact.twist_rigidity"),
        ({"shear_damping": -1e-3}, "contact.shear_damping"),
    ],
)
def test_impossible_values(values, where):
    with pytest.raises(SceneError) as caught:
        Contact(**values)
    assert caught.value.where == where
    assert caught.value.fix

"""What the parts of a scene must agree on; more in `test_scene.py`."""

import pytest

from warp_fabric.errors import SceneError
from warp_fabric.scene import Environment, Pin, Time
from warp_fabric.scene.agreement import check_agreement


def test_a_scene_that_was_made_agrees(small):
    check_agreement(small)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"fabric.end_yarns": ["flax"]}, "fabric.end_yarns"),
        ({"yarns.cotton.radius": 2e-3, "yarns.thin.radius": 3e-3}, "yarns.thin.radius"),
        ({"fabric.ends": 1, "pins": [], "yarns.cotton.damping": 1e-3}, "yarns.cotton.damping"),
        ({"pins": [Pin((3, 0))]}, "pins[0].crossing"),
        ({"time": Time(integrator="static"), "environment": Environment(wind=(0, 1, 0))}, "environment.wind"),
    ],
)
def test_what_does_not_fit(small, changes, where):
    with pytest.raises(SceneError) as caught:
        small.replace(changes)
    assert caught.value.where == where
    assert caught.value.fix

"""The `[collision]` table."""

import pytest

from warp_fabric.errors import SceneError
from warp_fabric.scene import Collision, Scene

PLANE = """
[[obstacles]]
shape = "plane"
point = [0, 0, -1e-3]
normal = [0, 0, 1]
"""


def test_cloth_touches_itself_where_the_table_is_written(small, small_text):
    assert small.collision == Collision(self=False)
    assert not small.touches
    there = Scene.from_toml(small_text + "[collision]\n")
    assert there.collision == Collision(self=True, stiffness=100.0, friction=0.3, slip_speed=1e-3)
    assert there.touches
    assert Scene.from_toml(small_text + "[collision]\nself = false\n") == small
    with_plane = Scene.from_toml(small_text + PLANE)
    assert not with_plane.collision.self
    assert with_plane.touches


def test_scenes_without_it_are_written_as_before(small, small_text):
    assert "collision" not in small.to_toml()
    assert "obstacles" not in small.to_toml()
    assert "collision" not in Scene.from_toml(small_text + PLANE).to_toml()


@pytest.mark.parametrize("values", [{}, {"self": False, "stiffness": 60.0}, {"slip_speed": 0.02, "friction": 0}])
def test_there_and_back(small, values):
    scene = small.replace({"collision": values})
    assert scene.collision == Collision(**values)
    assert Scene.from_toml(scene.to_toml()) == scene


def test_dotted_keys(small):
    scene = small.replace({"collision.stiffness": 7.0})
    assert scene.get("collision.stiffness") == 7.0
    assert scene.get("collision.self") is False
    assert scene.replace({"collision.self": True}).collision == Collision(stiffness=7.0)
    assert scene.replace({"collision": None}) == small
    with pytest.raises(SceneError, match="did you mean stiffness"):
        small.replace({"collision.stifness": 1.0})


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"self": "yes"}, "collision.self"),
        ({"self": 1}, "collision.self"),
        ({"stiffness": -1.0}, "collision.stiffness"),
        ({"friction": -0.1}, "collision.friction"),
        ({"slip_speed": 0.0}, "collision.slip_speed"),
    ],
)
def test_impossible_values(small, values, where):
    with pytest.raises(SceneError) as caught:
        small.replace({"collision": values})
    assert caught.value.where == where
    assert caught.value.fix

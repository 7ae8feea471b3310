import math
import pickle
from dataclasses import replace

import pytest

import warp_fabric as wf
from warp_fabric.errors import SceneError
from warp_fabric.scene import Contact, Environment, FabricSettings, Pin, Scene, SolverSettings, Time
from warp_fabric.yarn import Yarn, library_yarn

YARN = Yarn(radius=5e-4, linear_density=2e-3, young_modulus=5e5, bending_modulus=1.4e-4)
GRID = {"end_spacing": 1e-3, "pick_spacing": 1e-3}


def test_a_scene_in_python_reads_like_the_file():
    scene = wf.Scene(
        fabric=FabricSettings(weave="plain", ends=5, picks=5, end_spacing=1e-3, pick_spacing=1e-3),
        yarns={"cotton": YARN},
        pins=[Pin((0, 0)), Pin((0, 4))],
        time=Time(duration=0.5, step=1e-3),
    )
    text = """
        [fabric]
        ends = 5
        picks = 5
        end_spacing = 0.001
        pick_spacing = 0.001
        [yarns.cotton]
        radius = 5e-4
        linear_density = 2e-3
        young_modulus = 500000
        bending_modulus = 1.4e-4
        [[pins]]
        crossing = [0, 0]
        [[pins]]
        crossing = [0, 4]
        [time]
        duration = 0.5
        step = 1e-3
    """
    assert scene == Scene.from_toml(text)
    assert scene.yarns["cotton"].name == "cotton"
    assert pickle.loads(pickle.dumps(scene)) == scene


def test_without_a_time_python_looks_for_equilibrium():
    scene = Scene(fabric=FabricSettings(ends=1, picks=3, **GRID), yarns={"cotton": YARN})
    assert scene.time.integrator == "static"
    assert scene.tolerance == 1e-10


def test_the_default_tolerance_depends_on_what_is_solved(small):
    assert small.tolerance == 1e-7
    assert replace(small, solver=SolverSettings(tolerance=1e-3)).tolerance == 1e-3


@pytest.mark.parametrize(
    ("parts", "where", "says"),
    [
        ({"fabric": {"ends": 3}}, "fabric", "FabricSettings"),
        ({"contact": Environment()}, "contact", "Contact"),
        ({"yarns": [YARN]}, "yarns", "dict"),
        ({"yarns": {"cotton": "wool"}}, "yarns.cotton", "Yarn"),
        ({"yarns": {"cotton": YARN, "a.b": YARN}}, "yarns.'a.b'", "without dots"),
        ({"yarns": {"cotton": YARN, "": YARN}}, "yarns.''", "needs a name"),
        ({"yarns": {"coton": YARN}}, "fabric.end_yarns", "did you mean coton"),
        ({"yarns": {}}, "fabric.end_yarns", r"\[yarns.cotton\]"),
        ({"pins": Pin((0, 0))}, "pins", "list"),
        ({"pins": [{"crossing": [0, 0]}]}, "pins[0]", "Pin"),
        ({"pins": [Pin((0, 4)), Pin((3, 0))]}, "pins[1].crossing", "outside a fabric of 3 picks x 5 ends"),
        ({"pins": [Pin((0, 5))]}, "pins[0].crossing", r"\[2, 4\]"),
        ({"pins": [Pin((0, 1)), Pin((0, 0)), Pin((0, 1))]}, "pins[2].crossing", r"by pins\[0\]"),
        ({"environment": Environment(wind=(0, 1, 0))}, "environment.wind", "still air"),
        ({"yarns": {"cotton": replace(YARN, radius=8e-4)}}, "yarns.cotton.radius", "too thick"),
        ({"yarns": {"cotton": replace(YARN, radius=1e308)}}, "yarns.cotton.radius", "too thick"),
    ],
)
def test_parts_that_do_not_fit_each_other(parts, where, says):
    good = {"fabric": FabricSettings(ends=5, picks=3, **GRID), "yarns": {"cotton": YARN}}
    Scene(**good)
    with pytest.raises(SceneError, match=says) as caught:
        Scene(**{**good, **parts})
    assert caught.value.where == where
    assert caught.value.fix


def test_only_yarns_that_cross_inside_can_be_too_thick():
    thick = replace(YARN, radius=math.sqrt(2) * 1e-3 - 5e-4)  # with a thin one it just reaches the limit
    yarns = {"thin": YARN, "thick": replace(thick, radius=thick.radius * (1 + 1e-12))}

    def scene(picks, end_yarns, **more):
        fabric = FabricSettings(ends=3, picks=picks, end_yarns=end_yarns, pick_yarns=["thin"], **{**GRID, **more})
        return Scene(fabric=fabric, yarns=yarns)

    scene(3, ["thick", "thin", "thick"])  # on the border
    scene(2, ["thin", "thick"])  # no inner crossing at all
    scene(3, ["thin", "thick"], end_spacing=1.1e-3)  # the mean of the spacings counts
    with pytest.raises(SceneError, match="'thin' and end 'thick'") as caught:
        scene(3, ["thin", "thick"])
    assert caught.value.where == "yarns.thick.radius"


@pytest.mark.parametrize(("picks", "ends"), [(1, 1), (1, 5), (5, 1), (2, 2), (1, 2)])
def test_single_yarns_are_scenes(picks, ends):
    scene = Scene(fabric=FabricSettings(ends=ends, picks=picks, **GRID), yarns={"cotton": YARN})
    assert scene.build().position.shape == (picks, ends, 3)
    assert Scene.from_toml(scene.to_toml()) == scene


def test_library_yarns_are_yarns():
    yarns = {"cotton": library_yarn("paper-yarn-1")}
    scene = Scene(fabric=FabricSettings(ends=2, picks=2, **GRID), yarns=yarns, contact=Contact(friction=0))
    assert scene.yarns["cotton"] == replace(yarns["cotton"], name="cotton")

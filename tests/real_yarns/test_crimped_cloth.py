"""Crimped cloth of the library's textile yarns: hanging, at rest, compressed until it buckles, and interrupted."""

import numpy as np
import pytest
from small_run import differing
from textile_cloth import textile_scene

import warp_fabric as wf
from warp_fabric.yarn import library_names

USUAL = ("cotton", "wool", "silk", "linen")
YARNS = [
    name if name in USUAL else pytest.param(name, marks=pytest.mark.slow)
    for name in library_names()
    if not name.startswith("paper")
]
WEAVES = ["plain", "twill22", "satin5"]
FRAMES = {"time__frames_per_second": 100.0, "time__step": 1e-3}


def corners(size: int) -> list[dict]:
    return [{"crossing": [0, 0]}, {"crossing": [0, size - 1]}]


def hanging(yarn: str, weave: str, size: int, **changes) -> wf.Scene:
    given = {"fabric__weave": weave, "fabric__crimp": "touching", "pins": corners(size), "solver__device": "cpu"}
    return textile_scene(yarn, (size, size), **given, **FRAMES, **changes)


def compressed(yarn: str, weave: str, size: int, share: float, **changes) -> wf.Scene:
    """Flat cloth whose outer ends come nearer by a share of its width in 20 ms, and stay there for 10."""
    scene = hanging(yarn, weave, size, fabric__pose="flat", time__duration=0.03, **changes)
    position, pins = scene.build().position, []
    way = 0.5 * share * np.ptp(position[..., 0])
    for pick in range(size):
        for end, move in ((0, way), (size - 1, -way)):
            x, y, z = position[pick, end].tolist()
            path = [[0.0, x, y, z], [0.02, x + move, y, z]]
            pins.append({"crossing": [pick, end], "stiffness": 1e3, "path": path})
    return scene.replace({"pins": pins})


def sizes(*fast: int) -> list:
    return [*fast, *(pytest.param(size, marks=pytest.mark.slow) for size in (25, 50))]


@pytest.mark.parametrize("size", sizes(12))
@pytest.mark.parametrize("weave", WEAVES)
@pytest.mark.parametrize("yarn", YARNS)
def test_it_hangs_without_a_halved_step(yarn, weave, size):
    totals = wf.simulate(hanging(yarn, weave, size, fabric__pose="flat", time__duration=0.02)).statistics["totals"]
    assert totals["halved_steps"] == 0
    assert totals["krylov_iterations"] <= 15 * totals["jacobians"]


@pytest.mark.parametrize("size", sizes(12))
@pytest.mark.parametrize("weave", WEAVES)
@pytest.mark.parametrize("yarn", YARNS)
def test_it_comes_to_rest(yarn, weave, size):
    still = {"time": {"integrator": "static"}, "environment.wind_density": 0.0}
    run = wf.simulate(hanging(yarn, weave, size).replace(still))
    assert run.statistics["totals"]["largest_force"] <= 1e-10
    lowest = float(run.position[-1][..., 2].min())
    assert lowest < run.scene.build().position[..., 2].min()


@pytest.mark.parametrize(
    "yarn", [yarn if yarn in ("cotton", "wool") else pytest.param(yarn, marks=pytest.mark.slow) for yarn in YARNS]
)
@pytest.mark.parametrize("weave", WEAVES)
def test_it_buckles_without_a_halved_step(yarn, weave):
    """Also where it stays exactly in its plane, which is a saddle then: plain wool does."""
    assert wf.simulate(compressed(yarn, weave, 20, 0.03)).statistics["totals"]["halved_steps"] == 0


class Stopped(Exception):
    pass


@pytest.mark.parametrize("yarn", ["cotton", "silk"])
def test_an_interrupted_run_goes_on_to_the_last_bit(yarn, tmp_path):
    given = {"contact__crossing_stiffness": 120.0, "contact__twist_rigidity": 1e-9, "yarns__yarn__damping": 2e-3}
    scene = hanging(yarn, "twill22", 8, fabric__pose="flat", time__duration=0.04, **given)
    whole, taken = wf.simulate(scene), []

    def stop(report):
        taken.append(report)
        if len(taken) == 25:
            raise Stopped

    path = tmp_path / "run.h5"
    with pytest.raises(Stopped):
        wf.simulate(scene, checkpoint=path, on_step=stop)
    resumed = wf.simulate(scene, checkpoint=path, resume=True)
    assert differing(whole, resumed) == []
    for name in ("interchange", "flattening"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(resumed, name))
        assert getattr(whole, name)[-1].any()

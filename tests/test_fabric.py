import pickle
from pathlib import Path

import numpy as np
import pytest

from warp_fabric.fabric import repeated, rest_position, rest_sliding, srgb
from warp_fabric.scene import FabricSettings, Scene, load_scene
from warp_fabric.yarn import Yarn

GOLDEN = Path(__file__).parent / "data" / "golden"
THIN = Yarn(radius=2e-4, linear_density=1e-3, young_modulus=1e5, bending_modulus=1e-4, color="#ff0000")
THICK = Yarn(radius=3e-4, linear_density=2e-3, young_modulus=2e5, bending_modulus=2e-4, color="#0000ff")


def scene(picks=3, ends=4, **settings):
    values = {"end_spacing": 1e-3, "pick_spacing": 2e-3, "end_yarns": ["thin"], "pick_yarns": ["thick", "thin"]}
    fabric = FabricSettings(picks=picks, ends=ends, **{**values, **settings})
    return Scene(fabric=fabric, yarns={"thick": THICK, "thin": THIN})


@pytest.mark.parametrize("name", ["hang_plain_bdf2", "hang_plain_euler", "pull_twill_bdf2", "snag_plain_bdf2"])
def test_rest_is_frame_0_of_the_golden_runs(name):
    golden = np.load(GOLDEN / f"{name}.npz")
    fabric = load_scene(GOLDEN / f"{name}.toml").build()
    assert np.array_equal(fabric.position, golden["position"][0])
    assert np.array_equal(fabric.sliding, golden["sliding"][0])


def test_poses():
    flat = rest_position(2, 3, 0.5, 0.25, "flat", (1, 2, 3))
    hanging = rest_position(2, 3, 0.5, 0.25, "hanging", (1, 2, 3))
    assert flat[1, 2].tolist() == [1.5, 2.5, 3.0]
    assert hanging[1, 2].tolist() == [1.5, 2.0, 2.5]
    assert flat[0, 0].tolist() == hanging[0, 0].tolist() == [1, 2, 3]
    assert rest_sliding(np.zeros((2, 3), bool), 0.5, 0.25)[1, 2].tolist() == [0.5, 0.5]


def test_yarns_repeat_and_keep_the_scenes_order():
    fabric = scene().build()
    assert [yarn.name for yarn in fabric.yarns] == ["thick", "thin"]
    assert fabric.end_yarn.tolist() == [1, 1, 1, 1]
    assert fabric.pick_yarn.tolist() == [0, 1, 0]
    assert fabric.pick_radius.tolist() == [3e-4, 2e-4, 3e-4]
    assert fabric.end_radius.tolist() == [2e-4] * 4
    assert (fabric.pick_count, fabric.end_count) == (3, 4)
    assert repeated("ab", 5) == list("ababa")


@pytest.mark.parametrize(
    ("weave", "top"),
    [
        ("plain", lambda end, pick: (end + pick) % 2 == 0),
        ("twill22", lambda end, pick: (end + pick) % 4 < 2),
        ("satin5", lambda end, pick: (end - 2 * pick) % 5 != 0),
    ],
)
def test_the_weave_fills_the_fabric(weave, top):
    pick, end = np.mgrid[:11, :13]
    assert np.array_equal(scene(11, 13, weave=weave).build().drawdown, top(end, pick))


def test_a_draft_that_is_written_out():
    lists = {"threading": [1, 2, 0], "tie_up": [[1, 2], [2], []], "treadling": [1, [2], [3], []]}
    drawdown = scene(4, 4, **lists).build().drawdown
    assert drawdown.astype(int).tolist() == [[1, 1, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    lifted = scene(4, 4, threading=[1, 2, 0], lift_plan=[[1, 2], 2, [], []]).build().drawdown
    assert np.array_equal(lifted, drawdown)


def test_colors_are_the_scenes_or_the_drafts_or_the_yarns():
    plain = scene(pick_colors=["#00ff00", "white"]).build()
    assert plain.pick_color.tolist() == [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
    assert plain.end_color.tolist() == [[1, 0, 0]] * 4
    hounds = scene(8, 8, weave="houndstooth").build()
    assert len(np.unique(hounds.end_color, axis=0)) == 2
    assert not (hounds.end_color == [1, 0, 0]).all(axis=1).any()
    assert srgb(["#336699"])[0].tolist() == pytest.approx([0.2, 0.4, 0.6])


@pytest.mark.parametrize(("picks", "ends"), [(1, 1), (1, 6), (6, 1), (2, 2), (1, 2), (3, 3)])
def test_small_fabrics_and_single_yarns(picks, ends):
    fabric = scene(picks, ends).build()
    assert fabric.position.shape == (picks, ends, 3)
    assert fabric.sliding.shape == (picks, ends, 2)
    assert fabric.slides.sum() == max(picks - 2, 0) * max(ends - 2, 0)


def test_arrays_cannot_be_written_to_even_after_pickling():
    small = scene()
    assert small.build() is small.build()
    for fabric in (small.build(), pickle.loads(pickle.dumps(small)).build()):
        assert np.array_equal(fabric.position, small.build().position)
        with pytest.raises(ValueError, match="read-only"):
            fabric.position[0, 0, 0] = 1.0

import numpy as np
import pytest

from warp_fabric.errors import SceneError
from warp_fabric.scene import FabricSettings
from warp_fabric.scene.weaving import draft_lists
from warp_fabric.weave.draft import Draft
from warp_fabric.weave.files import WeaveFileWarning, write_draft
from warp_fabric.weave.patterns import pattern, pattern_names

GRID = {"ends": 5, "picks": 5, "end_spacing": 1e-3, "pick_spacing": 1e-3}


def test_defaults():
    fabric = FabricSettings(**GRID)
    assert (fabric.weave, fabric.pose, fabric.origin) == ("plain", "flat", (0.0, 0.0, 0.0))
    assert fabric.end_yarns == fabric.pick_yarns == ("cotton",)


@pytest.mark.parametrize("name", pattern_names())
def test_a_draft_written_out_weaves_the_same(name):
    for draft in (pattern(name), pattern(name).with_lift_plan()):
        again = FabricSettings(**GRID, **draft_lists(draft)).one_repeat
        assert np.array_equal(again.drawdown, draft.drawdown)


def test_a_weave_file_is_read_once_and_written_out(tmp_path):
    colors = {"end_colors": ("#ff0000", "#00ff00"), "pick_colors": ("#0000ff", "#ffffff", "#000000")}
    draft = Draft.from_drawdown([[1, 0], [0, 1], [1, 1]], name="odd", **colors)
    write_draft(draft, tmp_path / "odd.wif")
    fabric = FabricSettings(**GRID, draft=tmp_path / "odd.wif", pick_colors=["red"])
    (tmp_path / "odd.wif").unlink()
    assert fabric.draft is None
    assert np.array_equal(fabric.one_repeat.drawdown, draft.drawdown)
    assert fabric.end_colors == colors["end_colors"]
    assert fabric.pick_colors == ("#ff0000",)


def test_a_weave_file_that_falls_apart_is_doubted_and_woven(tmp_path):
    draft = Draft.from_lists([1, 2, 0], tie_up=[1, 2], treadling=[1, 2, 0])
    write_draft(draft, tmp_path / "loose.wif")
    with pytest.warns(WeaveFileWarning, match=r"loose.wif: this weave falls apart into 3 layers"):
        fabric = FabricSettings(**GRID, draft=tmp_path / "loose.wif")
    assert np.array_equal(fabric.one_repeat.drawdown, draft.drawdown)


def test_a_shaft_that_never_rises_may_end_a_draft():
    draft = Draft(threading=np.array([1, 3, 2]), lift_plan=np.array([[1, 0, 0], [1, 1, 0]], dtype=bool))
    again = FabricSettings(**GRID, **draft_lists(draft)).one_repeat
    assert np.array_equal(again.drawdown, draft.drawdown)


@pytest.mark.parametrize(
    ("values", "where", "says"),
    [
        ({"ends": 0}, "fabric.ends", "at least 1"),
        ({"picks": 2.0}, "fabric.picks", "whole number"),
        ({"ends": 10**30}, "fabric.ends", "too large"),
        ({"ends": 50_000, "picks": 50_000}, "fabric.ends", "too large"),
        ({"end_spacing": 0}, "fabric.end_spacing", "above 0"),
        ({"pick_spacing": 1e308}, "fabric.pick_spacing", "smaller spacing"),
        ({"weave": "twil22"}, "fabric.weave", "did you mean twill22"),
        ({"weave": ""}, "fabric.weave", "text"),
        ({"weave": "plain", "draft": "a.wif"}, "fabric.draft", "only one of weave, draft"),
        ({"weave": "plain", "threading": [1]}, "fabric.threading", "only one of weave, threading"),
        ({"draft": "nowhere.wif"}, "fabric.draft", "nowhere.wif"),
        ({"draft": "weave.txt"}, "fabric.draft", "txt"),
        ({"threading": [1, 2]}, "fabric.tie_up", "lift_plan"),
        ({"tie_up": [[1]], "treadling": [1]}, "fabric.threading", "missing"),
        ({"threading": [1], "tie_up": [[1]], "treadling": [2]}, "fabric.treadling", "2"),
        ({"threading": [1], "tie_up": [[1]], "treadling": [1], "lift_plan": [[1]]}, "fabric.lift_plan", "lift plan"),
        ({"threading": [1, 3], "lift_plan": [[1, 2]]}, "fabric.threading", "shaft 3"),
        ({"threading": [-1], "lift_plan": [[1]]}, "fabric.threading[0]", "at least 0"),
        ({"threading": [], "lift_plan": [[1]]}, "fabric.threading", "at least 1"),
        ({"threading": [1], "lift_plan": [["1"]]}, "fabric.lift_plan[0][0]", "whole number"),
        ({"threading": [10**9], "lift_plan": [[1]]}, "fabric.threading", "numbers? from"),
        ({"end_yarns": "cotton"}, "fabric.end_yarns", "not a list"),
        ({"pick_yarns": []}, "fabric.pick_yarns", "at least 1"),
        ({"end_colors": ["#12"]}, "fabric.end_colors[0]", "#rrggbb"),
        ({"pose": "lying"}, "fabric.pose", "flat, hanging"),
        ({"origin": [0, 0]}, "fabric.origin", "3"),
    ],
)
def test_impossible_fabrics(values, where, says):
    with pytest.raises(SceneError, match=says) as caught:
        FabricSettings(**{**GRID, **values})
    assert caught.value.where == where
    assert caught.value.fix

import pytest

from warp_fabric.errors import SceneError
from warp_fabric.scene import FabricSettings

GRID = {"ends": 5, "picks": 5, "end_spacing": 1e-3, "pick_spacing": 1e-3}


def test_defaults():
    fabric = FabricSettings(**GRID)
    assert (fabric.weave, fabric.pose, fabric.origin) == ("plain", "flat", (0.0, 0.0, 0.0))
    assert fabric.end_yarns == fabric.pick_yarns == ("cotton",)


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

import pytest

from usd_export.options import Options
from warp_fabric.errors import UsdError


def test_defaults_are_possible():
    assert Options() == Options.of({})
    assert Options.of({"plies": 3, "unit": "cm"}) == Options(plies=3, unit="cm")


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"samples_per_crossing": 0}, "samples_per_crossing"),
        ({"samples_per_crossing": 2.5}, "samples_per_crossing"),
        ({"plies": -1}, "plies"),
        ({"plies": True}, "plies"),
        ({"clips": -1}, "clips"),
        ({"ply_twist": float("nan")}, "ply_twist"),
        ({"time_codes_per_second": 0}, "time_codes_per_second"),
        ({"up_axis": "X"}, "up_axis"),
        ({"unit": "inch"}, "unit"),
        ({"yarn_purpose": "preview"}, "yarn_purpose"),
        ({"surface_purpose": ""}, "surface_purpose"),
        ({"velocities": "no"}, "velocities"),
        ({"yarns": False, "surface": False}, "yarns"),
        ({"layers": True, "clips": 10}, "layers"),
        ({"panel_frames": {"front": [0.0, 0.0, 0.0]}}, "panel_frames"),
        ({"panel_frames": {"front": [0.0, 0.0, 0.0, 0.0, 0.0, float("nan")]}}, "panel_frames"),
    ],
)
def test_impossible_values_are_named(values, where):
    with pytest.raises(UsdError) as caught:
        Options(**values)
    assert caught.value.where == where
    assert caught.value.fix


def test_unknown_options_are_named():
    with pytest.raises(UsdError, match="did you mean plies") as caught:
        Options.of({"plys": 3})
    assert caught.value.where == "plys"

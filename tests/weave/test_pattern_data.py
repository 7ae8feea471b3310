import numpy as np
import pytest
from dtx_to_wif import PatternData, WarpWeftData

from warp_fabric.errors import DraftError
from warp_fabric.weave.pattern_data import draft_from_pattern_data

TREADLED = {
    "threading": {1: {1}, 2: {2}, 3: {3}},
    "tieup": {1: {1, 2}, 2: {3}},
    "treadling": {1: {1}, 2: {2}, 3: {1}},
    "liftplan": {},
}
PLANNED = TREADLED | {"tieup": {}, "treadling": {}, "liftplan": {1: {1, 2}, 2: {3}, 3: {1, 2}}}
DRAWDOWN = np.array([[1, 1, 0], [0, 0, 1], [1, 1, 0]], dtype=bool)


def convert(parts, notes=None, **options):
    data = PatternData(
        name="",
        color_table=parts.pop("color_table", {1: (255, 255, 255), 2: (0, 0, 0)}),
        color_range=parts.pop("color_range", (0, 255)),
        warp=WarpWeftData(color=1),
        weft=WarpWeftData(color=2),
        **parts,
    )
    note = (notes if notes is not None else []).append
    return draft_from_pattern_data(data, where="cloth.wif", name="cloth", note=note, **options)


@pytest.mark.parametrize("parts", [TREADLED, PLANNED])
def test_drawdown_and_colours(parts):
    draft = convert(dict(parts))
    np.testing.assert_array_equal(draft.drawdown, DRAWDOWN)
    assert draft.end_colors == ("#ffffff",) * 3
    assert draft.pick_colors == ("#000000",) * 3
    assert (draft.lift_plan is None) == bool(parts["tieup"])


@pytest.mark.parametrize("parts", [TREADLED, PLANNED])
def test_a_sinking_shed_is_turned_over(parts):
    notes: list[str] = []
    draft = convert(dict(parts) | {"is_rising_shed": False}, notes)
    np.testing.assert_array_equal(draft.drawdown, ~DRAWDOWN)
    assert "sinking" in notes[0]
    assert (draft.lift_plan is None) == bool(parts["tieup"])  # still treadled if it was


@pytest.mark.parametrize("treadles", [{1, 2}, {0}])
def test_a_sinking_shed_with_several_or_no_treadles_in_a_pick(treadles):
    draft = convert(TREADLED | {"is_rising_shed": False, "treadling": {1: {1}, 2: treadles, 3: {2}}})
    sunk = treadles == {1, 2}
    np.testing.assert_array_equal(draft.drawdown[1], [not sunk] * 3)
    np.testing.assert_array_equal(draft.drawdown[[0, 2]], [[False, False, True], [True, True, False]])


def test_an_end_on_two_shafts_rises_with_either():
    notes: list[str] = []
    draft = convert(TREADLED | {"threading": {1: {1}, 2: {1, 3}, 3: {3}}}, notes)
    np.testing.assert_array_equal(draft.drawdown, [[True, True, False], [False, True, True], [True, True, False]])
    assert draft.shaft_count == 4
    assert "several shafts" in notes[0]


def test_an_untied_treadle_raises_nothing():
    draft = convert(TREADLED | {"treadling": {1: {1}, 2: {5}, 3: {2}}, "num_treadles": 6})
    np.testing.assert_array_equal(draft.drawdown[1], [False] * 3)
    assert draft.treadle_count == 6


def test_declared_shafts_are_kept():
    assert convert(TREADLED | {"num_shafts": 8}).shaft_count == 8


def test_counts_cut_and_fill():
    draft = convert(dict(TREADLED), end_count=4, pick_count=2)
    np.testing.assert_array_equal(draft.drawdown, [[True, True, False, False], [False, False, True, False]])


def test_colour_ranges_are_scaled_to_bytes():
    table = {1: (-10, 90, 40), 2: (-10, -10, -10)}
    draft = convert(TREADLED | {"color_table": table, "color_range": (-10, 90), "weft_colors": {2: 1}})
    assert draft.end_colors[0] == "#00ff80"
    assert draft.pick_colors == ("#000000", "#00ff80", "#000000")


def test_colours_that_are_not_the_files_own_are_left_out():
    draft = convert(dict(TREADLED), end_colored=False)
    assert draft.end_colors is None
    assert draft.pick_colors == ("#000000",) * 3


def test_a_table_out_of_bounds():
    with pytest.raises(DraftError, match="out of bounds"):
        convert(TREADLED | {"num_shafts": 10**9})
    with pytest.raises(DraftError, match="-1 is out of range 0-3"):
        convert(PLANNED | {"liftplan": {1: {-1, 2}}})

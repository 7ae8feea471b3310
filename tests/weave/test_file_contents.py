import numpy as np
import pytest

from warp_fabric.errors import DraftError
from warp_fabric.weave.file_contents import FileContents, is_treadled, yarn_count

TREADLED = {
    "threading": {1: {1}, 2: {2}, 3: {3}},
    "tie_up": {1: {1, 2}, 2: {3}},
    "treadling": {1: {1}, 2: {2}, 3: {1}},
    "lift_plan": {},
}
PLANNED = TREADLED | {"tie_up": {}, "treadling": {}, "lift_plan": {1: {1, 2}, 2: {3}, 3: {1, 2}}}
DRAWDOWN = np.array([[1, 1, 0], [0, 0, 1], [1, 1, 0]], dtype=bool)


def convert(parts, notes=None, **options):
    counts = {"end_count": 3, "pick_count": 3}
    return FileContents(**{"name": "cloth"} | counts | parts | options).draft(
        (notes if notes is not None else []).append
    )


@pytest.mark.parametrize("parts", [TREADLED, PLANNED])
def test_drawdown_and_colours(parts):
    draft = convert(parts, end_colors=["#ffffff"] * 3)
    np.testing.assert_array_equal(draft.drawdown, DRAWDOWN)
    assert draft.end_colors == ("#ffffff",) * 3
    assert draft.pick_colors is None
    assert (draft.lift_plan is None) == bool(parts["tie_up"])


@pytest.mark.parametrize("parts", [TREADLED, PLANNED])
def test_a_sinking_shed_is_turned_over(parts):
    notes: list[str] = []
    draft = convert(parts | {"rising_shed": False}, notes)
    np.testing.assert_array_equal(draft.drawdown, ~DRAWDOWN)
    assert "sinking" in notes[0]
    assert (draft.lift_plan is None) == bool(parts["tie_up"])  # still treadled if it was


@pytest.mark.parametrize("treadles", [{1, 2}, {0}])
def test_a_sinking_shed_with_several_or_no_treadles_in_a_pick(treadles):
    draft = convert(TREADLED | {"rising_shed": False, "treadling": {1: {1}, 2: treadles, 3: {2}}})
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
    draft = convert(TREADLED | {"treadling": {1: {1}, 2: {5}, 3: {2}}, "treadle_count": 6})
    np.testing.assert_array_equal(draft.drawdown[1], [False] * 3)
    assert draft.treadle_count == 6


def test_declared_shafts_are_kept():
    assert convert(TREADLED | {"shaft_count": 8}).shaft_count == 8


def test_blank_yarns_at_the_edge():
    draft = convert(TREADLED, end_count=4, pick_count=5)
    expected = np.zeros((5, 4), dtype=bool)
    expected[:3, :3] = DRAWDOWN
    np.testing.assert_array_equal(draft.drawdown, expected)


def test_a_table_out_of_bounds():
    with pytest.raises(DraftError, match="out of bounds"):
        convert(TREADLED | {"shaft_count": 10**9})
    with pytest.raises(DraftError, match="lift plan: -1 is out of range 1-3"):
        convert(PLANNED | {"lift_plan": {1: {-1, 2}}})
    with pytest.raises(DraftError, match="presses treadle 3, but there are 2 treadles"):
        convert(TREADLED | {"treadling": {1: {3}}})


def test_picks_are_those_of_the_treadling_if_it_weaves_anything():
    something, nothing = {1: [1]}, {1: [0], 2: []}
    assert is_treadled(something, something, {})
    assert is_treadled(something, something, something)
    assert is_treadled(nothing, nothing, {})
    assert not is_treadled(something, nothing, something)
    assert not is_treadled({}, something, something)
    with pytest.raises(DraftError, match="tie-up with its treadling, is missing"):
        is_treadled(something, {}, {})


@pytest.mark.parametrize(
    ("used", "declared", "named", "sure", "count"),
    [
        (4, 0, [], True, 4),
        (4, 3, [], True, 4),  # more are used than declared
        (4, 6, [], True, 6),
        (4, 6, [5], False, 5),
        (4, 6, [7], False, 4),
        (4, 0, [7], True, 7),
        (4, 1200, [], True, 4),  # the sheet
        (4, 1200, [1000], True, 1000),
    ],
)
def test_how_many_yarns_a_file_speaks_of(used, declared, named, sure, count):
    assert yarn_count(used, declared, named, sure) == count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from random_drafts import drafts

from warp_fabric.errors import DraftError
from warp_fabric.weave import Draft

SCENE_EXAMPLE = {"threading": [1, 2, 3, 4], "tie_up": [[1, 2], [2, 3], [3, 4], [4, 1]], "treadling": [1, 2, 3, 4]}


def test_drawdown_of_a_draft_written_by_hand():
    draft = Draft.from_lists(**SCENE_EXAMPLE)
    expected = [[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [1, 0, 0, 1]]
    np.testing.assert_array_equal(draft.drawdown, np.array(expected, dtype=bool))


def test_several_treadles_raise_all_their_shafts_and_zero_raises_none():
    draft = Draft.from_lists(threading=[1, 2, 0, 3], tie_up=[1, [2, 3]], treadling=[[1, 2], 0, 2])
    np.testing.assert_array_equal(draft.drawdown, np.array([[1, 1, 0, 1], [0, 0, 0, 0], [0, 1, 0, 1]], dtype=bool))
    assert (draft.end_count, draft.pick_count, draft.shaft_count, draft.treadle_count) == (4, 3, 3, 2)


def test_lift_plan_from_lists():
    draft = Draft.from_lists(threading=[1, 2], lift_plan=[[1], [], [1, 2]], shafts=3)
    np.testing.assert_array_equal(draft.drawdown, np.array([[1, 0], [0, 0], [1, 1]], dtype=bool))
    assert (draft.shaft_count, draft.treadle_count) == (3, 0)


@given(drafts())
def test_lift_plan_weaves_the_same_cloth(draft):
    planned = draft.with_lift_plan()
    assert planned.tie_up is None
    np.testing.assert_array_equal(planned.drawdown, draft.drawdown)


@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12)))
def test_from_drawdown_weaves_it_with_the_fewest_shafts(drawdown):
    draft = Draft.from_drawdown(drawdown)
    np.testing.assert_array_equal(draft.drawdown, drawdown)
    assert draft.shaft_count == len({tuple(column) for column in drawdown.T.tolist()})
    assert draft.treadle_count == len({tuple(row) for row in drawdown.tolist()})
    assert draft.threading[0] == 1


@given(drafts(), st.integers(1, 30), st.integers(1, 30))
def test_repeat_tiles_weave_and_colours(draft, picks, ends):
    repeated = draft.repeated(picks, ends)
    pick, end = np.arange(picks) % draft.pick_count, np.arange(ends) % draft.end_count
    np.testing.assert_array_equal(repeated.drawdown, draft.drawdown[np.ix_(pick, end)])
    if draft.end_colors is not None:
        assert repeated.end_colors == tuple(draft.end_colors[i] for i in end)
    if draft.pick_colors is not None:
        assert repeated.pick_colors == tuple(draft.pick_colors[i] for i in pick)


def test_compared_by_content():
    one, other = Draft.from_lists(**SCENE_EXAMPLE), Draft.from_lists(**SCENE_EXAMPLE)
    assert one == other
    assert hash(one) == hash(other)
    assert one != Draft.from_lists(**SCENE_EXAMPLE, name="twill")
    assert one != Draft.from_lists(**SCENE_EXAMPLE, end_colors=["#000000"] * 4)
    assert one != Draft.from_lists(**SCENE_EXAMPLE, shafts=5)
    assert one != "a twill"


def test_cannot_be_changed_in_place():
    draft = Draft.from_lists(**SCENE_EXAMPLE)
    for table in (draft.threading, draft.tie_up, draft.treadling, draft.drawdown):
        with pytest.raises(ValueError, match="read-only"):
            table[0] = 0


def test_keeps_its_own_copy():
    threading = np.array([1, 2])
    draft = Draft(threading=threading, lift_plan=np.eye(2, dtype=bool))
    threading[0] = 2
    assert draft.threading.tolist() == [1, 2]


def test_name_is_one_printable_line():
    draft = Draft.from_lists(**SCENE_EXAMPLE, name=" wide\r\n herring\0bone ")
    assert draft.name == "wide herring bone"


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"threading": []}, "threading"),
        ({"threading": [1, -1]}, "threading"),
        ({"threading": [1.5, 2]}, "threading"),
        ({"threading": [True, 2]}, "threading"),
        ({"threading": "1234"}, "threading"),
        ({"threading": [[1, 2], 2, 3, 4]}, "on shafts"),
        ({"threading": [1, 5]}, "shaft 5"),
        ({"treadling": [1, 5]}, "treadling"),
        ({"treadling": None}, "treadling is missing"),
        ({"tie_up": None}, "tie_up is missing"),
        ({"lift_plan": [[1]]}, "both a lift plan"),
        ({"tie_up": [["x"]]}, "tie_up"),
        ({"end_colors": ["#000000"]}, "1 colours for 4 yarns"),
        ({"pick_colors": ["red"] * 4}, "'red' is not a colour"),
        ({"threading": [10**9]}, "threading"),
    ],
)
def test_impossible_drafts_say_what_is_wrong_and_how_to_fix_it(parts, says):
    with pytest.raises(DraftError, match=says) as caught:
        Draft.from_lists(**(SCENE_EXAMPLE | parts))
    assert caught.value.fix


@pytest.mark.parametrize(
    "parts",
    [
        {"threading": np.array([1, 3]), "lift_plan": np.ones((1, 2), bool)},
        {"threading": np.array([1]), "lift_plan": np.ones(2, bool)},
        {"threading": np.array([1]), "lift_plan": np.ones((1, 2))},
        {"threading": np.array([1]), "tie_up": np.ones((1, 2), bool), "treadling": np.ones((1, 3), bool)},
        {"threading": np.ones((1, 1), int), "lift_plan": np.ones((1, 2), bool)},
    ],
)
def test_arrays_that_do_not_fit(parts):
    with pytest.raises(DraftError):
        Draft(**parts)


@pytest.mark.parametrize("size", [(0, 4), (4, -1), (10**5, 10**5), (10**9, 1)])
def test_no_cloth_of_impossible_size(size):
    with pytest.raises(DraftError, match="out of bounds"):
        Draft.from_lists(**SCENE_EXAMPLE).repeated(*size)


@pytest.mark.parametrize("drawdown", [[], [1, 0], [[0.5]], "1"])
def test_drawdowns_that_are_no_table(drawdown):
    with pytest.raises(DraftError, match="not a table"):
        Draft.from_drawdown(drawdown)

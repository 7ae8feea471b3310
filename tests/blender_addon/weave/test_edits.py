"""Edits of a weave: what they do to its drawdown and yarns, on every kind of draft."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blender_addon.fabric.design.weave_text import Weave
from blender_addon.weave import edits
from warp_fabric import Draft, DraftError
from warp_fabric.weave import pattern


@st.composite
def weaves(draw) -> Weave:
    """Of every kind: lift plans, several treadles at once, empty picks, ends on no shaft."""
    ends, picks, shafts, treadles = (draw(st.integers(1, most)) for most in (7, 7, 4, 4))
    bits = np.random.default_rng(draw(st.integers(0, 2**32)))
    if draw(st.booleans()):
        lifting = {"lift_plan": bits.random((picks, shafts)) < 0.5}
    else:
        lifting = {"tie_up": bits.random((shafts, treadles)) < 0.5, "treadling": bits.random((picks, treadles)) < 0.5}
    draft = Draft(threading=bits.integers(0, shafts + 1, ends), **lifting)
    return Weave.of(draft, tuple(bits.integers(0, 4, ends).tolist()), tuple(bits.integers(0, 4, picks).tolist()))


def face(weave: Weave) -> np.ndarray:
    """int[picks, ends]: the yarn that one sees."""
    return np.where(weave.draft.drawdown, np.array(weave.end_yarns)[None], np.array(weave.pick_yarns)[:, None])


@given(weaves())
def test_invert_shows_the_other_yarn_everywhere(weave):
    inverted = edits.invert(weave)
    assert (inverted.draft.drawdown == ~weave.draft.drawdown).all()
    assert (inverted.end_yarns, inverted.pick_yarns) == (weave.end_yarns, weave.pick_yarns)


def test_invert_keeps_threading_and_treadling_where_it_can():
    twill = Weave.of(pattern("twill31"))
    inverted = edits.invert(twill)
    assert (inverted.draft.threading == twill.draft.threading).all()
    assert (inverted.draft.treadling == twill.draft.treadling).all()


@given(weaves())
def test_the_cloth_is_seen_turned(weave):
    seen = face(weave)
    assert (face(edits.flip_across(weave)) == seen[:, ::-1]).all()
    assert (face(edits.flip_along(weave)) == seen[::-1]).all()
    assert (face(edits.rotate(weave)) == np.rot90(seen, -1)).all()


@given(weaves())
def test_four_quarter_turns_are_none(weave):
    turned = weave
    for _ in range(4):
        turned = edits.rotate(turned)
    assert (turned.draft.drawdown == weave.draft.drawdown).all()
    assert (turned.end_yarns, turned.pick_yarns) == (weave.end_yarns, weave.pick_yarns)


@given(weaves(), st.integers(-9, 9), st.integers(-9, 9))
def test_shift_wraps_around(weave, ends, picks):
    moved = edits.shift(weave, ends, picks)
    assert (face(moved) == np.roll(face(weave), (picks, ends), axis=(0, 1))).all()
    assert edits.shift(moved, -ends, -picks) == weave


@given(weaves(), st.integers(1, 3), st.integers(1, 3))
def test_repeat_tiles(weave, across, along):
    assert (face(edits.repeat(weave, across, along)) == np.tile(face(weave), (along, across))).all()


@given(weaves())
def test_lift_plan_and_treadling_weave_the_same(weave):
    plan = edits.to_lift_plan(weave)
    assert plan.draft.lift_plan is not None
    trodden = edits.to_treadling(plan)
    assert trodden.draft.tie_up is not None
    for each in (plan, trodden):
        assert (face(each) == face(weave)).all()


@given(weaves(), st.integers(1, 9), st.integers(1, 9), st.integers(1, 6), st.integers(1, 6))
def test_resize_keeps_what_still_has_a_place(weave, ends, picks, shafts, treadles):
    draft = edits.resize(weave, ends, picks, shafts, treadles).draft
    assert (draft.end_count, draft.pick_count, draft.shaft_count) == (ends, picks, shafts)
    if draft.tie_up is not None:
        assert draft.treadle_count == treadles
        kept = np.s_[: min(shafts, weave.draft.shaft_count), : min(treadles, weave.draft.treadle_count)]
        assert (draft.tie_up[kept] == weave.draft.tie_up[kept]).all()
    if shafts >= weave.draft.shaft_count:
        assert (draft.threading == np.resize(weave.draft.threading, ends)).all()


def test_resize_takes_ends_off_a_shaft_that_is_gone():
    assert edits.resize(Weave.of(pattern("twill22")), shafts=3).draft.threading.tolist() == [1, 2, 3, 0]


@given(weaves(), st.data())
def test_painting_changes_those_cells_only(weave, data):
    area = data.draw(st.sampled_from(["threading", "tie_up", "lifting", "end_yarns", "pick_yarns"]))
    rows, columns = edits.area_size(weave.draft, area)
    if not rows * columns:
        return
    cells = data.draw(st.lists(st.tuples(st.integers(0, rows - 1), st.integers(0, columns - 1)), min_size=1))
    value = edits.stroke_value(weave, area, cells[0], yarn=3)
    painted = edits.paint(weave, area, cells, value)
    for row in range(rows):
        for column in range(columns):
            before, after = (edits.value_at(each, area, (row, column)) for each in (weave, painted))
            if (row, column) not in cells:  # threading an end takes it off its other shaft
                rethreaded = area == "threading" and column in {cell[1] for cell in cells}
                assert after == before or (rethreaded and value and not after)
            elif area != "threading":
                assert after == value
    if area == "threading" and value:
        assert all(painted.draft.threading[column] > 0 for _, column in cells)


def test_a_stroke_paints_what_its_first_cell_was_not():
    weave = Weave.of(pattern("twill22"))
    assert edits.stroke_value(weave, "threading", (0, 0), 5) == 0
    assert edits.stroke_value(weave, "threading", (1, 0), 5) == 1
    assert edits.stroke_value(weave, "end_yarns", (0, 0), 5) == 5
    assert edits.paint(weave, "threading", [(0, 0), (0, 1)], 0).draft.threading.tolist() == [0, 2, 3, 4]


def test_cells_and_areas_that_are_not_there():
    weave = Weave.of(pattern("plain"))
    with pytest.raises(DraftError, match="no cell in row 3, column 1"):
        edits.paint(weave, "threading", [(2, 0)], 1)
    with pytest.raises(DraftError, match="no 'pedals'"):
        edits.paint(weave, "pedals", [(0, 0)], 1)
    with pytest.raises(DraftError, match="no cell"):
        edits.paint(edits.to_lift_plan(weave), "tie_up", [(0, 0)], 1)


def test_limits_name_the_limit():
    weave = Weave.of(pattern("twill22"))
    with pytest.raises(DraftError, match=r"(?s)68 ends.*at most 64"):
        edits.repeat(weave, across=17)
    with pytest.raises(DraftError, match="17 shafts"):
        edits.resize(weave, shafts=17)
    with pytest.raises(DraftError, match="33 treadles"):
        edits.resize(weave, treadles=33)
    with pytest.raises(DraftError, match="0 picks"):
        edits.resize(weave, picks=0)
    with pytest.raises(DraftError, match="0 times"):
        edits.repeat(weave, along=0)


def test_a_larger_weave_that_came_from_a_file_can_be_edited():
    large = Weave.of(pattern("twill22").repeated(picks=8, ends=200))
    assert edits.flip_across(large).draft.end_count == 200
    assert edits.resize(large, ends=100).draft.end_count == 100
    assert edits.resize(large, shafts=5).draft.end_count == 200


def test_a_lift_plan_of_too_many_different_picks():
    counts = (np.arange(64)[:, None] >> np.arange(6)) % 2 == 1
    weave = Weave.of(Draft(threading=np.arange(1, 7), lift_plan=counts))
    with pytest.raises(DraftError, match="64 treadles"):
        edits.to_treadling(weave)
    with pytest.raises(DraftError, match="64 shafts"):
        edits.rotate(weave)


@pytest.mark.parametrize("kind", edits.TRANSFORMS)
def test_every_transform_of_the_library(kind):
    for name in ("plain", "twill22", "satin5", "herringbone", "waffle"):
        weave = Weave.of(pattern(name))
        assert Weave.from_text(edits.TRANSFORMS[kind](weave).to_text()) == edits.TRANSFORMS[kind](weave)

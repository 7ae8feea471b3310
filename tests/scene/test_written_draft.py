"""Weave files are written out in the settings that name them."""

import numpy as np
import pytest

from warp_fabric.scene import FabricSettings
from warp_fabric.scene.written_draft import draft_lists
from warp_fabric.weave.draft import Draft
from warp_fabric.weave.files import WeaveFileWarning, write_draft
from warp_fabric.weave.patterns import pattern, pattern_names

GRID = {"ends": 5, "picks": 5, "end_spacing": 1e-3, "pick_spacing": 1e-3}


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

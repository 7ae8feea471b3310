"""What holds for every pattern, and the registry. Each pattern's own facts are in the file of its name."""

import re

import numpy as np
import pytest

from warp_fabric.errors import DraftError
from warp_fabric.weave import Draft, analyse, pattern, pattern_names, patterns
from warp_fabric.weave.patterns import pattern_families


@pytest.mark.parametrize("name", pattern_names())
def test_each_is_one_cloth_with_a_proper_draft(name):
    draft = pattern(name)
    analysis = analyse(draft)
    assert draft.name == name
    assert analysis.is_one_cloth
    assert not analysis.unthreaded_ends
    assert not analysis.unused_shafts
    assert draft.tie_up is not None
    assert (draft.treadling.sum(axis=1) == 1).all()  # one treadle a pick, as a weaver treadles
    assert draft.treadling.any(axis=0).all()  # and every treadle used


@pytest.mark.parametrize("name", pattern_names())
def test_each_is_a_single_repeat(name):
    draft = pattern(name)
    table = draft.drawdown
    if draft.end_colors:
        table = np.where(table, np.array(draft.end_colors)[None], np.array(draft.pick_colors)[:, None])
    for axis, count in enumerate(table.shape):
        shorter = [step for step in range(1, count) if (np.roll(table, step, axis) == table).all()]
        assert not shorter


def test_names_are_written_as_people_write_them():
    assert pattern("Warp Rib 2/2") == pattern("warp_rib-22") == pattern("warprib22")
    assert pattern("TWILL 2/2") == pattern("twill22")
    assert pattern("point twill") == pattern("pointtwill22")


@pytest.mark.parametrize(("name", "near"), [("twil22", "twill22"), ("satin", "satin5"), ("houndtooth", "houndstooth")])
def test_unknown_names_say_what_is_near(name, near):
    with pytest.raises(DraftError, match=re.escape(repr(name))) as caught:
        pattern(name)
    assert near in caught.value.fix


def test_a_name_near_nothing_lists_the_library():
    with pytest.raises(DraftError) as caught:
        pattern("knitting")
    assert all(name in caught.value.fix for name in pattern_names())


def test_a_new_file_is_a_new_weave(tmp_path, monkeypatch):
    (tmp_path / "leno.py").write_text(
        '"""Leno: not really."""\n'
        "from warp_fabric.weave import Draft\n"
        'EXAMPLES = ("leno",)\n'
        'def from_name(name): return Draft.from_lists([1, 2], [1, 2], [1, 2]) if name == "leno" else None\n'
    )
    monkeypatch.setattr(patterns, "__path__", [*patterns.__path__, str(tmp_path)])
    patterns._modules.cache_clear()
    try:
        assert "leno" in pattern_names()
        assert isinstance(pattern("leno"), Draft)
        assert (("leno",), "Leno: not really.") in pattern_families()
    finally:
        patterns._modules.cache_clear()

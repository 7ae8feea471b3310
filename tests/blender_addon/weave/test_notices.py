"""Warnings about weaves."""

import pytest

from blender_addon.fabric.design.weave_text import Weave
from blender_addon.weave.notices import notices
from warp_fabric import Draft, DraftError
from warp_fabric.weave import pattern, pattern_names


def of(draft: Draft, yarns: int = 2) -> tuple[str, ...]:
    return notices(Weave.of(draft).to_text(), yarns)


@pytest.mark.parametrize("name", sorted({*pattern_names()} - {"satin8", "sateen8"}))
def test_weaves_of_the_library_are_sound(name):
    assert [text for text in of(pattern(name)) if "floats" not in text] == []


def test_long_floats():
    assert of(pattern("twill12/1")) == ("End floats up to 12: 1-13", "Pick floats up to 12: 1-13")
    assert of(pattern("twill7/1")) == ()
    assert of(pattern("satin8")) == ()


def test_cloths_that_fall_apart():
    double = Draft.from_drawdown([[1, 0, 0, 0], [1, 1, 1, 0], [0, 0, 1, 0], [1, 0, 1, 1]])
    assert of(double) == ("Falls apart into 2 cloths",)


def test_loose_yarns():
    assert of(Draft.from_drawdown([[1, 0, 1, 0], [1, 1, 0, 0]])) == ("2 yarns lie loose",)
    assert of(Draft.from_drawdown([[1, 1, 0], [1, 0, 1]])) == ("1 yarn lies loose",)


def test_shafts_without_ends_and_ends_without_shafts():
    draft = Draft.from_lists(threading=[1, 2, 0], lift_plan=[[1], [2]], shafts=5)
    assert of(draft) == ("1 yarn lies loose", "On no shaft: end 3", "Unused shaft 3-5")


def test_yarns_that_are_gone():
    assert of(pattern("plain"), yarns=1) == ("Yarns missing from the list",)


def test_long_lists_are_cut_off():
    draft = Draft.from_lists(threading=[1, 0] * 8, lift_plan=[[1], []])
    assert "On no shaft: end 2, 4 ..." in of(draft)


def test_damaged_text():
    with pytest.raises(DraftError):
        notices("{", 2)

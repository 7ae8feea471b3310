"""Random drafts, written as other programs write them, are read as what they were."""

import warnings
from dataclasses import replace
from pathlib import Path

import dialects
import dtx_to_wif
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from random_drafts import drafts

from warp_fabric.weave import Draft, WeaveFileWarning, read_draft

quick = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(path: Path, content: bytes) -> Draft:
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WeaveFileWarning)
        return read_draft(path)


def titled(draft: Draft) -> Draft:
    """Named "cloth", as the file is, if its name is none or one that a format cannot hold."""
    return replace(draft, name=draft.name.lstrip("@% ") or "cloth")


@quick
@given(drafts(), st.data())
def test_wif(tmp_path, draft, data):
    draft = titled(draft)
    assert read(tmp_path / "cloth.wif", data.draw(dialects.wif(draft))) == draft


@quick
@given(drafts(), st.data())
def test_dtx(tmp_path, draft, data):
    draft = titled(draft)
    if not (draft.end_colors and draft.pick_colors):
        draft = replace(draft, end_colors=None, pick_colors=None)
    assert read(tmp_path / "cloth.dtx", data.draw(dialects.dtx(draft))) == draft


@quick
@given(drafts(), st.integers(0, 20))
@example(Draft.from_lists([0, 0], lift_plan=[[], []]), 0)
def test_wpo(tmp_path, draft, sett):
    draft = replace(draft, name="cloth")
    assert read(tmp_path / "cloth.wpo", dialects.wpo(draft, sett)) == draft


@pytest.mark.parametrize("lifting", [{"lift_plan": [[1], [2, 3]]}, {"tie_up": [1, [2, 3]], "treadling": [1, [1, 2]]}])
def test_dtx_to_wif_agrees_on_how_wpo_is_laid_out(tmp_path, lifting):
    colors = {"end_colors": ["#ff0000", "#00ff00"], "pick_colors": ["#0000ff"] * 2}
    draft = Draft.from_lists([1, 3], **lifting, **colors)
    (tmp_path / "cloth.wpo").write_bytes(dialects.wpo(draft, sett=5))
    data = dtx_to_wif.read_pattern_file(tmp_path / "cloth.wpo")
    assert data.threading == {1: {1}, 2: {3}}
    assert dtx_to_wif.make_liftplan(data) == {1: {1}, 2: {2, 3} if "lift_plan" in lifting else {1, 2, 3}}
    assert data.color_table == {1: (0, 0, 255), 2: (0, 255, 0), 3: (255, 0, 0)}

"""The Weave panel in every state, and what is done to draw it."""

from collections import Counter
from dataclasses import replace

import bpy
import numpy as np
import pytest
from counted import calls_of
from drawn_panel import drawn

from blender_addon.fabric.design.weave_text import Weave
from blender_addon.weave import notices, pictures
from blender_addon.weave.weave_panel import FABRIC_PT_weave, FABRIC_PT_weave_change, FABRIC_PT_weave_library, title
from warp_fabric import Draft
from warp_fabric.weave import pattern, pattern_names


def test_it_says_what_is_woven(view3d):
    texts = drawn(FABRIC_PT_weave).texts
    assert {"plain", "2 ends × 2 picks", "2 shafts, 2 treadles", "Edit Draft"} <= {*texts}
    bpy.ops.fabric.weave_transform(kind="LIFT_PLAN")
    assert "2 shafts, lift plan" in drawn(FABRIC_PT_weave).texts
    bpy.ops.fabric.weave_edit()
    assert "Close Editor" in drawn(FABRIC_PT_weave).texts


def test_it_warns(view3d):
    bpy.ops.fabric.weave_set(pattern="twill12/1")
    assert "End floats up to 12: 1-13" in drawn(FABRIC_PT_weave).texts


def test_a_damaged_weave_is_said_with_its_fix(view3d):
    view3d.scene.fabric.weave.text = "{"
    assert drawn(FABRIC_PT_weave).texts[-2:] == ["The weave is damaged", "Choose one from the library"]


def test_every_button_works(view3d):
    bpy.ops.fabric.weave_set(pattern="twill22")
    for name, values in drawn(FABRIC_PT_weave_change).buttons:
        assert getattr(bpy.ops.fabric, name.partition(".")[2])("EXEC_DEFAULT", **values) == {"FINISHED"}


def test_the_library_sets_each_weave(view3d):
    buttons = drawn(FABRIC_PT_weave_library).buttons
    assert [values.get("pattern") for _, values in buttons] == [*pattern_names(), None]
    for name, values in buttons:
        assert name == "fabric.weave_set"
        assert bpy.ops.fabric.weave_set("EXEC_DEFAULT", **values) == {"FINISHED"}


def test_weaves_are_called_as_weavers_call_them():
    named = {"plain": "Plain", "twill31": "Twill 3/1", "satin5": "Satin 5", "warprib22": "Warp Rib 2/2"}
    assert {name: title(name) for name in named} == named
    for name in pattern_names():
        assert pattern(title(name)) == pattern(name)


@pytest.mark.parametrize("view", ["COLOR", "STRUCTURE", "INTERLACEMENT"])
def test_a_redraw_with_the_largest_draft_is_quick(view3d, view, monkeypatch):
    """The picture and the analysis are made once for each edit, not each time."""
    made = Counter()

    def count(module, name: str) -> None:
        work = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *given: made.update([name]) or work(*given))

    count(pictures, "swatch")
    count(notices, "analyse")
    notices.notices.cache_clear()
    bits = np.random.default_rng(0)
    draft = Draft(
        threading=bits.integers(1, 17, 64),
        tie_up=bits.random((16, 32)) < 0.5,
        treadling=np.eye(32, dtype=bool)[bits.integers(0, 32, 64)],
    )
    settings = view3d.scene.fabric
    settings.weave.view = view
    settings.weave.text = Weave.of(draft).to_text()
    drawn(FABRIC_PT_weave)
    calls = [calls_of(lambda: drawn(FABRIC_PT_weave))[0] for _ in range(5)]
    assert made == {"swatch": 1, "analyse": 1}
    assert max(calls) < 1000  # about 160: nothing is done for each of the 4096 cells
    settings.weave.text = Weave.of(replace(draft, treadling=draft.treadling[::-1])).to_text()
    drawn(FABRIC_PT_weave)
    assert made == {"swatch": 2, "analyse": 2}

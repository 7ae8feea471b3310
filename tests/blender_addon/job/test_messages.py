"""Longer texts fit the sidebar, and speak of buttons rather than of flags."""

from types import SimpleNamespace

import bpy
import pytest
from drawn_panel import RecordedLayout
from pretended_task import PretendedJob

from blender_addon.job.job import JobError
from blender_addon.job.messages import draw_error, draw_job, draw_text, without_flags

FOX = "The quick brown fox jumps over the lazy dog. " * 3 + "\n\nAnd a last line."


@pytest.mark.parametrize(("width", "longest"), [(220, 24), (600, 81), (10, 16)])
def test_lines_are_as_long_as_the_region_is_wide(width, longest):
    preferences = SimpleNamespace(system=SimpleNamespace(ui_scale=2.0))
    context = SimpleNamespace(preferences=preferences, region=SimpleNamespace(width=2 * width))
    layout = RecordedLayout()
    draw_text(layout, context, FOX, icon="INFO")
    assert longest / 2 < max(map(len, layout.texts)) <= longest
    assert " ".join(layout.texts).endswith("lazy dog. And a last line.")


def test_an_error_says_what_where_and_how(addon):
    layout = RecordedLayout()
    draw_error(layout, bpy.context, JobError("it folds", "step 3", "start again (--restart)"))
    assert " ".join(layout.texts) == "step 3: it folds start again"


def test_a_job_says_how_far_it_is(addon):
    layout, job = RecordedLayout(), PretendedJob()
    draw_job(layout, job, "simulate")
    assert layout.texts == ["Frame 3 of 20", "", "1:05 left"]
    assert layout.buttons == [("fabric.cancel", {"kind": "simulate"})]


def test_flags_are_left_out():
    assert without_flags("go on (--resume), or start again (--restart)") == "go on, or start again"

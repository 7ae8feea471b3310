"""Longer texts fit the sidebar, and speak of buttons rather than of flags."""

from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest
from drawn_panel import RecordedLayout
from pretended_task import PretendedJob

import warp_fabric
from blender_addon.job.job import JobError
from blender_addon.job.messages import WORDS, draw_error, draw_job, draw_text, in_panel_words, one_line

FOX = "The quick brown fox jumps over the lazy dog. " * 3 + "\n\nAnd a last line."


def test_errors_in_one_line_have_a_separator():
    killed = JobError("the process ended by SIGKILL", "", "if the machine ran out of memory,\nmake the cloth smaller")
    said = "the process ended by SIGKILL. if the machine ran out of memory, make the cloth smaller"
    assert one_line(killed) == said
    assert one_line(JobError("it folds", "step 3", "")) == "step 3: it folds"


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
    layout, job.seconds_left = RecordedLayout(), None
    draw_job(layout, job, "simulate")
    assert layout.texts[-1] == "Time left not known yet"


def test_flags_are_left_out():
    assert in_panel_words("go on (--resume), or start again (--restart)") == "go on, or start again"


def test_the_package_speaks_of_what_panels_have():
    texts = [each.read_text(encoding="utf-8") for each in Path(warp_fabric.__file__).parent.rglob("*.py")]
    for said, meant in WORDS.items():
        assert any(said in text for text in texts), said
        assert in_panel_words(f"first {said}") == f"first {meant}"

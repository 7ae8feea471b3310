"""Longer texts in a sidebar: errors with their fix, what a job does."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from warp_fabric.progress import clock

from .job import Job, JobError

if TYPE_CHECKING:
    import bpy

CHARACTER = 6.6
"""Pixels of a character of the interface's font, on average and not too little, before scaling."""
MARGIN = 60
"""Pixels beside a text in a box, likewise."""


def draw_text(layout: bpy.types.UILayout, context: bpy.types.Context, text: str, icon: str = "NONE") -> None:
    """Draw a text in as many lines as it needs in the region's width."""
    scale = context.preferences.system.ui_scale or 1.0  # 0 without a window
    width = context.region.width / scale if context.region else 220
    count = max(16, int((width - MARGIN) / CHARACTER))
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, count)]
    column = layout.column(align=True)
    column.scale_y = 0.8
    for k, line in enumerate(lines):
        column.label(text=line, icon=icon if k == 0 else "NONE" if icon == "NONE" else "BLANK1")


def draw_error(layout: bpy.types.UILayout, context: bpy.types.Context, error: JobError) -> None:
    """Draw what went wrong, where, and how to fix it."""
    box = layout.box()
    draw_text(box, context, f"{error.where}: {error.what}" if error.where else error.what, icon="ERROR")
    if error.fix:
        draw_text(box, context, in_panel_words(error.fix), icon="INFO")


def draw_job(layout: bpy.types.UILayout, job: Job, kind: str) -> None:
    """Draw how far a running job is, and a button to cancel it."""
    row = layout.row(align=True)
    row.progress(factor=job.progress, text=job.message)
    button = row.row(align=True)
    button.enabled = job.state != "cancelling"
    button.operator("fabric.cancel", text="", icon="CANCEL").kind = kind
    if kind == "simulate":  # of others, nobody knows
        known = job.seconds_left is not None
        layout.label(text=f"{clock(job.seconds_left)} left" if known else "Time left not known yet", icon="TIME")


def one_line(error: JobError) -> str:
    """What went wrong, where, and how to fix it, for a box that runs lines into each other."""
    what = f"{error.where}: {error.what}" if error.where else error.what
    return f"{what}. {' '.join(error.fix.split())}" if error.fix else what


WORDS = {
    "a smaller time.step": "more substeps",
    ", or loosen solver.tolerance": "",
    "add a [[pins]] table": "pin some crossings (Cloth panel)",
    "give the history of this fit, or start the fit afresh": "press Restart",
    ", or give crossings={...}": "",
    ", or crossings={id: (pick, end), ...}": "",
    "tell them apart with crossings={id: (pick, end), ...}": "give the file columns pick and end, counted from 0",
    "give scale=..., the metres in a unit of the mesh: 0.001 for mm, 0.01 for cm": "scale it to its true size",
    "set time.duration and time.frames_per_second so that frames fall on observed times, or choose other frames": (
        "set the scene's frame range and frame rate so that frames fall on observed times"
    ),
    ", or compare its mesh: wf.MeshTarget": "",
    "such as frames=[-1], or give wf.RestShapeTarget(...), which takes the last": "as a file of its own",
    "a Trajectory, its .h5 file, markers (.csv), meshes (.obj, .npz, .h5, a folder or pattern of .obj), or a Target": (
        "a simulation (.h5), markers (.csv) or meshes (.npz, .obj)"
    ),
}
"""What the package says to whoever writes scenes and scripts, and what an artist reads in its place."""


def in_panel_words(text: str) -> str:
    """An error's text without what concerns scene files, Python and the command line: "start again (--restart)" has a
    button here."""
    for said, meant in WORDS.items():
        text = text.replace(said, meant)
    return re.sub(r" \(--[a-z-]+\)", "", text)

"""The Fit panel: what is compared, what may change, how far it is, what was found."""

from bpy.types import Panel

from warp_fabric.errors import WarpFabricError

from ..fabric.active import fabric_object
from ..fabric.design.fabric_description import is_stale
from ..fabric.group import group_of
from ..job import tasks
from ..job.messages import draw_error, draw_job, draw_text, in_panel_words
from . import loss_picture
from .fit_fabric import interrupted
from .fit_job import Finding, distance
from .quantities import Fitted, fittable, found_again

OUTCOMES = {
    "converged": "",
    "budget": "It would get better with more tries",
    "stuck": "No better values were found close to these",
    "misfit": "No fit: the target is further away than the cloth is large",
    "undetermined": "No fit: the target determines none of these values",
}
PICTURE = 7.0
"""Size of the picture, in rows of a panel."""


class FABRIC_PT_fit(Panel):
    bl_label = "Fit"
    bl_idname = "FABRIC_PT_fit"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Fabric"
    bl_order = 5
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, obj = self.layout, fabric_object(context)
        if obj is None:
            draw_text(layout, context, "Build a fabric first, or select one", icon="INFO")
            return
        if len(group := group_of(obj, context.scene)) > 1:
            others = ", ".join(each.name for each in group if each != obj)
            draw_text(layout, context, f"Fits simulate this fabric alone, without {others}", icon="INFO")
        running = tasks.running(obj, "fit")
        options = layout.column()
        options.enabled = not running
        _draw_options(options, obj)
        if running:
            _draw_running(layout, obj, running[0].job)
        else:
            _draw_start(layout, context, obj)
            _draw_finding(layout, context, obj)


def _draw_options(layout, obj) -> None:
    fit = obj.fabric.fit
    layout.use_property_split = True
    layout.use_property_decorate = False
    layout.prop(fit, "kind")
    layout.prop(fit, {"OBJECT": "target", "COLLECTION": "markers", "FILE": "path"}[fit.kind])
    ticks = layout.column(heading="Find", align=True)
    for each in dict.fromkeys(found.quantity.tick for found in _known(obj)):
        ticks.prop(fit, each)
    layout.prop(fit, "evaluations")


def _draw_running(layout, obj, job) -> None:
    draw_job(layout, job, "fit")
    if job.losses:
        layout.template_icon(loss_picture.icon(obj.fabric.identity, job.losses), scale=PICTURE)
        _draw_values(layout, obj, job.values, {})


def _draw_start(layout, context, obj) -> None:
    task = tasks.task_of(obj, "fit")
    if task is not None and task.job.error is not None:
        error = task.job.error
        draw_error(layout, context, error._replace(where=in_words(error.where, obj)))
    if is_stale(obj):
        draw_text(layout, context, "Rebuild the fabric first (Cloth panel): its settings have changed", icon="INFO")
        return
    column = layout.column(align=True)
    column.scale_y = 1.4
    if interrupted(obj):
        column.operator("fabric.fit", text="Resume", icon="PLAY").resume = True
        column.operator("fabric.fit", text="Restart", icon="FILE_REFRESH")
    else:
        column.operator("fabric.fit", icon="PLAY")


def _draw_finding(layout, context, obj) -> None:
    finding = Finding.from_text(obj.fabric.fit.result)
    if finding is None:
        return
    again = {name: found_again(name, finding.yarns, obj.fabric) for name in finding.values}
    values = {again[name]: value for name, value in finding.values.items()}
    errors = {again[name]: finding.standard_errors.get(name) for name in finding.values}
    box = layout.box()
    icon = "ERROR" if finding.outcome in ("misfit", "undetermined") else "CHECKMARK"
    box.label(text=f"Off by {distance(finding.loss or 0.0)}", icon=icon)
    box.template_icon(loss_picture.icon(obj.fabric.identity, finding.losses), scale=PICTURE)
    _draw_values(box, obj, values, errors)
    if OUTCOMES.get(finding.outcome):
        draw_text(box, context, OUTCOMES[finding.outcome], icon="ERROR")
    for note in finding.notes:
        draw_text(box, context, in_panel_words(note), icon="INFO")
    for statement in finding.statements:
        draw_text(box, context, in_words(statement, obj), icon="INFO")
    row = box.row(align=True)
    row.operator("fabric.apply_fit", icon="CHECKMARK")
    row.operator("fabric.show_fit", icon="MOD_MIRROR")


def _draw_values(layout, obj, values, errors) -> None:
    """A line for each number: what it is called, and its value; with errors, how certain it is."""
    column = layout.column(align=True)
    column.scale_y = 0.8
    for each in _known(obj):
        if each.name not in values:
            continue
        row = column.split(factor=0.45)
        row.label(text=each.label)
        row.label(text=each.shown(values[each.name], errors.get(each.name)))
        if errors and errors.get(each.name) is None:
            column.label(text="cannot be determined", icon="QUESTION")


def _known(obj) -> list[Fitted]:
    """What can be fitted; nothing where settings are wrong, which the Weave and Cloth panels say."""
    try:
        return fittable(obj.fabric)
    except WarpFabricError:
        return []


def in_words(statement: str, obj) -> str:
    """A statement on parameters, with what panels call them."""
    for each in _known(obj):
        statement = statement.replace(each.name, each.label.replace(": ", " "))
    return statement[:1].upper() + statement[1:]


CLASSES = (FABRIC_PT_fit,)

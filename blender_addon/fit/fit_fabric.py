"""Fitting a fabric to what was observed, and what is done with the answer."""

from dataclasses import replace
from pathlib import Path

import bpy
from bpy.props import BoolProperty
from mathutils import Matrix

from warp_fabric import FitError, load_scene

from ..fabric.active import fabric_object
from ..fabric.building import build, delete, rebuild
from ..fabric.design.fabric_description import is_stale, size, yarn_names
from ..fabric.files.paths import SCENE, made_folder, stored
from ..fabric.files.scene_file import write_scene
from ..fabric.scene.scene_builder import build_scene
from ..fabric.settings.fabric_settings import FabricSettings
from ..fabric.simulation_task import run_scene
from ..job import child
from ..job.tasks import Task
from ..job_operator import JobOperator
from ..operator import reported
from .fit_job import Finding, FitJob, distance
from .quantities import chosen, fittable, found_again
from .target_files import write_target

FOLDER, FITTED = "fit", "fitted.toml"
HISTORY = f"{FITTED}.history"
GAP = 1.25
"""Distance of the fitted cloth from the fabric, in widths of it."""


class Fit(Task):
    """A fit; its answer is kept in the fabric's settings."""

    kind = "fit"
    job: FitJob

    def __init__(self, obj: bpy.types.Object, job: FitJob) -> None:
        super().__init__(obj, job)
        self._yarns = yarn_names(obj.fabric)

    def finish(self, obj: bpy.types.Object) -> None:
        if self.job.state == "done" and self.job.found is not None:
            obj.fabric.fit.result = replace(self.job.found, yarns=self._yarns).to_text()

    def outcome(self) -> str:
        if self.job.found is None:
            return "Stopped; Resume goes on" if self.job.losses else "Stopped"
        done = "No fit" if self.job.found.outcome in ("misfit", "undetermined") else "Fitted"
        return f"{done}, off by {distance(self.job.found.loss or 0.0)}"


class FABRIC_OT_fit(JobOperator, bpy.types.Operator):
    """Fit the fabric."""

    bl_idname = "fabric.fit"
    bl_label = "Fit"
    bl_description = (
        "Find the values with which the simulated fabric moves like the target, in a process of its own. Nothing "
        "changes until you apply them"
    )
    kind = "fit"

    resume: BoolProperty(name="Resume", description="Continue the fit that was stopped", options={"SKIP_SAVE"})

    def start(self, context):
        return fit_of(fabric_object(context), context, self.resume)


class _OnFinding:
    """Base of operators on what a fit has found."""

    @classmethod
    def poll(cls, context):
        obj = fabric_object(context)
        if obj is None or Finding.from_text(obj.fabric.fit.result) is None:
            cls.poll_message_set("Fit the fabric first")
            return False
        return True


class FABRIC_OT_apply_fit(_OnFinding, bpy.types.Operator):
    """Apply what was fitted."""

    bl_idname = "fabric.apply_fit"
    bl_label = "Apply"
    bl_description = "Write the fitted values to the yarns and their contact"
    bl_options = {"REGISTER", "UNDO"}

    @reported
    def execute(self, context):
        obj = fabric_object(context)
        assert obj is not None  # see poll
        count = apply_finding(obj.fabric)
        then = "rebuild (Cloth panel) and simulate" if is_stale(obj) else "simulate"
        self.report({"INFO"}, f"Applied {count} values; {then} to see them")
        return {"FINISHED"}


class FABRIC_OT_show_fit(_OnFinding, JobOperator, bpy.types.Operator):
    """Show the fitted cloth."""

    bl_idname = "fabric.show_fit"
    bl_label = "Show Beside"
    bl_description = (
        "Simulate a second fabric with the fitted values beside this one, replacing the one shown there before"
    )
    kind = "simulate"

    def start(self, context):
        return shown_beside(fabric_object(context), context)


def fit_of(obj: bpy.types.Object, context: bpy.types.Context, resume: bool = False) -> Fit:
    """Start fitting a fabric.

    Raises:
        WarpFabricError: where settings or target do not fit.
        OSError: where files cannot be written.
    """
    parameters = chosen(obj.fabric)
    scene = build_scene(obj.fabric, context, obj, bundles=False)  # targets are of single crossings
    folder = made_folder(obj) / FOLDER
    folder.mkdir(exist_ok=True)
    target = write_target(obj, scene, context, folder)
    obj.fabric.fit.folder = stored(folder)
    write_scene(scene, folder)
    arguments = ["fit", SCENE, "--target", target, "-o", FITTED, "--evaluations", obj.fabric.fit.evaluations]
    for each in parameters:
        arguments += ["--parameter", each.name]
    arguments += ["--progress", "json", "--resume" if resume else "--restart"]
    return Fit(obj, FitJob(child.command(*arguments), child.environment(), folder))


def apply_finding(settings: FabricSettings, text: str | None = None) -> int:
    """Write fitted values into a fabric's settings, in their units; how many.

    Args:
        settings: Of the fabric.
        text: What was found, as JSON; None: the settings' own.

    Raises:
        FitError: where the fabric does not have one of them any more.
    """
    finding = Finding.from_text(settings.fit.result if text is None else text)
    if finding is None:
        raise FitError("there is no result", where="Fit", fix="fit the fabric first")
    known = {each.name: each for each in fittable(settings)}
    values = {found_again(name, finding.yarns, settings): value for name, value in finding.values.items()}
    for name in values:
        if name not in known:
            what, fix = "a value was fitted that the cloth no longer has", "change its settings back, or fit again"
            if name.startswith("yarns."):
                what = "a value was fitted for a yarn that is not in the weave any more"
                fix = "give the yarn its name back, or fit again"
            raise FitError(what, where=name, fix=fix)
    for name, value in values.items():
        known[name].apply(value)
    return len(finding.values)


def shown_beside(obj: bpy.types.Object, context: bpy.types.Context):
    """Build a second fabric with the fitted values beside a fabric, and start simulating it.

    Raises:
        FitError, SceneError: where there is no fitted scene, or the fabric cannot be built.
    """
    path = _folder(obj) / FITTED
    if not path.is_file():
        raise FitError("the fitted scene is gone", where=str(path), fix="fit again")
    scene, fit = load_scene(path), obj.fabric.fit
    before = [each for each in context.scene.objects if each.fabric.built and each.fabric.identity == fit.beside]
    other = build(context, obj.fabric)
    try:
        apply_finding(other.fabric, fit.result)
        if is_stale(other):  # other crimp is another shape
            rebuild(other)
        width = size(obj.fabric)[0]
        other.matrix_world = obj.matrix_world @ Matrix.Translation((GAP * width, 0.0, 0.0))
        task = run_scene(other, scene, context.scene.frame_start)
    except Exception:
        delete(other)
        obj.select_set(True)
        context.view_layer.objects.active = obj
        raise
    for each in before:  # what an earlier fit found
        delete(each)
    fit.beside, other.name = other.fabric.identity, f"{obj.name} fitted"
    return task


def interrupted(obj: bpy.types.Object) -> bool:
    """Whether a fit of a fabric was stopped and can go on. Cheap, for use while drawing."""
    return bool(obj.fabric.fit.folder) and (_folder(obj) / HISTORY).is_file()


def _folder(obj: bpy.types.Object) -> Path:
    return Path(bpy.path.abspath(obj.fabric.fit.folder))


CLASSES = (FABRIC_OT_fit, FABRIC_OT_apply_fit, FABRIC_OT_show_fit)

"""Checking a USD file: USD's own validators, and what they leave out."""

from __future__ import annotations

import math
import os
from pathlib import Path

from pxr import Sdf, Tf, Usd, UsdGeom, UsdShade, UsdUtils

from usd_export.checks.cloth_checks import check_cloth
from usd_export.checks.cloth_reader import Cloth, cloths_of
from usd_export.checks.contact_checks import check_contacts, frames_of
from usd_export.checks.findings import ERROR, Finding, Findings
from usd_export.checks.geometry_checks import GeometryCheck
from usd_export.checks.material_checks import check_materials
from usd_export.checks.yarn_checks import check_yarns
from usd_export.colliders import OBSTACLE
from usd_export.metadata import summary
from warp_fabric.counts import OnCount, Tally, count_progress
from warp_fabric.errors import UsdError
from warp_fabric.file_kind import FileKind, mistaken

RANGE_FIX = "set startTimeCode and endTimeCode to the first and last sample"

BESIDES = (".extent", ".velocities", ".accelerations")
"""Attributes that say nothing about where points are."""


def check(path: str | os.PathLike, *, progress: bool | OnCount = False) -> list[Finding]:
    """Look for what is wrong in a USD file with a cloth (or other curves, meshes and points) in it.

    USD's validators are run, on the default prim's other variants too; and what they leave out is checked: numbers of
    points, primvars and widths, finite values, extents, velocities against the points' motion, the time range, and
    materials. Of an exported cloth also whether all its yarns are there, as its metadata describes them, lie on each
    other where they cross, and go through each other or into an obstacle anywhere, in every frame.

    Args:
        path: A .usdc, .usd, .usda or .usdz file.
        progress: True shows a bar on stderr; or a function that is told how many samples of prims, and then frames of
            cloths, have been looked at, of how many.

    Returns:
        What was found, errors before warnings; nothing where all is well.

    Raises:
        UsdError: where there is no file, or it cannot be read as USD.
    """
    path = Path(path)
    if (wrong := mistaken(path, FileKind.USD)) is not None:
        raise UsdError(wrong[0], where=str(path), fix=wrong[1])
    if not path.is_file():
        raise UsdError("there is no such USD file", where=str(path), fix="check the path, or export a run first")
    # USD also prints what is found here; nothing else is to be seen of it
    silent = UsdUtils.CoalescingDiagnosticDelegate()
    try:
        stage = Usd.Stage.Open(str(path))
        found = Findings()
        with count_progress(progress, "sample") as tell:
            _run_validators(stage, found)
            _check_geometry(stage, found, Tally(tell))
    except Tf.ErrorException as error:
        what = f"this cannot be read as USD: {summary(error)}"
        raise UsdError(what, where=str(path), fix="give a .usdc, .usda or .usdz file that is whole") from error
    finally:
        silent.TakeUncoalescedDiagnostics()
        del silent
    return found.list()


def _run_validators(stage: Usd.Stage, found: Findings) -> None:
    try:
        from pxr import UsdValidation
    except ImportError:
        found.warning("", "USD's validators are not part of this usd-core", "pip install --upgrade usd-core")
        return
    context = UsdValidation.ValidationContext(UsdValidation.ValidationRegistry().GetOrLoadAllValidators())
    seen: set[tuple[str, str, str]] = set()

    def validate(variant: str) -> None:
        for error in context.Validate(stage):
            kinds = UsdValidation.ValidationErrorType
            if error.GetType() not in (kinds.Error, kinds.Warn) or _expected(error):
                continue
            where = _site(error)
            key = (str(error.GetIdentifier()), where, error.GetMessage())
            if key not in seen:
                seen.add(key)
                tell = found.error if error.GetType() == kinds.Error else found.warning
                tell(where, error.GetMessage() + variant, f"see USD's validator {error.GetIdentifier()}")

    validate("")
    prim = stage.GetDefaultPrim()
    for name in prim.GetVariantSets().GetNames() if prim else ():
        variants = prim.GetVariantSet(name)
        chosen = variants.GetVariantSelection()
        with Usd.EditContext(stage, stage.GetSessionLayer()):
            for other in variants.GetVariantNames():
                if other != chosen:
                    variants.SetVariantSelection(other)
                    validate(f" (in the variant {name}={other})")
            variants.ClearVariantSelection()


def _expected(error) -> bool:
    """Whether it is about a MaterialX node, none of which usd-core knows, though renderers do."""
    if str(error.GetName()) != "MissingShaderIdInRegistry":
        return False
    sites = [site.GetPrim() or site.GetProperty().GetPrim() for site in error.GetSites()]
    return all(str(UsdShade.Shader(prim).GetIdAttr().Get() or "").startswith("ND_") for prim in sites if prim)


def _site(error) -> str:
    for site in error.GetSites():
        if site.IsProperty():
            return str(site.GetProperty().GetPath())
        if site.IsPrim():
            path = site.GetPrim().GetPath()
            return "" if path == Sdf.Path.absoluteRootPath else str(path)
    return ""


def _check_geometry(stage: Usd.Stage, found: Findings, tally: Tally) -> None:
    rate = stage.GetTimeCodesPerSecond()
    if not rate > 0:
        found.error("", f"{rate:g} time codes per second", "set timeCodesPerSecond to the frame rate")
        rate = 1.0
    unit = UsdGeom.GetStageMetersPerUnit(stage)
    if not 0.0 < unit < math.inf:
        what = f"a unit of {unit:g} metres: nothing has a size"
        found.error("", what, "set metersPerUnit to the unit that points are in: 1 for metres, 0.01 for centimetres")
    sound: set[Usd.Prim] = set()
    spans: dict[str, tuple[float, float]] = {}
    every = Usd.PrimRange.Stage(stage, Usd.TraverseInstanceProxies())
    prims = [prim for prim in every if prim.IsA(UsdGeom.PointBased)]
    cloths = cloths_of(stage) if 0.0 < unit < math.inf else []  # whose yarns are measured in metres
    tally.expect(sum(len(frames_of([*cloth.yarns])) for cloth in cloths))
    tally.expect(sum(max(UsdGeom.PointBased(prim).GetPointsAttr().GetNumTimeSamples(), 1) for prim in prims))
    for prim in prims:
        own = Findings()
        checked = GeometryCheck(prim, own, rate)
        checked.run(tally)
        found.add(own)
        if not any(each.severity == ERROR and not each.path.endswith(BESIDES) for each in own.list()):
            sound.add(prim)
        # guides and obstacles need not end with the cloth
        guides = UsdGeom.Imageable(prim).ComputePurpose() == UsdGeom.Tokens.guide or prim.HasAttribute(OBSTACLE)
        if len(checked.times) > 1 and not guides:
            spans[str(prim.GetPath())] = checked.times[0], checked.times[-1]
    if not prims:
        found.error("", "there are no curves, meshes or points in it", "give a file that `warp-fabric export` wrote")
    _check_range(stage, spans, found)
    check_materials(_groups(prims, cloths), found)
    for cloth in cloths:
        _check_cloth(cloth, sound, found, tally)


def _check_cloth(cloth: Cloth, sound: set[Usd.Prim], found: Findings, tally: Tally) -> None:
    right = [each for each in cloth.yarns if each.prim in sound and check_yarns(each, cloth, found)]
    check_cloth(cloth, right, found)
    tally.expect(len(frames_of(right)) - len(frames_of([*cloth.yarns])))
    if right:
        check_contacts(cloth, right, found, tally)


def _groups(prims: list[Usd.Prim], cloths: list[Cloth]) -> list[list[Usd.Prim]]:
    """Prims that lie beside each other: below one parent, or in one cloth."""
    roots = [cloth.root.GetPath() for cloth in cloths if cloth.root]
    groups: dict[Sdf.Path, list[Usd.Prim]] = {}
    for prim in prims:
        parent = prim.GetPath().GetParentPath()
        groups.setdefault(next((root for root in roots if parent.HasPrefix(root)), parent), []).append(prim)
    return [*groups.values()]


def _check_range(stage: Usd.Stage, spans: dict[str, tuple[float, float]], found: Findings) -> None:
    start, end = stage.GetStartTimeCode(), stage.GetEndTimeCode()
    if not stage.HasAuthoredTimeCodeRange():
        if not spans:
            return
        found.error("", "it moves, but has no start and end time code", RANGE_FIX)
        return
    if start > end:
        found.error("", f"it starts at time code {start:g} and ends before, at {end:g}", RANGE_FIX)
        return
    for path, (first, last) in spans.items():
        if first < start or last > end:
            what = f"samples at {first:g} to {last:g}, of which only those in {start:g} to {end:g} are played"
            found.warning(path, what, RANGE_FIX)
        elif first > start or last < end:
            what = (
                f"it stands still outside of its samples at {first:g} to {last:g}: the stage plays {start:g} to {end:g}"
            )
            found.warning(path, what, RANGE_FIX)

"""What is woven, in the words of the package: weave, yarns, spacings in metres; whether what is built is that."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import bpy

from warp_fabric import Scene, SceneError, Yarn, scene
from warp_fabric.layout import ALONG_END, ALONG_PICK, Layout
from warp_fabric.scene.written_draft import draft_lists

from ..objects.yarn_objects import yarn_objects
from ..settings.units import exact
from .crimp import crimp_keys, rest_crimp
from .cut_shape import cut_layout, shape_keys
from .weave_text import Weave

if TYPE_CHECKING:
    from ..settings.fabric_settings import FabricSettings

MADE_AS = "fabric_made_as"
"""Custom property of a built fabric: the fingerprint of the settings that it was built from."""
FAR = 3e4
"""Thinnest yarn's radii from the origin at which an exported cloth is moved, so that its points keep their digits."""


def spacing(sett: float) -> float:
    """Distance between neighbouring yarns [m] for a sett [1/cm]."""
    return exact(0.01 / sett)


def size(settings: FabricSettings) -> tuple[float, float]:
    """Width and height [m] of the cloth, from the first to the last crossing."""
    cloth = settings.cloth
    return (cloth.ends - 1) * spacing(cloth.end_sett), (cloth.picks - 1) * spacing(cloth.pick_sett)


def yarn_names(settings: FabricSettings) -> list[str]:
    """A name for each yarn in the list that a scene file takes and that no other has, as near to its own as can be."""
    names: list[str] = []
    for item in settings.yarns:
        base = "".join("_" if each in ".[]" or not each.isprintable() else each for each in item.name).strip() or "yarn"
        name, count = base, 2
        while name in names:
            name, count = f"{base}_{count}", count + 1
        names.append(name)
    return names


def woven_yarns(settings: FabricSettings) -> dict[str, Yarn]:
    """All yarns by name, in SI units and in the order of the list.

    Raises:
        SceneError: where there is none, or one is impossible.
    """
    if not settings.yarns:
        raise SceneError("there are no yarns", where="Yarns", fix="add one in the Yarns panel")
    return {name: item.to_yarn(name) for name, item in zip(yarn_names(settings), settings.yarns)}


def woven_fabric(settings: FabricSettings) -> scene.FabricSettings:
    """The weave, the number of yarns, their spacings and order, and where crossing [0, 0] lies.

    The origin is the middle of the top edge of a hanging fabric, and the middle of a flat one.

    Raises:
        SceneError: where the weave asks for a yarn that is not in the list, or ends or picks alone are wavy.
        DraftError: where the weave's text is damaged.
    """
    cloth, names, weave = settings.cloth, yarn_names(settings), Weave.from_text(settings.weave.text)
    needed = max((*weave.end_yarns, *weave.pick_yarns))
    if needed >= len(names):
        what = f"the weave uses yarn number {needed + 1}, and the list has {len(names)}"
        raise SceneError(what, where="Weave", fix="add a yarn, or give these ends and picks another one")
    return scene.FabricSettings(
        ends=cloth.ends,
        picks=cloth.picks,
        end_spacing=spacing(cloth.end_sett),
        pick_spacing=spacing(cloth.pick_sett),
        end_yarns=[names[k] for k in weave.end_yarns],
        pick_yarns=[names[k] for k in weave.pick_yarns],
        pose=cloth.pose.lower(),
        origin=_origin(settings),
        **shape_keys(cloth),
        **crimp_keys(cloth),
        **draft_lists(weave.draft),
    )


def simulated_fabric(settings: FabricSettings) -> scene.FabricSettings:
    """What is woven, and in how large bundles of its yarns it is simulated.

    Raises:
        SceneError: as `woven_fabric`; where there are too few yarns for such bundles.
    """
    return in_bundles(settings, woven_fabric(settings))


def in_bundles(settings: FabricSettings, fabric: scene.FabricSettings) -> scene.FabricSettings:
    """What is woven, as bundles of as many of its yarns as the settings say.

    Raises:
        SceneError: where there are too few yarns for that.
    """
    try:
        return replace(fabric, bundle=settings.cloth.bundle or "auto")
    except SceneError as error:
        where = "Bundle" if error.where == "fabric.bundle" else error.where
        raise SceneError(error.what, where=where, fix=error.fix) from error


def layout_of(settings: FabricSettings) -> Layout:
    """Which crossings the cloth has; quick, for what is drawn.

    Raises:
        SceneError: where it is cut to a shape that does not fit it.
    """
    cloth = settings.cloth
    spacings = spacing(cloth.end_sett), spacing(cloth.pick_sett)
    return cut_layout(cloth.shape, cloth.ends, cloth.picks, *spacings)


def too_thick(settings: FabricSettings, yarns: dict[str, Yarn]) -> SceneError | None:
    """An error in the words of the panels where yarns are too thick for their sett, with setts that have room."""
    fabric = settings.cloth
    weave = Weave.from_text(settings.weave.text)
    radii = [yarn.radius for yarn in yarns.values()]
    thick = max(radii[k] for k in weave.end_yarns) + max(radii[k] for k in weave.pick_yarns)
    room = math.sqrt(0.5) * (spacing(fabric.end_sett) + spacing(fabric.pick_sett))
    if thick < room:
        return None
    share = 0.95 * room / thick
    return SceneError(
        f"the yarns are too thick for their sett: an end and a pick need {1e3 * thick:.3g} mm and have "
        f"{1e3 * room:.3g} mm",
        where="Cloth",
        fix=f"use thinner yarns, or at most {share * fabric.end_sett:.3g} ends and {share * fabric.pick_sett:.3g} "
        "picks per cm",
    )


def damped_strip(settings: FabricSettings) -> SceneError | None:
    """An error in the words of the panels where a single end or pick, which has no surface, is damped."""
    cloth = settings.cloth
    if min(cloth.ends, cloth.picks) > 1 or not cloth.damping:
        return None
    what = "a single end or pick has no surface that its yarns could bend out of"
    return SceneError(what, where="Damping", fix="set Damping to 0, or weave at least two ends and two picks")


def fingerprint(settings: FabricSettings) -> str:
    """Text that changes with anything that the shape of the built objects depends on."""
    cloth = settings.cloth
    measures = [cloth.ends, cloth.picks, exact(cloth.end_sett), exact(cloth.pick_sett), cloth.pose]
    crimp = rest_crimp(cloth)  # fabrics that were built before there was any keep their text
    diameters = [exact(each.diameter) for each in settings.yarns]
    cut = [shape_keys(cloth)] if cloth.shape else []  # and whole ones, too
    return json.dumps([*measures, settings.weave.text, diameters, *([crimp] if crimp else []), *cut])


def rest_scene(settings: FabricSettings) -> Scene:
    """The fabric and its yarns alone, all else as the package has it; at rest nothing is damped.

    Raises:
        SceneError: where the settings do not fit each other.
    """
    fabric = woven_fabric(settings)
    yarns = {name: replace(yarn, damping=0.0) for name, yarn in woven_yarns(settings).items()}
    try:
        return Scene(fabric=fabric, yarns=yarns)
    except SceneError as error:
        raise too_thick(settings, yarns) or error from error


def is_stale(obj: bpy.types.Object) -> bool:
    """Whether settings have changed since the fabric was built, or its objects have lost or gained something."""
    if obj.get(MADE_AS) != fingerprint(obj.fabric):
        return True
    layout = layout_of(obj.fabric)
    if len(obj.data.vertices) != layout.count:
        return True
    # a surface that was duplicated alone (Shift-D) has no yarns
    return {*yarn_objects(obj)} != _expected_yarns(Weave.from_text(obj.fabric.weave.text), layout)


def _expected_yarns(weave: Weave, layout: Layout) -> set[tuple[str, int]]:
    """Direction and yarn of the objects that a fabric of such crossings has.

    Where yarns cross a single other one they are points, and no curves.
    """
    found = set()
    for direction, axis, yarns in (("end", ALONG_END, weave.end_yarns), ("pick", ALONG_PICK, weave.pick_yarns)):
        found |= {(direction, yarns[k % len(yarns)]) for k in layout.spans(axis)[:, 0].tolist()}
    return found


def _origin(settings: FabricSettings) -> tuple[float, float, float]:
    width, height = size(settings)
    thinnest = min((0.5e-3 * each.diameter for each in settings.yarns), default=1.0)
    if max(width, height) > FAR * thinnest:
        return (0.0, 0.0, 0.0)
    return (-0.5 * width, 0.0 if settings.cloth.pose == "HANGING" else -0.5 * height, 0.0)

"""The keys of [fabric] that cut it to a shape: their values, the grid that covers it, and which crossings exist."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from warp_fabric.checks import number, sequence, shown, text
from warp_fabric.errors import SceneError
from warp_fabric.layout import ALONG_END, ALONG_PICK, Layout

if TYPE_CHECKING:
    from warp_fabric.scene.weaving import FabricSettings

OUTLINE_KEYS = ("outline", "outline_unit", "outline_piece", "present")
"""The keys that say what shape the cloth has, in one way or another."""
SHORTEST = 3
"""Crossings in a row of the least that is cloth: fewer have no yarn that bends."""
THERE, ABSENT = "#", "."

Loops = tuple[tuple[tuple[float, float], ...], ...]

_loops = sequence(sequence(sequence(number(), count=2)), least=1)


def outline_value(value: Any, key: str) -> str | Loops:
    """The path of a drawing, or loops of points [x, y] in metres; a shape's table as its loops."""
    from warp_fabric.outline.shapes import shape_loops

    if isinstance(value, (str, Path)):
        return text(value, key)
    if isinstance(value, Mapping):
        return _from_corner(shape_loops(value, key))
    if not isinstance(value, (list, tuple, np.ndarray)):
        fix = 'give loops [[[x, y], ...], ...], a table such as {shape = "disc", diameter = 0.3}, or the path of a file'
        raise SceneError(f"{shown(value)} is no outline", where=key, fix=fix)
    return _loops(value, key)


def present_value(value: Any, key: str) -> str | tuple[str, ...]:
    """The path of a mask, or a text for each pick from the first, with `#` for each crossing there and `.` for others;
    an array [picks, ends] of bools as such texts."""
    if isinstance(value, (str, Path)):
        return text(value, key)
    if isinstance(value, (list, tuple)) and value and all(isinstance(row, str) for row in value):
        for k, row in enumerate(value):
            if {*row} - {THERE, ABSENT} or len(row) != len(value[0]) or not row:
                fix = f'write each pick as one text, such as "{ABSENT}{THERE}{THERE}{ABSENT}", a character for each end'
                raise SceneError(f"{shown(row)} is no row of the mask", where=f"{key}[{k}]", fix=fix)
        return tuple(value)
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        array = np.empty(0)
    if array.ndim != 2 or not array.size or not (array.dtype == bool or np.isin(array, (0, 1)).all()):
        fix = "give true or false for each crossing, [picks, ends]"
        kind = f"an array {list(array.shape)} of {array.dtype}" if isinstance(value, np.ndarray) else shown(value)
        raise SceneError(f"{kind} is no mask", where=key, fix=fix)
    return tuple("".join(row) for row in np.where(array.astype(bool), THERE, ABSENT).tolist())


def write_out_outline(settings: Any) -> None:
    """Replace the drawing or mask that a fabric's or a panel's settings name by what is in it.

    Raises:
        SceneError: where it cannot be read, or both an outline and a mask are given.
    """
    from warp_fabric.outline.files import read_mask, read_outline
    from warp_fabric.outline.loops import checked_loops

    section = settings.section
    if settings.outline and settings.present:
        fix = "keep only one of them"
        raise SceneError("the shape is given twice: outline, present", where=f"{section}.present", fix=fix)
    if isinstance(settings.outline, str):
        try:
            loops = read_outline(Path(settings.outline), settings.outline_unit, settings.outline_piece)
            object.__setattr__(settings, "outline", _from_corner(loops))
            checked_loops(_arrays(settings), cell=0.0)
        except SceneError as error:
            what = f"{error.what} from the drawing's lower left corner" if error.where else error.what
            raise SceneError(what, where=f"{section}.outline", fix=error.fix) from error
        object.__setattr__(settings, "outline_unit", None)
        object.__setattr__(settings, "outline_piece", None)
    for key in ("outline_unit", "outline_piece"):
        if getattr(settings, key) is not None:
            fix = f"leave {key} out: lists and shapes are in metres"
            raise SceneError(f"{key} is about a file, and outline names none", where=f"{section}.{key}", fix=fix)
    if isinstance(settings.present, str):
        try:
            array = read_mask(Path(settings.present))
        except SceneError as error:
            raise SceneError(error.what, where=f"{section}.present", fix=error.fix) from error
        object.__setattr__(settings, "present", present_value(array, f"{section}.present"))


def lay_grid(settings: FabricSettings, most: int) -> None:
    """Fill in `ends` and `picks` where they are left out: what an outline has room for, centred in it, or a mask has.

    Args:
        settings: Those of a fabric. most: yarns each way.

    Raises:
        SceneError: where nothing says how many, or the outline is impossible or too large.
    """
    from warp_fabric.outline.loops import checked_loops

    covers = settings.outline or settings.present
    for key in ("ends", "picks", "end_spacing", "pick_spacing"):
        if getattr(settings, key) is None and (key.endswith("spacing") or not covers):
            raise SceneError("this key is missing", where=f"fabric.{key}", fix=f"add {key} to [fabric]")
    sizes = (("ends", settings.end_spacing), ("picks", settings.pick_spacing))
    loops = _arrays(settings)
    if loops:
        try:
            loops = checked_loops(loops, settings.end_spacing * settings.pick_spacing)
        except SceneError as error:
            raise SceneError(error.what, where=f"fabric.outline{error.where or ''}", fix=error.fix) from error
    for axis, (key, spacing) in enumerate(sizes):
        if getattr(settings, key) is not None:
            continue
        if settings.present:
            count = len(settings.present[0]) if key == "ends" else len(settings.present)
        else:
            first = min(float(loop[:, axis].min()) for loop in loops)
            room = (max(float(loop[:, axis].max()) for loop in loops) - first) / spacing
            if not room < most:
                what = f"the outline is {room * spacing:.4g} m wide, too much for {key} {1e3 * spacing:.4g} mm apart"
                fix = "give its coordinates in metres, or outline_unit where a file's are not in the unit it says"
                raise SceneError(what, where="fabric.outline", fix=fix)
            count = math.floor(room + 1e-9) + 1
            for loop in loops:
                loop[:, axis] -= first + 0.5 * (room - (count - 1)) * spacing
        object.__setattr__(settings, key, count)
    if loops:
        object.__setattr__(settings, "outline", _tuples(loops))


def present_of(settings: FabricSettings) -> np.ndarray | None:
    """Which crossings a fabric has: bool [picks, ends], or None where it is a whole rectangle.

    A crossing exists where its rest position lies in the outline or on its edge, or the mask has it, and yarn joins it
    to a neighbour.

    Raises:
        SceneError: where the outline or mask does not fit `ends` and `picks`, or leaves no cloth.
    """
    from warp_fabric.outline.mask import crossings_inside

    if settings.outline is None and settings.present is None:
        return None
    key = "present" if settings.present else "outline"
    if settings.present:
        present = _masked(settings)
    else:
        grid = {name: getattr(settings, name) for name in ("ends", "picks", "end_spacing", "pick_spacing")}
        present = crossings_inside(_within_grid(settings), **grid)
    if settings.present and present.all():
        return None
    if not present.any():
        what = "the mask is empty" if settings.present else "no crossing lies in the outline"
        raise SceneError(what, where=f"fabric.{key}", fix="give one with some cloth in it")
    fix = "give a larger one, or yarns closer together"
    present = joined_cloth(present, "it leaves no whole yarn", where=f"fabric.{key}", fix=fix)
    return None if present.all() else present


def joined_cloth(present: np.ndarray, what: str, where: str, fix: str) -> np.ndarray:
    """Of crossings, bool [picks, ends], those that a yarn joins to another.

    Raises:
        SceneError: of these words, where no yarn has enough of them to bend.
    """
    layout = Layout(present)
    spans = [layout.spans(axis) for axis in (ALONG_PICK, ALONG_END)]
    longest = max(int((each[:, 2] - each[:, 1]).max(initial=0)) for each in spans)
    if longest < SHORTEST:
        what = f"{what}: none has {SHORTEST} crossings in a row, the longest has {longest}"
        raise SceneError(what, where=where, fix=fix)
    return layout.present


def _masked(settings: FabricSettings) -> np.ndarray:
    assert settings.present
    rows = np.array([*map(list, settings.present)]) == THERE
    if rows.shape != (settings.picks, settings.ends):
        what = f"the mask has {rows.shape[0]} picks x {rows.shape[1]} ends, and the fabric {settings.picks} x "
        fix = "leave ends and picks out, or give a mask [picks, ends] of their size"
        raise SceneError(f"{what}{settings.ends}", where="fabric.present", fix=fix)
    return rows


def _within_grid(settings: FabricSettings) -> list[np.ndarray]:
    """The loops [n, 2], m, if none reaches out of the grid by more than half a spacing."""
    from warp_fabric.outline.loops import box

    loops = _arrays(settings)
    first, last = box(loops)
    for axis, (key, spacing) in enumerate((("ends", settings.end_spacing), ("picks", settings.pick_spacing))):
        span = (getattr(settings, key) - 1) * spacing
        if first[axis] < -0.5000001 * spacing or last[axis] > span + 0.5000001 * spacing:
            size = f"{1e3 * first[axis]:.4g} to {1e3 * last[axis]:.4g} mm"
            what = f"the outline spans {size}, and the {getattr(settings, key)} {key} 0 to {1e3 * span:.4g} mm"
            needed = math.floor((last[axis] - first[axis]) / spacing + 1e-9) + 1
            fix = f"leave {key} out or give {needed}, with the outline from 0 on"
            raise SceneError(what, where="fabric.outline", fix=fix)
    return loops


def _arrays(settings: FabricSettings) -> list[np.ndarray]:
    return [np.array(loop, float).reshape(-1, 2) for loop in settings.outline or ()]


def _from_corner(loops: Sequence[np.ndarray]) -> Loops:
    """Loops, moved to where their least x and y are 0."""
    first = np.min([loop.min(axis=0) for loop in loops], axis=0)
    return _tuples([loop - first for loop in loops])


def _tuples(loops: Sequence[np.ndarray]) -> Loops:
    return tuple(tuple((x, y) for x, y in loop.tolist()) for loop in loops)

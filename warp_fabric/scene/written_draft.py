"""Weave files of [fabric] and of panels, written out: scenes need them no more."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from warp_fabric.errors import DraftError, SceneError, WeaveFileError

if TYPE_CHECKING:
    from warp_fabric.weave.draft import Draft


def write_out_draft(settings: Any) -> None:
    """Replace the weave file of a fabric's or a panel's settings by its draft, written out, and its colours.

    Raises:
        SceneError: where it cannot be read.
    """
    from warp_fabric.weave.analysis import analyse
    from warp_fabric.weave.files import WeaveFileWarning, read_draft

    try:
        draft = read_draft(settings.draft)
    except (WeaveFileError, DraftError) as error:
        what = f"the weave file cannot be used: {error.what} ({error.where or settings.draft})"
        fix = error.fix or "give the path of a .wif, .dtx or .wpo file, relative to the scene file"
        raise SceneError(what, where=f"{settings.section}.draft", fix=fix) from error
    if (layers := len(analyse(draft).layers)) > 1:
        doubt = f"{settings.draft}: this weave falls apart into {layers} layers, which `warp-fabric weave show` names"
        doubt += "; a simulation holds yarns together wherever they cross"
        warnings.warn(doubt, WeaveFileWarning, stacklevel=2)
    lists = draft_lists(draft)
    for axis in ("end_colors", "pick_colors"):
        lists[axis] = getattr(settings, axis) or getattr(draft, axis)
    for key, value in lists.items():
        object.__setattr__(settings, key, value)
    object.__setattr__(settings, "draft", None)


def draft_lists(draft: Draft) -> dict[str, Any]:
    """A draft as the scene file's lists of numbers from 1: `threading` and `lift_plan`, or `tie_up` and `treadling`."""

    def members(rows: Any) -> tuple:
        sets = [tuple(k + 1 for k, on in enumerate(row) if on) for row in rows.tolist()]
        return tuple(one[0] if len(one) == 1 else one for one in sets)

    lists: dict[str, Any] = {"threading": tuple(draft.threading.tolist())}
    if draft.lift_plan is not None:
        lists["lift_plan"] = members(draft.lift_plan)
    else:
        assert draft.tie_up is not None  # a draft has one or the other
        assert draft.treadling is not None
        lists["tie_up"] = members(draft.tie_up.T)
        lists["treadling"] = members(draft.treadling)
    named = [shaft for one in lists.get("lift_plan") or lists["tie_up"] for shaft in np.atleast_1d(one)]
    # lists cannot say that there are more shafts, which never rise: an end on one of those is on none
    lists["threading"] = tuple(shaft if shaft <= max(named, default=0) else 0 for shaft in lists["threading"])
    return lists

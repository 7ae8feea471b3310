"""How wavy the yarns are: the settings in the words of the package, and what is wrong with them."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any

from warp_fabric import DraftError, SceneError
from warp_fabric.fabric import repeated, touching_crimp

from ..settings.units import in_si
from .weave_text import Weave

if TYPE_CHECKING:
    from ..settings.cloth_settings import ClothSettings
    from ..settings.fabric_settings import FabricSettings

PERCENT = "%"


def rest_crimp(cloth: ClothSettings) -> dict[str, Any]:
    """Keys of the scene's fabric that say how wavy its yarns are at rest; none where they are straight."""
    if cloth.crimp == "TOUCHING":
        return {"crimp": "touching"}
    if cloth.crimp == "VALUES":
        return {key: in_si(getattr(cloth, key), PERCENT) for key in ("end_crimp", "pick_crimp")}
    return {}


def crimp_keys(cloth: ClothSettings) -> dict[str, Any]:
    """All keys of the scene's fabric that are about crimp; none where yarns are straight.

    Raises:
        SceneError: where ends or picks alone are wavy.
    """
    if error := lone_crimp(cloth):
        raise error
    keys = rest_crimp(cloth)
    return {**keys, "crimp_set": in_si(cloth.crimp_set, PERCENT)} if keys else {}


def lone_crimp(cloth: ClothSettings) -> SceneError | None:
    """An error in the words of the panels where ends or picks alone are wavy."""
    if cloth.crimp != "VALUES" or (cloth.end_crimp > 0.0) == (cloth.pick_crimp > 0.0):
        return None
    wavy, straight = ("ends", "picks") if cloth.end_crimp > 0.0 else ("picks", "ends")
    what = f"the {wavy} are wavy and the {straight} are straight, which no cloth can be at rest"
    return SceneError(what, where="Waviness", fix=f"give the {straight} more than 0 %, or choose Touching")


def touching(settings: FabricSettings) -> tuple[float, float] | None:
    """Crimps of the ends and of the picks that round yarns have which touch; None where the weave is damaged.

    Cheap enough to be called while drawing.
    """
    cloth = settings.cloth
    try:
        weave = Weave.from_text(settings.weave.text)
        ends, picks = repeated(weave.end_yarns, cloth.ends), repeated(weave.pick_yarns, cloth.picks)
        rise = sum(fmean(0.5e-3 * settings.yarns[k].diameter for k in yarns) for yarns in (ends, picks))
    except (DraftError, IndexError):  # or yarns are missing: other panels say so
        return None
    return touching_crimp(rise, 0.01 / cloth.pick_sett), touching_crimp(rise, 0.01 / cloth.end_sett)

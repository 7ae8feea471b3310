"""What is woven: the weave, the number of yarns, their spacing, yarns and colours, and where the fabric lies."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from warp_fabric.checks import (
    Settings,
    boolean,
    checked,
    choice,
    color,
    integer,
    number,
    optional,
    parameter,
    sequence,
    shown,
    text,
)
from warp_fabric.errors import DraftError, SceneError
from warp_fabric.outline import METRES
from warp_fabric.scene.bundled import CROSSINGS, bundle_size, bundle_value
from warp_fabric.scene.outlined import lay_grid, outline_value, present_of, present_value, write_out_outline
from warp_fabric.scene.written_draft import write_out_draft

if TYPE_CHECKING:
    from warp_fabric.weave.draft import Draft

WAVY = 0.6
"""Crimp from which on yarns are longer than in any cloth."""

WEAVE_KEYS = ("weave", "draft", "threading", "tie_up", "treadling", "lift_plan")
"""The keys that say how it is woven, in one way or another."""
CRIMP_KEYS = ("crimp", "end_crimp", "pick_crimp")
"""Likewise how it is crimped."""
COVERING = "as many as `outline` has room for, centred in it, or `present` has; else required"

_numbers_from_0 = integer(least=0)


def _number_or_numbers(value: Any, key: str) -> int | tuple[int, ...]:
    if isinstance(value, (list, tuple)):
        return sequence(_numbers_from_0)(value, key)
    return _numbers_from_0(value, key)


_number_lists = optional(sequence(_number_or_numbers, least=1))


@dataclass(frozen=True)
class FabricSettings(Settings):
    """What is woven: the weave, how many yarns, how far apart, and where it lies.

    The weave is one of: `weave`; `draft`; or a draft written out (`threading` and either `tie_up` and `treadling` or
    `lift_plan`). A weave file is read when the settings are made and replaced by its draft written out, so that they
    need the file no more.
    """

    section: ClassVar[str] = "fabric"

    ends: int = checked(optional(integer(least=1)), None, absent=COVERING, doc="number of lengthwise yarns")
    picks: int = checked(optional(integer(least=1)), None, absent=COVERING, doc="number of crosswise yarns")
    end_spacing: float = checked(
        optional(number(above=0, unit="m")), None, absent="required", doc="distance between neighbouring ends"
    )
    pick_spacing: float = checked(
        optional(number(above=0, unit="m")), None, absent="required", doc="distance between neighbouring picks"
    )
    weave: str | None = checked(
        optional(text),
        None,
        absent='"plain", where no draft is given either',
        doc="name of a weave in the pattern library, repeated to fill the fabric",
    )
    draft: str | None = checked(
        optional(text),
        None,
        absent="none",
        doc="weave file (.wif, .dtx or .wpo), relative to the scene file, repeated to fill the fabric; its colours are "
        "the yarns'",
    )
    threading: Sequence[int] | None = checked(
        optional(sequence(_numbers_from_0, least=1)),
        None,
        absent="none",
        doc="a draft written here: the shaft of each end, from 1 as in weave files; 0 for none",
    )
    tie_up: Sequence[int | Sequence[int]] | None = checked(
        _number_lists, None, absent="none", doc="for each treadle, the shafts tied to it (a number or a list)"
    )
    treadling: Sequence[int | Sequence[int]] | None = checked(
        _number_lists, None, absent="none", doc="for each pick, the treadle or treadles pressed"
    )
    lift_plan: Sequence[int | Sequence[int]] | None = checked(
        _number_lists, None, absent="none", doc="for each pick, the shafts raised; in place of `tie_up` and `treadling`"
    )
    end_yarns: Sequence[str] = checked(
        sequence(text, least=1),
        ("cotton",),
        doc="names of the ends' yarns (`[yarns.NAME]`), repeated across the fabric",
    )
    pick_yarns: Sequence[str] = checked(
        sequence(text, least=1), ("cotton",), doc="names of the picks' yarns, repeated along the fabric"
    )
    end_colors: Sequence[str] | None = checked(
        optional(sequence(color, least=1)),
        None,
        absent="the draft's, else the yarns'",
        doc='colours of the ends, `"#rrggbb"`, repeated',
    )
    pick_colors: Sequence[str] | None = checked(
        optional(sequence(color, least=1)),
        None,
        absent="the draft's, else the yarns'",
        doc="colours of the picks, likewise",
    )
    outline: str | Sequence | None = checked(
        optional(outline_value),
        None,
        unit="m",
        absent="the whole rectangle",
        doc="what flat cloth is cut to: loops `[[[x, y], ...], ...]` from crossing [0, 0], x across the ends and y "
        'along them; a shape, `{shape = "disc", diameter = 0.3}`; or an .svg or .dxf file, relative to the scene file',
    )
    outline_unit: str | None = checked(
        optional(choice(*METRES)), None, absent="as the file says", doc=f"its coordinates' unit: {', '.join(METRES)}"
    )
    outline_piece: str | None = checked(
        optional(text), None, absent="the only one", doc="which piece of a .dxf file: the name of its block"
    )
    present: str | Sequence | None = checked(
        optional(present_value),
        None,
        absent="as `outline` says",
        doc="in place of `outline`, which crossings exist: an .npz file, relative to the scene file, with a bool array "
        '`present` `[picks, ends]`; or a text for each pick, from the first, such as `[".###", "####"]`',
    )
    sliding: bool | None = checked(
        optional(boolean),
        None,
        absent="true, but for bundles",
        doc="whether yarns slide through their crossings; if not, cloth is stiffer where few of them are pulled",
    )
    bundle: int | str = checked(
        bundle_value,
        1,
        doc="how many real yarns a simulated one stands for, so that large cloth costs less; all else in the scene is "
        'about real yarns, and these are drawn. `"auto"`: as many as `bundle_crossings` asks for',
    )
    bundle_crossings: int = checked(
        integer(least=9), CROSSINGS, doc='how many crossings are simulated at most where `bundle = "auto"`'
    )
    crimp: str | None = checked(
        optional(choice("touching")),
        None,
        absent="as `end_crimp` and `pick_crimp` say",
        doc='`"touching"`: as much crimp as round yarns have that touch, in equal shares of ends and picks',
    )
    end_crimp: float = parameter(
        number(least=0),
        0.0,
        doc="waviness of the ends, yarn length / cloth length - 1; with `pick_crimp`, or neither. 0: straight yarns, "
        "35 to 100 times stiffer in tension than cloth",
        highest=WAVY,
        requires="crimp_is_given",
    )
    pick_crimp: float = parameter(
        number(least=0), 0.0, doc="waviness of the picks, likewise", highest=WAVY, requires="crimp_is_given"
    )
    crimp_set: float = parameter(
        number(least=0, most=1),
        0.8,
        doc="how much of their crimp yarns keep when taken out of the cloth; less: they press on each other more",
        scale=0.2,
        requires="crimped",
    )
    pose: str = checked(
        choice("flat", "hanging"),
        "flat",
        doc="how it lies at rest: ends along +x in both; picks along +y (`flat`) or down -z (`hanging`)",
    )
    origin: Sequence[float] = checked(
        sequence(number(), count=3), (0.0, 0.0, 0.0), unit="m", doc="position of crossing [0, 0]"
    )
    rotation: Sequence[float] | None = checked(
        optional(sequence(number(), count=3)),
        None,
        unit="degrees",
        absent="none",
        doc="how it is turned at rest about crossing [0, 0]: about the scene's axis x, then y, then z",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        write_out_outline(self)
        self._check_size()
        self._check_crimp()
        written_out = self.threading or self.tie_up or self.treadling or self.lift_plan
        given = [key for key in ("weave", "draft") if getattr(self, key)] + (["threading"] if written_out else [])
        if len(given) > 1:
            what = f"the weave is given more than once: {', '.join(given)}"
            raise SceneError(what, where=f"fabric.{given[-1]}", fix=f"keep only one of {', '.join(given)}")
        if self.draft:
            write_out_draft(self)
        elif not given:
            object.__setattr__(self, "weave", "plain")
        _ = self.one_repeat, self.mask, self.yarns_in_one  # what is impossible is an error now, not at first use

    def _check_size(self) -> None:
        from warp_fabric.weave.draft import MAX_CELLS, MAX_YARNS

        lay_grid(self, MAX_YARNS)
        for key in ("ends", "picks"):
            if getattr(self, key) > MAX_YARNS or self.ends * self.picks > MAX_CELLS:
                what = f"a fabric of {shown(self.picks)} picks x {shown(self.ends)} ends is too large"
                fix = f"use at most {MAX_YARNS} yarns each way and {MAX_CELLS} crossings"
                raise SceneError(what, where=f"fabric.{key}", fix=fix)
            if not math.isfinite((getattr(self, key) - 1) * getattr(self, f"{key[:-1]}_spacing")):
                what = "the fabric is wider than floating-point numbers go"
                raise SceneError(what, where=f"fabric.{key[:-1]}_spacing", fix="give a smaller spacing in metres")

    def _check_crimp(self) -> None:
        given = [key for key in ("end_crimp", "pick_crimp") if getattr(self, key) > 0.0]
        if self.crimp and given:
            fix = f'leave out {" and ".join(given)}, or crimp = "touching"'
            raise SceneError("the crimp is given twice", where="fabric.crimp", fix=fix)
        if len(given) == 1:
            other = "pick_crimp" if given[0] == "end_crimp" else "end_crimp"
            what = f"{given[0]} is given alone: where only one system is crimped, cloth at rest would lie on a kink"
            raise SceneError(what, where=f"fabric.{other}", fix=f"give {other} too, above 0, or neither")

    @property
    def slides(self) -> bool:
        """Whether yarns slide through their crossings."""
        return self.sliding is not False and self.yarns_in_one == 1

    @cached_property
    def yarns_in_one(self) -> int:
        """How many real yarns a simulated one stands for: `bundle`, as a number."""
        return bundle_size(self)

    @cached_property
    def mask(self) -> np.ndarray | None:
        """Which crossings exist: bool [picks, ends], or None where it is a whole rectangle; see `present_of`."""
        return present_of(self)

    @cached_property
    def one_repeat(self) -> Draft:
        """One repeat of the weave, with the draft's own colours.

        Raises:
            SceneError: where the weave is not known or its parts do not fit each other.
        """
        from warp_fabric.weave.draft import Draft
        from warp_fabric.weave.patterns import pattern

        try:
            if self.weave:
                return pattern(self.weave)
            if not self.threading:
                fix = "add threading: the shaft of each end, from 1"
                raise SceneError("this key is missing", where="fabric.threading", fix=fix)
            return Draft.from_lists(self.threading, self.tie_up, self.treadling, self.lift_plan)
        except DraftError as error:
            named = re.search(r"\b(threading|tie_up|treadling|lift_plan)$", error.where or "")
            key = "weave" if self.weave else named[1] if named else "threading"
            raise SceneError(error.what, where=f"fabric.{key}", fix=error.fix) from error

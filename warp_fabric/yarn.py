"""Yarn: what a yarn is made of, in SI units, and the library of named yarns."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar

from warp_fabric.checks import Settings, check_keys, checked, color, key_part, number, parameter, suggestion, text
from warp_fabric.errors import SceneError

KG_PER_M_PER_TEX = 1e-6  # tex is grams per kilometre
KG_PER_M_PER_DENIER = 1e-6 / 9.0  # denier is grams per nine kilometres
QUANTITIES = ("radius", "linear_density", "young_modulus", "bending_modulus")
"""What every yarn must have."""
BENDING_PER_YOUNG = 1e-10
"""[m2] About what bending_modulus / young_modulus is in yarns of fine fibres: 9e-12 to 8e-10 in the library."""


def _name(value: Any, key: str) -> str:
    """A yarn's name; dots and brackets would break dotted parameter names such as `yarns.cotton.radius`."""
    if value == "":
        return ""
    name = text(value, key)
    if not name.isprintable() or set(name) & set(".[]"):
        raise SceneError(f"{name!r} cannot name a yarn", where=key, fix="use a name without dots, brackets or tabs")
    return name


def _rounded(value: float) -> float:
    """Without the last digits, where changing units leaves its rounding: 2000 rather than 2000.0000000000002."""
    return float(f"{value:.12g}")


@dataclass(frozen=True, kw_only=True)
class Yarn(Settings):
    """One kind of yarn. Its name is its key in the scene's `yarns`, "" until it is put into one.

    Raises:
        SceneError: on values that no yarn can have.
    """

    section: ClassVar[str] = "yarn"

    name: str = checked(_name, "", doc="its key in the scene's `yarns`")
    radius: float = parameter(number(above=0, unit="m"), doc="`R`: radius of the yarn's round outline")
    linear_density: float = parameter(number(above=0, unit="kg/m"), doc="`rho`: mass per length; or give `tex`")
    young_modulus: float = parameter(
        number(above=0, unit="Pa"),
        doc="`Y`: tensile modulus over the whole outline's area; the yarn's stretch stiffness is `ks = Y pi R^2` [N]",
    )
    bending_modulus: float = parameter(
        number(least=0, unit="N"),
        doc="`B`: bending modulus; the yarn's bending rigidity is `kb = B pi R^2` [N m2]",
        scale=lambda value, yarn, scene: BENDING_PER_YOUNG * yarn.young_modulus,
    )
    cohesion: float = parameter(
        number(least=1),
        1.0,
        doc="`C`: bending modulus over that of the yarn's loose fibres: in crimp's sharp bends fibres slip past each "
        "other, so that crimp bends with `kb / C`",
        highest=100.0,
        requires="crimped",
    )
    damping: float = parameter(
        number(least=0, unit="s"),
        0.0,
        doc="`tb`: time constant of the yarn's internal damping of bending (loss tangent `tb omega`)",
        scale=3e-3,
        requires="has_surface",
    )
    color: str = checked(color, "#ffffff", doc='`"#rrggbb"`, or a basic CSS colour name')

    @classmethod
    def from_tex(cls, tex: float, **values: Any) -> Yarn:
        """A yarn whose linear density is given in tex (1e-6 kg/m); the other values as in the class."""
        return cls(linear_density=number(above=0, unit="tex")(tex, "yarn.tex") * KG_PER_M_PER_TEX, **values)

    @classmethod
    def from_denier(cls, denier: float, **values: Any) -> Yarn:
        """A yarn whose linear density is given in denier (1e-6/9 kg/m); the other values as in the class."""
        density = number(above=0, unit="denier")(denier, "yarn.denier") * KG_PER_M_PER_DENIER
        return cls(linear_density=density, **values)

    @property
    def tex(self) -> float:
        """Linear density in tex [1e-6 kg/m]."""
        return _rounded(self.linear_density / KG_PER_M_PER_TEX)

    @property
    def denier(self) -> float:
        """Linear density in denier [1e-6/9 kg/m]."""
        return _rounded(self.linear_density / KG_PER_M_PER_DENIER)


OF_LIBRARY = tuple(each.name for each in fields(Yarn) if each.name != "name")
"""Keys that a table takes from `library`."""
KEYS = ("library", "tex", *OF_LIBRARY)
"""Keys that a yarn's table can have."""


@dataclass(frozen=True)
class LibraryEntry:
    """A yarn of the library and where its numbers come from.

    Attributes:
        yarn: The yarn itself.
        description: What kind of yarn it is.
        spacing: A suggested distance between neighbouring yarns [m], at which a plain weave of it has room.
        source: For each quantity (`radius`, ...) where its number comes from.
        inputs: The measured numbers that the quantities were computed from, if they were: see `yarns.toml`.
    """

    yarn: Yarn
    description: str
    spacing: float
    source: Mapping[str, str]
    inputs: Mapping[str, float] = field(default_factory=dict)


@cache
def _library() -> dict[str, LibraryEntry]:
    tables = tomllib.loads(files("warp_fabric").joinpath("yarns.toml").read_text(encoding="utf-8"))
    return {
        name: LibraryEntry(
            yarn=Yarn(name=name, **{key: table[key] for key in OF_LIBRARY if key in table}),
            description=table["description"],
            spacing=table["spacing"],
            source=table["source"],
            inputs=table.get("inputs", {}),
        )
        for name, table in tables.items()
    }


def library_names() -> list[str]:
    """The names of all yarns in the library."""
    return list(_library())


def library_entry(name: str) -> LibraryEntry:
    """A library yarn with its description, suggested spacing and sources.

    Raises:
        SceneError: where there is no yarn of that name.
    """
    if not isinstance(name, str) or name not in _library():
        raise SceneError(f"the yarn library has no yarn {name!r}", fix=suggestion(str(name), _library(), "it has"))
    return _library()[name]


def library_yarn(name: str) -> Yarn:
    """The library's yarn of that name.

    Raises:
        SceneError: where there is no yarn of that name.
    """
    return library_entry(name).yarn


def yarn_from_table(name: str, table: Any) -> Yarn:
    """The yarn that a `[yarns.NAME]` table of a scene file describes: its own keys, over those of `library`.

    Raises:
        SceneError: on an unknown, missing or doubly given key and on an impossible value.
    """
    key = f"yarns.{key_part(name)}"
    check_keys(table, key, KEYS)
    values = dict(table)
    base = values.pop("library", None)
    if "tex" in values:
        if "linear_density" in values:
            raise SceneError("linear_density is given as well", where=f"{key}.tex", fix="give only one of the two")
        values["linear_density"] = number(above=0, unit="tex")(values.pop("tex"), f"{key}.tex") * KG_PER_M_PER_TEX
    try:
        if base is not None:
            known = library_yarn(text(base, f"{key}.library"))
            values = {**{each: getattr(known, each) for each in OF_LIBRARY}, **values}
        for each in QUANTITIES:
            if each not in values:
                also = " (or tex)" if each == "linear_density" else ""
                fix = f'add {each}{also}, or library = "..." ({", ".join(library_names())})'
                raise SceneError("this key is missing", where=f"{key}.{each}", fix=fix)
        return Yarn(name=name, **values)
    except SceneError as error:
        where = error.where or f"{key}.library"
        where = f"{key}{where.removeprefix('yarn')}" if where.startswith("yarn.") else where
        raise SceneError(error.what, where=where, fix=error.fix) from None

"""Write the tables of `docs/scene.md` anew from the declarations they come from: `make docs`.

A table stands between `<!-- NAME -->` and `<!-- end -->`; everything else in the page is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import MISSING, fields
from pathlib import Path

from warp_fabric.checks import Settings
from warp_fabric.scene import (
    Collision,
    Contact,
    Environment,
    FabricSettings,
    Initial,
    Obstacle,
    Panel,
    Pin,
    Scene,
    SolverSettings,
    Time,
)
from warp_fabric.scene.panels import OF_FABRIC
from warp_fabric.trajectory import COMPONENTS, OPTIONAL, Trajectory
from warp_fabric.weave.patterns import pattern_families
from warp_fabric.yarn import Yarn, library_entry, library_names

PAGE = Path(__file__).parent / "scene.md"
SECTIONS: dict[str, type[Settings]] = {
    "fabric": FabricSettings,
    "yarns": Yarn,
    "contact": Contact,
    "environment": Environment,
    "pins": Pin,
    "collision": Collision,
    "obstacles": Obstacle,
    "time": Time,
    "initial": Initial,
    "solver": SolverSettings,
    "panels": Panel,
}
"""The tables of a scene file and the classes that declare their keys."""
ONLY_IN_FILES = {
    "yarns": {
        "library": ("", "none", "a yarn of the library (below) to start from; other keys of the table override it"),
        "tex": ("tex", "none", "mass per length in grams per kilometre, in place of `linear_density`"),
    }
}
"""Keys that are resolved when the file is read: unit, default, meaning."""


def keys(section: str) -> list[str]:
    """The keys of a table of the scene file; of panels, those that [fabric] does not have."""
    declared = [each.name for each in fields(SECTIONS[section])]  # pyright: ignore[reportArgumentType]
    if section == "panels":
        declared = [name for name in declared if name not in OF_FABRIC]
    return [*ONLY_IN_FILES.get(section, {}), *(name for name in declared if (section, name) != ("yarns", "name"))]


def key_table(section: str) -> str:
    rows = [("Key", "Unit", "Default", "Meaning")]
    declared = {each.name: each for each in fields(SECTIONS[section])}  # pyright: ignore[reportArgumentType]
    for name in keys(section):
        shown = f"`{name}`" + (" ∂" if name in declared and "learnt" in declared[name].metadata else "")
        if name in ONLY_IN_FILES.get(section, {}):
            rows.append((shown, *ONLY_IN_FILES[section][name]))
            continue
        each = declared[name]
        rows.append((shown, each.metadata["unit"], _default(section, each), each.metadata["doc"] + _bound(each)))
    if section == "panels":
        rows.append(("any key of `[fabric]`", "", "as `[fabric]` says", "what is different about this panel"))
    return _table(rows)


def _default(section: str, each) -> str:
    if each.default is MISSING:
        return "required, unless from `library`" if section == "yarns" else "required"
    if each.default is None:
        return each.metadata["absent"]
    value = list(each.default) if isinstance(each.default, tuple) else each.default
    shown = str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')  # as TOML has it
    return f"`{shown}`"


def _bound(each) -> str:
    """What a number must be, in brackets: "a number above 0" -> " (above 0)"."""
    kind = getattr(each.metadata["check"], "kind", "")
    bound = kind.removeprefix("a number ").removeprefix("of ")
    return f" ({bound})" if "number" in kind and kind != "a finite number" else ""


def yarn_table() -> str:
    units = ("Radius, mm", "Tex", "Young modulus, Pa", "Bending modulus, N", "Spacing, mm")
    rows: list[tuple[str, ...]] = [("Yarn", "What it is", *units)]
    for name in library_names():
        entry = library_entry(name)
        yarn = entry.yarn
        values = (1e3 * yarn.radius, yarn.tex, yarn.young_modulus, yarn.bending_modulus, 1e3 * entry.spacing)
        rows.append((f"`{name}`", entry.description, *(f"{value:.4g}" for value in values)))
    return _table(rows)


def weave_table() -> str:
    rows = [("Names", "Weave")]
    rows += [(", ".join(f"`{name}`" for name in names), text.rstrip(".")) for names, text in pattern_families()]
    return _table(rows)


def data_set_table() -> str:
    attribute = r"^        (\w+): (.*?)(?=^        \w+: |^    Raises)"
    said = dict(re.findall(attribute, str(Trajectory.__doc__), re.MULTILINE | re.DOTALL))
    rows = [("Data set", "Shape, unit and meaning")]
    rows += [(f"`{name}`", " ".join(said[name].split())) for name in ("time", *COMPONENTS, *OPTIONAL)]
    return _table(rows)


def _table(rows: list[tuple[str, ...]]) -> str:
    def escaped(cell: str) -> str:
        return cell.replace("|", "\\|")

    head, *body = ["| " + " | ".join(map(escaped, row)) + " |" for row in rows]
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])


TABLES: dict[str, Callable[[], str]] = {
    **{f"keys of {section}": lambda section=section: key_table(section) for section in SECTIONS},
    "weaves": weave_table,
    "yarns of the library": yarn_table,
    "data sets": data_set_table,
}


def filled(page: str) -> str:
    """The page with every table as it is now.

    Raises:
        ValueError: where the page lacks a table, or has one that is not known.
    """
    found = re.findall(r"<!-- (?!end)(.*?) -->", page)
    if sorted(found) != sorted(TABLES) or [*SECTIONS] != [each.name for each in fields(Scene)]:
        raise ValueError(f"the page has the tables {found}, and there are {[*TABLES]}")
    return re.sub(
        r"<!-- (?!end)(.*?) -->\n.*?<!-- end -->",
        lambda match: f"<!-- {match[1]} -->\n{TABLES[match[1]]()}\n<!-- end -->",
        page,
        flags=re.DOTALL,
    )


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")

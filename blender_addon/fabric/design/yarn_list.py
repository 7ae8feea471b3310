"""A fabric's list of yarns: changes to it, and the weave's numbers of yarns along with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..settings.fabric_settings import copy_settings
from ..settings.yarn_settings import to_hex, to_linear
from .color_names import color_name, distance
from .weave_text import Weave

if TYPE_CHECKING:
    from ..settings.fabric_settings import FabricSettings
    from ..settings.yarn_settings import YarnSettings


def colors(settings: FabricSettings) -> tuple[str, ...]:
    """ "#rrggbb" of each yarn."""
    return tuple(to_hex(yarn.color) for yarn in settings.yarns)


def unique_name(settings: FabricSettings, name: str) -> str:
    """`name`, or "name 2", ... if a yarn is called so already."""
    taken = {yarn.name for yarn in settings.yarns}
    stem = name.rstrip("0123456789").rstrip() or name
    return next(each for each in (name, *(f"{stem} {k}" for k in range(2, len(taken) + 3))) if each not in taken)


def used(settings: FabricSettings) -> set[int]:
    """Indices of the yarns that the weave uses."""
    weave = Weave.from_text(settings.weave.text)
    return {*weave.end_yarns, *weave.pick_yarns}


def add_copy(settings: FabricSettings, index: int, name: str | None = None) -> YarnSettings:
    """Add a copy of a yarn at the list's end, where the weave uses it nowhere; it becomes the active one."""
    name = unique_name(settings, name or settings.yarns[index].name)
    item = settings.yarns.add()
    copy_settings(settings.yarns[index], item)
    item.name = name
    settings.active_yarn = len(settings.yarns) - 1
    return item


def remove(settings: FabricSettings, index: int) -> str | None:
    """Remove a yarn. Where the weave uses it, it takes the one before it (or the next, for the first).

    Returns:
        The name of the yarn that took its place in the weave; None where it was not used.
    """
    was_used = index in used(settings)
    heir = settings.yarns[index - 1 if index else 1].name
    _renumber(settings, lambda k: max(k - 1, 0) if k == index else k - (k > index))
    settings.yarns.remove(index)
    settings.active_yarn = min(settings.active_yarn, len(settings.yarns) - 1)
    return heir if was_used else None


def move(settings: FabricSettings, index: int, to: int) -> None:
    """Exchange two yarns' places in the list; the cloth stays as it is."""
    settings.yarns.move(index, to)
    _renumber(settings, lambda k: {index: to, to: index}.get(k, k))
    settings.active_yarn = to


def take_colors(settings: FabricSettings, wanted: Iterable[str]) -> dict[str, int]:
    """The yarn of each colour "#rrggbb"; where there is none, a copy of the yarn of the nearest colour."""
    kinds = colors(settings)
    index = {color: k for k, color in reversed([*enumerate(kinds)])}
    for color in wanted:
        if color not in index:
            nearest = min(range(len(kinds)), key=lambda k: distance(kinds[k], color))
            add_copy(settings, nearest, color_name(color)).color = to_linear(color)
            index[color] = len(settings.yarns) - 1
    return index


def assigned(settings: FabricSettings, given: Sequence[str] | None, otherwise: int) -> tuple[int, ...]:
    """Yarns of one side of a draft by its colours; without any, the list's yarn `otherwise` (or its last)."""
    if given is None:
        return (min(otherwise, len(settings.yarns) - 1),)
    index = take_colors(settings, dict.fromkeys(given))
    return tuple(index[color] for color in given)


def _renumber(settings: FabricSettings, new) -> None:
    before = Weave.from_text(settings.weave.text)
    after = before.renumbered(new)
    if after != before:
        settings.weave.text = after.to_text()

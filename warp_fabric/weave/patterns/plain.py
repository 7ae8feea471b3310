"""Plain weave (tabby): over one, under one."""

from __future__ import annotations

from dataclasses import replace

from warp_fabric.weave.draft import Draft

EXAMPLES = ("plain",)


def plain() -> Draft:
    """2 ends x 2 picks; the end is on top where (end + pick) % 2 == 0."""
    return Draft.from_lists(threading=[1, 2], tie_up=[1, 2], treadling=[1, 2], name="plain")


def from_name(name: str) -> Draft | None:
    if name == "tabby":
        return replace(plain(), name=name)
    return plain() if name == "plain" else None

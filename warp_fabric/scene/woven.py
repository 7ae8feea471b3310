"""The fabric that a scene's settings describe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from warp_fabric.fabric import Fabric, repeated, rest_position, rest_sliding, srgb, touching_crimp
from warp_fabric.layout import Layout

if TYPE_CHECKING:
    from warp_fabric.scene.scene import Scene


def layout_of(scene: Scene) -> Layout | None:
    """The crossings that the cloth of a scene without panels is cut to; None: all of the grid."""
    return None if scene.fabric.mask is None else Layout(scene.fabric.mask, scene.fabric.slides)


def woven(scene: Scene) -> Fabric:
    """The fabric at rest of a scene without panels."""
    settings, draft = scene.fabric, scene.fabric.one_repeat
    picks, ends = settings.picks, settings.ends
    size = (picks, ends, settings.pick_spacing, settings.end_spacing)
    order = {name: k for k, name in enumerate(scene.yarns)}
    end_yarns, pick_yarns = repeated(settings.end_yarns, ends), repeated(settings.pick_yarns, picks)

    def colors(chosen: Sequence[str] | None, names: list[str]) -> np.ndarray:
        return srgb(repeated(chosen, len(names)) if chosen else [scene.yarns[name].color for name in names])

    drawdown = draft.drawdown[np.ix_(np.arange(picks) % draft.pick_count, np.arange(ends) % draft.end_count)]
    crimps = (settings.pick_crimp, settings.end_crimp)
    if settings.crimp:
        rise = scene.mean_radius(settings.pick_yarns, picks) + scene.mean_radius(settings.end_yarns, ends)
        crimps = tuple(touching_crimp(rise, each) for each in (settings.end_spacing, settings.pick_spacing))
    return Fabric(
        drawdown=drawdown,
        end_spacing=settings.end_spacing,
        pick_spacing=settings.pick_spacing,
        yarns=tuple(scene.yarns.values()),
        end_yarn=np.array([order[name] for name in end_yarns]),
        pick_yarn=np.array([order[name] for name in pick_yarns]),
        position=rest_position(*size, settings.pose, settings.origin, settings.rotation),
        sliding=rest_sliding(drawdown, settings.pick_spacing, settings.end_spacing, *crimps),
        pick_crimp=crimps[0],
        end_crimp=crimps[1],
        end_color=colors(settings.end_colors or draft.end_colors, end_yarns),
        pick_color=colors(settings.pick_colors or draft.pick_colors, pick_yarns),
        layout=scene.cut or Layout.full(picks, ends, settings.slides),
    )

"""The fabric that a scene's settings describe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from warp_fabric.bundling import Axis, Bundling, bundle_count
from warp_fabric.fabric import Fabric, arc_lengths, repeated, rest_position, rest_sliding, srgb, touching_crimp
from warp_fabric.layout import Layout
from warp_fabric.scene.bundled import bundled_mask

if TYPE_CHECKING:
    from warp_fabric.scene.scene import Scene
    from warp_fabric.scene.weaving import FabricSettings


def real_layout(scene: Scene) -> Layout:
    """The crossings of the real yarns of a scene without panels."""
    settings = scene.fabric
    if settings.mask is None:
        return Layout.full(settings.picks, settings.ends, settings.slides)
    return Layout(settings.mask, settings.slides)


def bundling_of(scene: Scene) -> Bundling | None:
    """How the simulated yarns of a scene without panels stand for real ones; None: they are the real ones."""
    settings, size = scene.fabric, scene.fabric.yarns_in_one
    if size == 1:
        return None
    kinds = len(scene.yarns)
    picks, ends = (
        Axis(yarn, bundle_count(len(yarn), size), kinds)
        for yarn in (
            _numbers(scene, settings.pick_yarns, settings.picks),
            _numbers(scene, settings.end_yarns, settings.ends),
        )
    )
    mask = bundled_mask(settings, (picks.own, ends.own))
    layout = Layout.full(picks.count, ends.count, False) if mask is None else Layout(mask, False)
    return Bundling(picks, ends, _drawdown(scene, settings.picks, settings.ends), layout)


def woven(scene: Scene) -> Fabric:
    """The fabric of a scene without panels at rest, of its real yarns."""
    settings, draft = scene.fabric, scene.fabric.one_repeat
    picks, ends = settings.picks, settings.ends
    end_yarn, pick_yarn = _numbers(scene, settings.end_yarns, ends), _numbers(scene, settings.pick_yarns, picks)
    names = [*scene.yarns]

    def colors(chosen: Sequence[str] | None, yarn: np.ndarray) -> np.ndarray:
        own = [scene.yarns[names[k]].color for k in yarn]
        return srgb(repeated(chosen, len(yarn)) if chosen else own)

    drawdown = _drawdown(scene, picks, ends)
    crimps = (settings.pick_crimp, settings.end_crimp)
    if settings.crimp:
        rise = scene.mean_radius(settings.pick_yarns, picks) + scene.mean_radius(settings.end_yarns, ends)
        crimps = tuple(touching_crimp(rise, each) for each in (settings.end_spacing, settings.pick_spacing))
    return Fabric(
        drawdown=drawdown,
        end_spacing=settings.end_spacing,
        pick_spacing=settings.pick_spacing,
        yarns=tuple(scene.yarns.values()),
        end_yarn=end_yarn,
        pick_yarn=pick_yarn,
        position=_position(settings, picks, ends, settings.pick_spacing, settings.end_spacing),
        sliding=rest_sliding(drawdown, settings.pick_spacing, settings.end_spacing, *crimps),
        pick_crimp=crimps[0],
        end_crimp=crimps[1],
        end_color=colors(settings.end_colors or draft.end_colors, end_yarn),
        pick_color=colors(settings.pick_colors or draft.pick_colors, pick_yarn),
        layout=real_layout(scene),
    )


def in_bundles(scene: Scene, real: Fabric, bundling: Bundling) -> Fabric:
    """The fabric of a scene without panels at rest, of the bundles that stand for its real yarns."""
    picks, ends = bundling.layout.shape
    pick_own, end_own = bundling.picks.own, bundling.ends.own
    strands = bundling.strands
    spacings = (strands[0] * real.pick_spacing, strands[1] * real.end_spacing)
    return Fabric(
        drawdown=_drawdown(scene, picks, ends),
        pick_spacing=spacings[0],
        end_spacing=spacings[1],
        yarns=real.yarns,
        end_yarn=real.end_yarn[end_own],
        pick_yarn=real.pick_yarn[pick_own],
        position=_position(scene.fabric, picks, ends, *spacings),
        sliding=arc_lengths(*bundling.interlaced, *spacings, real.pick_crimp, real.end_crimp),
        pick_crimp=real.pick_crimp,
        end_crimp=real.end_crimp,
        end_color=real.end_color[end_own],
        pick_color=real.pick_color[pick_own],
        layout=bundling.layout,
        bundling=bundling,
    )


def _numbers(scene: Scene, names: Sequence[str], count: int) -> np.ndarray:
    """int[count] the number of each yarn, of these names in turn, among the scene's."""
    order = {name: k for k, name in enumerate(scene.yarns)}
    return np.array([order[name] for name in repeated(names, count)])


def _drawdown(scene: Scene, picks: int, ends: int) -> np.ndarray:
    """bool[picks, ends] the weave, repeated."""
    draft = scene.fabric.one_repeat
    return draft.drawdown[np.ix_(np.arange(picks) % draft.pick_count, np.arange(ends) % draft.end_count)]


def _position(settings: FabricSettings, picks: int, ends: int, pick_spacing: float, end_spacing: float) -> np.ndarray:
    return rest_position(picks, ends, pick_spacing, end_spacing, settings.pose, settings.origin, settings.rotation)

"""The exported cloths of a stage, as their prims and metadata tell them: for the checks of whole cloths."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pxr import Usd, UsdGeom

from usd_export.metadata import NAMESPACE, PANEL, SCENE
from warp_fabric.errors import WarpFabricError
from warp_fabric.geometry import relief_of
from warp_fabric.layout import ALONG_END, ALONG_PICK, Layout
from warp_fabric.plies import ply_radius
from warp_fabric.runs import Runs
from warp_fabric.scene import Scene

if TYPE_CHECKING:
    from warp_fabric.fabric import Fabric

SURFACE = "Surface"
"""Name of the prim of a cloth's surface."""
PINS = "Pins"
"""Name of the prim of a cloth's pins."""


@dataclass(frozen=True)
class Yarns:
    """The yarns of one prim: of one material, in one direction.

    Attributes:
        prim: A `UsdGeomBasisCurves` prim.
        direction: "end" or "pick".
    """

    prim: Usd.Prim
    direction: str

    @cached_property
    def plies(self) -> int:
        """Strands of each yarn; 0 where what is said of them cannot be."""
        strands = self.prim.GetAttribute("primvars:plyId")
        value = np.asarray(strands.Get()) if strands and strands.HasAuthoredValue() else np.zeros(1, int)
        return int(value.max()) + 1 if value.ndim and value.size and value.dtype.kind == "i" else 0

    @cached_property
    def counts(self) -> NDArray:
        """Points of each curve, `[curves]`."""
        return np.atleast_1d(np.asarray(UsdGeom.BasisCurves(self.prim).GetCurveVertexCountsAttr().Get() or (), int))

    @cached_property
    def numbers(self) -> NDArray | None:
        """Which yarns of the cloth they are, ends first, `[yarns]`; None where the file does not say for each."""
        numbers = np.asarray(self.prim.GetAttribute("primvars:yarnId").Get())
        whole = numbers.dtype.kind == "i" and numbers.shape == self.counts.shape and self.plies > 0
        return numbers[:: self.plies] if whole and len(numbers) % self.plies == 0 else None

    @cached_property
    def width(self) -> float | None:
        """The curves' greatest diameter, in their own units."""
        widths = UsdGeom.BasisCurves(self.prim).GetWidthsAttr().Get()
        return max(widths) if widths else None

    @cached_property
    def radius(self) -> float | None:
        """The yarns' radius in the curves' own units, as the metadata has it; None where that has none."""
        value = self.prim.GetAttribute(f"{NAMESPACE}:yarn:radius").Get()
        if not isinstance(value, float):
            return None
        scale = abs(UsdGeom.Xformable(self.prim).ComputeLocalToWorldTransform(Usd.TimeCode.Default()).GetDeterminant3())
        return value / (UsdGeom.GetStageMetersPerUnit(self.prim.GetStage()) * np.cbrt(scale)) if scale else None

    @property
    def diameter(self) -> float | None:
        """What the curves' diameter should be; None where it cannot be known."""
        if not self.radius or self.plies < 1:
            return None
        return 2.0 * (ply_radius(self.radius, self.plies) if self.plies > 1 else self.radius)

    @property
    def times(self) -> list[float]:
        """Time codes that points have samples at."""
        return UsdGeom.BasisCurves(self.prim).GetPointsAttr().GetTimeSamples()

    @cached_property
    def lengths(self) -> NDArray:
        """Points of each yarn, `[yarns]`; of cloth that was cut, of each part of a yarn."""
        return self.counts[:: self.plies]

    def lines(self, time: float | None) -> NDArray:
        """Centre lines `[yarns, points, 3]`, not numbers past the end of shorter ones; of plies, their means."""
        code = Usd.TimeCode.Default() if time is None else Usd.TimeCode(time)
        points = np.asarray(UsdGeom.BasisCurves(self.prim).GetPointsAttr().Get(code), dtype=float)
        rows = np.full((len(self.counts), self.counts.max(), 3), np.nan)
        rows[np.arange(rows.shape[1]) < self.counts[:, None]] = points
        lines = rows.reshape(-1, self.plies, *rows.shape[1:])
        return lines.mean(axis=1) if self.plies > 1 else lines[:, 0]


@dataclass(frozen=True)
class Cloth:
    """An exported cloth.

    Attributes:
        path: Of the prim right above its yarns.
        root: The prim with the cloth's metadata; None where there is none.
        yarns: Its yarns, prim by prim.
    """

    path: str
    root: Usd.Prim | None
    yarns: tuple[Yarns, ...]

    @cached_property
    def size(self) -> tuple[int, int] | None:
        """Number of ends and picks; None where the file does not say."""
        sizes = [self.root.GetAttribute(f"{NAMESPACE}:fabric:{name}").Get() if self.root else 0 for name in _SIZE]
        ends, picks = (each if isinstance(each, int) and each > 0 else 0 for each in sizes)
        return (ends, picks) if ends and picks else None

    @cached_property
    def drawdown(self) -> NDArray | None:
        """Whether the end lies over the pick at each crossing, `[picks, ends]`; None where it is not told."""
        attribute = self.root.GetAttribute(f"{NAMESPACE}:fabric:drawdown") if self.root else None
        drawdown = np.asarray(attribute.Get() if attribute else ())
        if self.size is None or drawdown.dtype != bool or drawdown.size != self.size[0] * self.size[1]:
            return None
        return drawdown.reshape(self.size[::-1])

    @cached_property
    def layout(self) -> Layout | None:
        """Which crossings there are; None where the file does not soundly say how many yarns there are."""
        if self.size is None:
            return None
        attribute = self.root.GetAttribute(f"{NAMESPACE}:fabric:present") if self.root else None
        present = np.asarray(attribute.Get() if attribute else ())
        if present.dtype != bool or present.size != self.size[0] * self.size[1]:
            return Layout.full(self.size[1], self.size[0])
        return Layout(present.reshape(self.size[::-1]))

    def runs(self, yarns: Yarns) -> Runs | None:
        """What a prim's curves are in the cloth, in their order; None where it does not tell, or some are none.

        Of a yarn that was cut, the first curve of its number is its first part, and so on.
        """
        if self.layout is None or self.size is None or yarns.numbers is None:
            return None
        axis, first = (ALONG_PICK, self.size[0]) if yarns.direction == "pick" else (ALONG_END, 0)
        every, number = Runs.of(self.layout, axis), np.asarray(yarns.numbers, int) - first
        parts = np.bincount(every.yarn, minlength=self.layout.shape[axis])
        if not ((number >= 0) & (number < len(parts))).all() or not parts[number].all():
            return None
        begin = np.cumsum(parts) - parts
        order = np.argsort(number, kind="stable")
        place = np.empty(len(number), int)
        place[order] = np.arange(len(number)) - np.searchsorted(number[order], number[order])
        return every.part(begin[number] + np.minimum(place, parts[number] - 1))

    @cached_property
    def scene(self) -> Scene | None:
        """What was simulated, of a panel its own part; None where the file does not say.

        Raises:
            WarpFabricError: where what it says cannot be read.
        """
        if self.root is None:
            return None
        panel = self.root.GetAttribute(f"{NAMESPACE}:{PANEL}").Get()
        text = (self.root if panel is None else self.root.GetParent()).GetAttribute(SCENE).Get()
        if text is None:
            return None
        scene = Scene.from_toml(str(text))
        if panel is None:
            return scene
        names = [each.name for each in scene.panels]
        return scene.parts[names.index(panel)] if panel in names else None

    @property
    def has_frame(self) -> bool:
        """Whether it is a panel whose points are in a frame of their own, not in the simulation's."""
        is_panel = self.root is not None and self.root.HasAttribute(f"{NAMESPACE}:{PANEL}")
        return is_panel and bool(UsdGeom.Xformable(self.root).GetOrderedXformOps())

    @cached_property
    def fabric(self) -> Fabric | None:
        """The fabric at rest; None where the file does not soundly say, or speaks of one of another size."""
        try:
            fabric = self.scene.real_fabric if self.scene else None
        except WarpFabricError:
            return None
        return fabric if fabric and fabric.drawdown.shape[::-1] == self.size else None

    @property
    def is_crimped(self) -> bool:
        """Whether the file says that yarns are crimped."""
        return self.fabric is not None and self.fabric.end_crimp > 0.0

    def crimped_distance(self, time: float | None) -> NDArray | None:
        """How far apart crimp and flattening have centre lines where they cross, in sums of radii, `[picks, ends]`.

        None of cloth without crimp, and where the file does not say.
        """
        if self.fabric is None or self.root is None or not self.is_crimped:
            return None
        value = self.root.GetAttribute(f"{NAMESPACE}:flattening")
        nearer = np.asarray(value.Get() if time is None else value.Get(time)) if value else np.zeros(0)
        flattening = nearer.reshape(self.fabric.drawdown.shape) if nearer.size == self.fabric.drawdown.size else None
        relief = relief_of(self.fabric, flattening=flattening)
        return (relief.pick_height + relief.end_height) / (self.fabric.pick_radius[:, None] + self.fabric.end_radius)

    def side(self, direction: str) -> list[Yarns]:
        """The prims of one direction."""
        return [each for each in self.yarns if each.direction == direction]

    def part(self, name: str) -> Usd.Prim | None:
        """A prim below the root; None where there is none of points."""
        prim = self.root.GetChild(name) if self.root else None
        return prim if prim and prim.IsA(UsdGeom.PointBased) else None

    def samples(self, yarns: Yarns) -> int | None:
        """Points from one crossing to the next; None where it cannot be known, or is not the same everywhere."""
        runs = self.runs(yarns)
        if runs is None or not len(runs):
            return None
        samples = int(yarns.lengths[0] - 1) // int(runs.crossings[0] - 1)
        return samples if samples and np.array_equal(yarns.lengths, runs.points(samples)) else None


_SIZE = ("ends", "picks")


def cloths_of(stage: Usd.Stage) -> list[Cloth]:
    """The cloths of a stage: those that lie below a prim with a fabric's metadata, and yarns without one."""
    roots: dict[str, Usd.Prim | None] = {}
    paths: dict[str, str] = {}
    yarns: dict[str, list[Yarns]] = {}
    for prim in Usd.PrimRange.Stage(stage, Usd.TraverseInstanceProxies()):
        if prim.HasAttribute(f"{NAMESPACE}:fabric:ends"):
            roots[str(prim.GetPath())] = prim
        if prim.HasAttribute(f"{NAMESPACE}:direction") and prim.IsA(UsdGeom.BasisCurves):
            above = next((key for key in map(str, prim.GetPath().GetAncestorsRange()) if roots.get(key)), None)
            parent = str(prim.GetParent().GetPath())
            roots.setdefault(above or parent, None)
            paths.setdefault(above or parent, parent)
            direction = str(prim.GetAttribute(f"{NAMESPACE}:direction").Get())
            yarns.setdefault(above or parent, []).append(Yarns(prim, direction))
    return [Cloth(paths.get(key, key), root, tuple(yarns.get(key, ()))) for key, root in roots.items()]

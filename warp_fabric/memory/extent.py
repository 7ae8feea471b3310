"""How many of everything a cloth has, without making any of it; and amounts of memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warp_fabric.bead_counts import segment_bead_count
from warp_fabric.layout import ALONG_END, ALONG_PICK, Layout
from warp_fabric.parameters import AIR, acting
from warp_fabric.scene.meshes import obstacle_meshes

if TYPE_CHECKING:
    from warp_fabric.scene import Scene


@dataclass(frozen=True)
class Bytes:
    """Memory, on the device that computes and on the host besides; on the CPU the two are one."""

    device: int = 0
    host: int = 0

    def __add__(self, other: Bytes) -> Bytes:
        return Bytes(self.device + other.device, self.host + other.host)

    def __mul__(self, factor: int) -> Bytes:
        return Bytes(factor * self.device, factor * self.host)

    __rmul__ = __mul__

    @property
    def total(self) -> int:
        return self.device + self.host


@dataclass(frozen=True)
class Extent:
    """Counts of what `topology.build_topology` would make, see there.

    Attributes:
        shapes: (picks, ends) of each fabric. cut: The layout of a single one that is cut; None: all are whole.
        air: Whether air acts on it. pins: How many crossings are pinned.
        crimped, twists, bend_damped, shear_damped: Whether it is crimped, resists twist, damps bending and shear.
        obstacles: How many there are. mesh_vertices, mesh_faces: Of all their meshes.
        mesh_samples: Vertices at all times that they are given at.
        touches_itself: Whether cloth does. segment_beads: Beads between crossings; where nothing touches, 0.
    """

    shapes: tuple[tuple[int, int], ...]
    air: bool = True
    pins: int = 0
    crimped: bool = False
    twists: bool = False
    bend_damped: bool = False
    shear_damped: bool = False
    obstacles: int = 0
    mesh_vertices: int = 0
    mesh_faces: int = 0
    mesh_samples: int = 0
    touches_itself: bool = False
    segment_beads: int = 0
    cut: Layout | None = None

    @classmethod
    def of(cls, scene: Scene, varied: Iterable[str] = ()) -> Extent:
        """Of a scene whose parameters of these names are to be differentiated by.

        Raises:
            SceneError: where the mesh of an obstacle cannot be read.
        """
        acts = acting([scene], varied)
        forces = (scene.crimped, *(key in acts for key in ("twist_rigidity", "damping", "shear_damping")))
        meshes = [mesh for mesh in obstacle_meshes(scene) if mesh is not None]
        return cls(
            ((scene.grid[0], scene.grid[1]),),
            not acts.isdisjoint(AIR),
            len(scene.pins),
            *forces,
            obstacles=len(scene.obstacles),
            mesh_vertices=sum(mesh.vertices.shape[1] for mesh in meshes),
            mesh_faces=sum(len(mesh.faces) for mesh in meshes),
            mesh_samples=sum(mesh.vertices[..., 0].size for mesh in meshes),
            touches_itself=scene.collision.self,
            segment_beads=segment_bead_count(scene.build()) if scene.touches else 0,
            cut=scene.cut,
        )

    @property
    def grid(self) -> int:
        """Crossings of whole rectangles."""
        return sum(picks * ends for picks, ends in self.shapes)

    @property
    def crossings(self) -> int:
        return self.grid if self.cut is None else self.cut.count

    @property
    def beads(self) -> int:
        """What touches, if anything can."""
        touches = self.touches_itself or self.obstacles
        return self.crossings + self.segment_beads if touches else 0

    @property
    def segments(self) -> int:
        return self._runs(2)

    @property
    def triples(self) -> int:
        return self._runs(3)

    @property
    def corners(self) -> int:
        if self.cut is not None:
            return 4 * int(self.cut.surrounded.sum())
        return sum(4 * max(picks - 2, 0) * max(ends - 2, 0) for picks, ends in self.shapes)

    @property
    def triangles(self) -> int:
        """Of the cloth's surface, also where no air acts."""
        if self.cut is not None:
            return 2 * self.cut.cell_count
        return sum(2 * (picks - 1) * (ends - 1) for picks, ends in self.shapes)

    @property
    def cells(self) -> int:
        if self.cut is not None:
            return self.cut.cell_count
        return sum((picks - 1) * (ends - 1) for picks, ends in self.shapes)

    @property
    def lines(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """(runs of yarn, crossings of the longest) of the picks, and of the ends."""
        if self.cut is not None:
            picks, ends = self.cut.runs(ALONG_PICK), self.cut.runs(ALONG_END)
            return (len(picks), max(map(len, picks))), (len(ends), max(map(len, ends)))
        picks, ends = zip(*self.shapes)
        return (sum(picks), max(ends)), (sum(ends), max(picks))

    def elements(self) -> tuple[tuple[str, int, int], ...]:
        """Kind, number, and crossings of each, of the four kinds of elements."""
        counts = (self.segments, self.triples, self.corners, self.triangles)
        return tuple(zip(("segment", "triple", "corner", "triangle"), counts, (2, 3, 3, 3)))

    def _runs(self, width: int) -> int:
        if self.cut is not None:
            runs = [*self.cut.runs(ALONG_PICK), *self.cut.runs(ALONG_END)]
            return sum(max(len(run) - width + 1, 0) for run in runs)
        return sum(picks * max(ends - width + 1, 0) + ends * max(picks - width + 1, 0) for picks, ends in self.shapes)


Shapes = Sequence[tuple[int, int]]

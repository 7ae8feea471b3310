"""Bars: moves that are barred and that are not, of each kind of thing in the way."""

import numpy as np
import pytest
import warp as wp
from differences import Pointwise
from textile_cloth import textile_scene

from warp_fabric.forces import Moment, empty_held, hold
from warp_fabric.forces.contact.bars import Bars, nearest_on_way, nearest_ways, passes
from warp_fabric.model import Model
from warp_fabric.obstacle_mesh import box_mesh
from warp_fabric.solver.covering import Covering
from warp_fabric.state import State
from warp_fabric.types import f64, vec3

each_yarn = pytest.mark.parametrize("yarn", ["cotton", "paper-yarn-1"])


class Strip:
    """A pick of eight crossings far from each other, of which the first and the last move.

    Attributes:
        touch: m, at which crossings touch.
    """

    def __init__(self, device: str, yarn: str, *obstacles: dict, time: float = 0.0) -> None:
        closed = {"fabric__end_spacing": 3.8e-4 if yarn == "cotton" else 2e-3}  # no beads but at crossings
        scene = textile_scene(yarn, (1, 8), collision={"stiffness": 50.0}, obstacles=obstacles, **closed)
        self.model = Model(scene, device)
        self.touch = 2.0 * float(self.model.beads.radius_made.numpy()[0])
        self.held = empty_held(self.model)
        self.covering = Covering(self.model, self.held)
        clock = wp.array([time, 0.0], dtype=f64, device=device)
        hold(self.model, Moment.of(State.rest(self.model), clock), self.held)

    def admits(self, starts: dict[int, tuple], ends: dict[int, tuple]) -> bool:
        """Whether some crossings may move between two places, while the others stay far off."""
        places = []
        for given in (starts, ends):
            x = 1.0 + np.arange(8.0)[:, None] * [0.0, 1.0, 0.0]
            for crossing, place in given.items():
                x[crossing] = place
            places.append(wp.array(x, dtype=vec3, device=self.model.device))
        self.covering.cover(*places)
        return Bars(self.model, self.held).admit(*places)

    def gap(self, start: tuple, end: tuple) -> bool:
        """Whether the last crossing may move from `start` to `end`, both in touch distances from the first, while
        that one moves too."""
        start, end = (self.touch * np.array([*each, 0.0, 0.0])[:3] for each in (start, end))
        shift = 3.0 * self.touch * np.array([1.0, -2.0, 0.5])
        return self.admits({0: (0, 0, 0), 7: start}, {0: shift, 7: end + shift})


@each_yarn
@pytest.mark.parametrize(
    ("start", "end", "admitted"),
    [
        ((2.0,), (1.0,), True),
        ((2.0,), (0.2,), True),  # head on
        ((2.0,), (0.126,), True),
        ((2.0,), (0.124,), False),  # nearer than a quarter of the core
        ((2.0,), (0.0,), False),
        ((0.1,), (0.11,), True),  # was nearer
        ((0.1,), (0.3,), True),
        ((0.1,), (0.09,), False),
        ((2.0,), (-2.0,), False),  # through each other
        ((2.0,), (-0.5,), False),
        ((0.5,), (-0.5,), False),
        ((2.0, 0.74), (-2.0, 0.74), False),  # past each other
        ((2.0, 0.91), (-2.0, 0.91), True),
        ((0.6, 0.0), (0.6 * np.cos(0.05), 0.6 * np.sin(0.05)), True),  # around each other
        ((0.6, 0.0), (0.6 * np.cos(0.3), 0.6 * np.sin(0.3)), False),
        ((0.6, 0.0), (0.6, 0.3), True),  # away from each other
        ((0.6, 0.3), (0.6, 0.0), True),
        ((0.6, 0.3), (0.6, -0.3), False),
        ((0.5,), (0.5,), True),
    ],
)
def test_pairs(device, yarn, start, end, admitted):
    assert Strip(device, yarn).gap(start, end) == admitted


def test_pairs_that_do_not_count(device):
    """Neighbours may fall onto each other, as far as contact is concerned."""
    strip = Strip(device, "cotton")
    assert strip.admits({0: (0, 0, 0), 1: (2 * strip.touch, 0, 0)}, {0: (0, 0, 0), 1: (-strip.touch, 0, 0)})


PLANE = {"shape": "plane", "point": [0.0, 0.0, 0.01], "normal": [0.0, 0.0, 3.0]}
SPHERE = {"shape": "sphere", "center": [0.01, 0.0, 0.0], "radius": 0.02}
CAPSULE = {"shape": "capsule", "start": [-0.05, 0.0, 0.0], "end": [0.05, 0.0, 0.0], "radius": 0.02}
BOX = {"shape": "box", "center": [0.0, 0.0, 0.0], "size": [0.2, 0.1, 0.04]}


@each_yarn
@pytest.mark.parametrize(
    ("obstacle", "start", "end", "admitted"),
    [
        (PLANE, (0, 0, 0.03), (0, 0, 0.011), True),
        (PLANE, (0, 0, 0.03), (0, 0, 0.01), True),
        (PLANE, (0, 0, 0.03), (5, 0, 0.0099), False),
        (PLANE, (0, 0, 0.01), (0, 0, 0.0099), False),
        (PLANE, (0, 0, 0.009), (0, 0, -3), True),  # was inside
        (PLANE, (0, 0, 0.009), (0, 0, 1), True),
        (SPHERE, (0.04, 0, 0), (0.031, 0, 0), True),
        (SPHERE, (0.04, 0, 0), (0.029, 0, 0), False),
        (SPHERE, (0.04, 0.1, 0), (0.04, -0.1, 0), True),
        (SPHERE, (0.029, 0.1, 0), (0.029, -0.1, 0), False),  # through it
        (SPHERE, (0.2, 0.0, 0.001), (-0.2, 0, 0.001), False),
        (SPHERE, (0.2, 0.0, 0.001), (0.031, 0, 0.001), True),  # ends before it
        (SPHERE, (0.01, 0.019, 0), (0.01, -0.5, 0), True),  # was inside
        (SPHERE, (0.04, 0, 0), (0.04, 0, 0), True),
        (CAPSULE, (0.0, 0, 0.021), (0.03, 0, 0.021), True),  # along it
        (CAPSULE, (0.0, 0, 0.021), (0.03, 0, 0.019), False),
        (CAPSULE, (-0.2, 0.0, 0.0), (-0.071, 0, 0), True),  # towards its end
        (CAPSULE, (-0.2, 0.0, 0.0), (-0.069, 0, 0), False),
        (CAPSULE, (-0.2, 0.0, 0.0), (0.2, 0, 0), False),  # through all of it
        (CAPSULE, (0.03, -0.1, 0.019), (0.02, 0.1, 0.019), False),  # across it
        (CAPSULE, (0.03, -0.1, 0.021), (0.02, 0.1, 0.021), True),
        (CAPSULE, (0.08, -0.1, 0.0), (0.08, 0.1, 0.0), True),  # past its end
        (CAPSULE, (0.0, 0.0, 0.019), (0.0, 0.0, -0.5), True),  # was inside
        (BOX, (0.0, 0, 0.05), (0.03, 0, 0.021), True),
        (BOX, (0.0, 0, 0.05), (0.03, 0, 0.019), False),
        (BOX, (0.0, 0, 0.05), (0.0, 0, -0.05), False),  # in at one face and out at another
        (BOX, (0.0, 0, 0.015), (0.0, 0, 0.05), True),  # out
        (BOX, (0.0, 0, 0.015), (0.0, 0, -0.015), True),  # was inside
        (BOX, (0.2, 0, 0.05), (0.2, 0, -0.05), True),
        (BOX, (0.2, 0.049, 0.0), (0.05, 0.049, 0.0), False),
        (BOX, (0.21, 0.0, 0.0), (0.0, 0.1, 0.0), True),  # past an edge
        (BOX, (0.19, 0.0, 0.0), (0.0, 0.1, 0.0), False),
    ],
)
def test_obstacles(device, yarn, obstacle, start, end, admitted):
    assert Strip(device, yarn, obstacle).admits({0: start}, {0: end}) == admitted
    for scene in ([obstacle, PLANE | {"point": [0, 0, -9.0]}], [SPHERE | {"center": [0.0, 0.0, -9.0]}, obstacle]):
        assert Strip(device, yarn, *scene).admits({0: start}, {0: end}) == admitted


@pytest.mark.parametrize("obstacle", [PLANE, SPHERE, CAPSULE, BOX], ids=lambda each: each["shape"])
def test_obstacles_are_where_they_are_at_the_end(device, obstacle):
    obstacle = obstacle | {"path": [[0.0, 0, 0, 0], [1.0, 0, 0, 0.1]]}
    strip = Strip(device, "cotton", obstacle, time=1.0)
    top = {"plane": 0.11, "sphere": 0.12, "capsule": 0.12, "box": 0.12}[obstacle["shape"]]
    x = 0.01
    assert strip.admits({0: (x, 0, top + 0.01)}, {0: (x, 0, top + 1e-4)})
    assert not strip.admits({0: (x, 0, top + 0.01)}, {0: (x, 0, top - 1e-4)})
    assert strip.admits({0: (x, 0, top - 1e-3)}, {0: (x, 0, top - 2e-3)}), "an obstacle may overtake a bead"


@pytest.mark.parametrize("cut", [0, 1])
def test_sheets_bar_both_ways(device, cut, tmp_path):
    """Also through the very line along which they are cut, and through their middle; not beside them."""
    faces = ["1 2 3", "1 3 4"] if cut else ["1 2 4", "2 3 4"]
    lines = [f"v {x} {y} 0" for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))] + [f"f {face}" for face in faces]
    (tmp_path / "sheet.obj").write_text("\n".join(lines))
    strip = Strip(device, "cotton", {"shape": "mesh", "file": str(tmp_path / "sheet.obj")})
    for x, y in ((0.0, 0.0), (0.25, 0.25), (0.25, -0.25), (0.5, 0.1), (-0.9, 0.3), (0.999, 0.0)):
        for z in (1e-3, -1e-3):
            assert not strip.admits({0: (x, y, z)}, {0: (x, y, -z)})
            assert strip.admits({0: (x, y, z)}, {0: (-x, y, 0.5 * z)})
    for x, y in ((1.001, 0.0), (0.0, -1.001), (1.1, 1.1)):
        assert strip.admits({0: (x, y, 0.001)}, {0: (x, y, -0.001)})


@wp.kernel(enable_backward=False)
def _passes(
    x0: wp.array(dtype=vec3),
    x1: wp.array(dtype=vec3),
    a: wp.array(dtype=vec3),
    b: wp.array(dtype=vec3),
    c: wp.array(dtype=vec3),
    closed: wp.array(dtype=wp.int32),
    found: wp.array(dtype=f64),
):
    i = wp.tid()
    if passes(x0[i], x1[i], a[i], b[i], c[i], closed[i] != 0):
        found[i] = f64(1.0)


def passed(device, x0, x1, corners, closed) -> np.ndarray:
    whole = np.full(len(x0), int(closed), np.int32)
    return Pointwise(_passes, [()], device)(x0, x1, *np.moveaxis(corners, 1, 0), whole)[0] == 1.0


@pytest.mark.parametrize("size", [1.0, 1e-4])
def test_ways_through_triangles(device, size):
    """Against the solution of where the way meets the plane, of triangles of any shape."""
    rng, count = np.random.default_rng(1), 2000
    corners = rng.standard_normal((count, 3, 3)) * rng.uniform(0.05, 1.0, (count, 1, 3))
    x0, x1 = rng.standard_normal((2, count, 3))
    a, b, c = np.moveaxis(corners, 1, 0)
    u, v, t = np.linalg.solve(np.stack([b - a, c - a, x0 - x1], axis=-1), (x0 - a)[..., None])[..., 0].T
    margin = np.abs([u, v, 1.0 - u - v, t, 1.0 - t]).min(axis=0)
    through = (u > 0) & (v > 0) & (u + v < 1) & (t > 0) & (t < 1)
    front = ((x0 - a) * np.cross(b - a, c - a)).sum(axis=1) > 0.0
    clear = margin > 1e-6
    assert (through & front & clear).sum() > 30
    for closed in (False, True):
        found = passed(device, size * x0, size * x1, size * corners, closed)
        np.testing.assert_array_equal(found[clear], (through & (front | (not closed)))[clear])


def test_no_way_slips_between_triangles(device):
    """Of a box that is turned: ways through the very edges and vertices, as good as rounding lets them be."""
    rng, mesh = np.random.default_rng(2), box_mesh()
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    turn *= np.sign(np.linalg.det(turn))
    corners = (mesh.vertices[0] @ turn.T)[mesh.faces]
    edges = np.concatenate([corners[:, [k, (k + 1) % 3]] for k in range(3)])
    share = rng.uniform(0.0, 1.0, (20, len(edges), 1))
    share[:2] = [np.zeros((len(edges), 1)), np.ones((len(edges), 1))]
    targets = ((1.0 - share) * edges[:, 0] + share * edges[:, 1]).reshape(-1, 3)
    inside = 0.1 * rng.uniform(-1, 1, targets.shape)
    outside = inside + rng.uniform(1.5, 4.0, (len(targets), 1)) * (targets - inside)
    found = np.zeros(len(targets), bool)
    for each in corners:
        found |= passed(device, outside, inside, np.tile(each, (len(targets), 1, 1)), closed=True)
    assert found.all()


@wp.kernel(enable_backward=False)
def _nearest(
    start: wp.array(dtype=vec3),
    end: wp.array(dtype=vec3),
    first: wp.array(dtype=vec3),
    second: wp.array(dtype=vec3),
    way: wp.array(dtype=f64),
    ways: wp.array(dtype=f64),
):
    i = wp.tid()
    way[i] = nearest_on_way(start[i], end[i])
    ways[i] = nearest_ways(start[i], end[i], first[i], second[i])


def test_nearest(device):
    """Against all points of both segments, some of which are points, parallel or in one line."""
    rng, count = np.random.default_rng(3), 60
    start, end, first, second = rng.standard_normal((4, count, 3))
    end[:5] = start[:5]
    second[5:15] = first[5:15] + rng.uniform(-2, 2, (10, 1)) * (end - start)[5:15]
    first[15:20] = start[15:20] + 0.5 * (end - start)[15:20]
    way, ways = Pointwise(_nearest, [(), ()], device)(start, end, first, second)
    share = np.linspace(0.0, 1.0, 401)[:, None, None]
    one, two = (1 - share) * start + share * end, (1 - share) * first + share * second
    step = np.linalg.norm(end - start, axis=1) / 400 + np.linalg.norm(second - first, axis=1) / 400
    expected = np.linalg.norm(one, axis=-1).min(axis=0)
    assert ((expected - way >= -1e-12) & (expected - way <= step)).all()
    expected = np.array([np.linalg.norm(one[:, None, k] - two[None, :, k], axis=-1).min() for k in range(count)])
    assert ((expected - ways >= -1e-12) & (expected - ways <= step)).all()


@pytest.mark.parametrize("shape", ["pair", "plane", "box"])
def test_nothing_is_barred_where_nothing_pushes(device, shape):
    """The yarns of the first case would pass each other, those of the others get into an obstacle."""
    solids = {
        "plane": {"shape": "plane", "point": [0.0, 0.0, -1e-3], "normal": [0.0, 0.0, 1.0]},
        "box": {"shape": "box", "center": [0.0, 0.0, -2e-3], "size": [1e-3, 1e-3, 2e-3]},
    }
    obstacles = [solids[shape]] if shape in solids else []
    above, below = {0: (0.0, 0.0, 0.0), -1: (0.0, 0.0, -1.5e-3)}, {0: (0.0, 0.0, -1.5e-3), -1: (0.0, 0.0, 0.0)}
    strip = Strip(device, "cotton", *obstacles)
    assert not strip.admits(above, below)
    strip.held.material.collision_stiffness.zero_()
    assert strip.admits(above, below)

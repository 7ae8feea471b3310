"""Cloth for tests of forces and solvers: small fabrics, seeded states far from rest, and measurements at them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import warp as wp

from warp_fabric import Scene, load_scene
from warp_fabric.forces import Convexity, Elements, Force, Held, Moment, Potential, empty_held, hold
from warp_fabric.model import Model
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.covering import Covering
from warp_fabric.state import State
from warp_fabric.types import f64

DATA = Path(__file__).parent / "data"
GOLDEN = DATA / "golden"

STIFF_BENDING = {f"yarns.y{k}.bending_modulus": 100 * value for k, value in enumerate((1.4e-4, 1.1e-4, 9e-5))}
AT_ORIGIN = {"fabric.origin": [0.0, 0.0, 0.0]}
DAMPED = {"yarns.y0.damping": 3e-3, "yarns.y1.damping": 5e-3, "contact.shear_damping": 4e-3}
NO_CRIMP = {"fabric.end_crimp": 0.0, "fabric.pick_crimp": 0.0}
TOUCHING = NO_CRIMP | {"fabric.crimp": "touching", "fabric.weave": "satin5", "fabric.crimp_set": 0.6}
SMALL = {"fabric.picks": 4, "fabric.ends": 4, "pins": [{"crossing": [1, 0]}]}
TO_FOLD = {"fabric.pose": "flat", "fabric.picks": 3, "fabric.ends": 8, "pins": [{"crossing": [1, 0]}]}
AROUND_COTTON = [
    {"shape": "plane", "point": [0.0, 0.0, -1.5e-4], "normal": [0.1, 0.0, 2.0]},
    {"shape": "sphere", "center": [4e-4, 4e-4, 1.47e-3], "radius": 1e-3, "friction": 0.5},
    {"shape": "capsule", "start": [-3.5e-4, -1e-3, 1.6e-4], "end": [-3.5e-4, 2e-3, 1.6e-4], "radius": 2e-4},
    {
        "shape": "box",
        "center": [1.7e-3, 8e-4, 4e-4],
        "size": [8e-4, 1e-3, 6e-4],
        "path": [[0.0, 0, 0, 0], [1.0, 0, 0.1, 0]],
    },
]
UNDER_PAPER = [
    {"shape": "plane", "point": [0, 0, -3.5e-4], "normal": [0, 0, 1], "path": [[0, 0, 0, 0], [1, 0.1, 0, 0]]}
]
HOLED = ["..###..", ".#####.", "####.##", "###..##", ".#####.", "..###.."]
BITTEN = ["########.", "#########", "####..###", "#########", "###.#####"]
"""Which crossings there are, pick by pick."""
SCENES = {
    "twill": ("elements", AT_ORIGIN),
    "stiff_twill": ("elements", AT_ORIGIN | STIFF_BENDING | {"contact.friction_stiffness": 200.0}),
    "plain": ("hang_plain_bdf2", AT_ORIGIN),
    "golden_plain": ("hang_plain_euler", {}),
    "open_plain": ("snag_plain_bdf2", {}),
    "one_pick": ("hang_plain_bdf2", AT_ORIGIN | {"fabric.picks": 1}),
    "two_by_two": ("elements", AT_ORIGIN | {"fabric.picks": 2, "fabric.ends": 2, "pins": [{"crossing": [1, 0]}]}),
    "crimped_twill": ("crimp_elements", AT_ORIGIN | DAMPED),
    "flattening_twill": ("crimp_elements_flatten", AT_ORIGIN),
    "crimped_cotton": ("crimp_hang_cotton_bdf2", AT_ORIGIN | DAMPED),
    "rigid_cotton": (
        "crimp_hang_cotton_bdf2",
        AT_ORIGIN | {"contact.shear_modulus": None, "contact.shear_rigidity": 60.0, "fabric.crimp_set": 0.7},
    ),
    "touching_satin": ("crimp_hang_cotton_bdf2", AT_ORIGIN | TOUCHING | {"contact.crossing_stiffness": 125.0}),
    "damped_twill": ("damped_hang_twill_bdf2", AT_ORIGIN),
    "open_touching": ("contact_elements", {"collision.slip_speed": 0.2}),
    "folded_paper": (
        "contact_fold_small_euler",
        {"yarns.y0.radius": 2.6e-4, "collision.slip_speed": 0.2, "obstacles": UNDER_PAPER},
    ),
    "folded_cotton": (
        "crimp_hang_cotton_bdf2",
        AT_ORIGIN | DAMPED | TO_FOLD | {"collision": {"slip_speed": 0.2}, "obstacles": AROUND_COTTON},
    ),
    "cut_twill": ("elements", AT_ORIGIN | {"fabric.present": HOLED, "pins": [{"crossing": [2, 0]}]}),
    "cut_crimped": (
        "crimp_elements_flatten",
        AT_ORIGIN | DAMPED | {"fabric.present": HOLED, "pins": [{"crossing": [2, 0]}], "contact.twist_rigidity": 1e-9},
    ),
    "cut_touching": ("contact_elements", {"fabric.present": BITTEN, "pins": [{"crossing": [1, 0]}]}),
    "small_crimped": ("crimp_hang_cotton_bdf2", AT_ORIGIN | DAMPED | SMALL),
    "small_straight": ("damped_hang_twill_bdf2", AT_ORIGIN | SMALL | {"fabric.picks": 3}),
    "small_touching": ("crimp_elements_flatten", AT_ORIGIN | TOUCHING | SMALL | {"fabric.ends": 3}),
}
SIDE_BY_SIDE = {"mixed": ("small_crimped", "small_straight", "small_touching")}
"""Several of `SCENES` as one model."""


@cache
def golden_scene(name: str) -> Scene:
    """The scene file `name` of the golden data."""
    return load_scene(GOLDEN / f"{name}.toml")


@cache
def golden(name: str) -> dict[str, np.ndarray]:
    """The golden arrays `name`."""
    with np.load(GOLDEN / f"{name}.npz") as arrays:
        return dict(arrays)


@cache
def sample_scene(name: str) -> Scene:
    """One of `SCENES`."""
    base, changes = SCENES[name]
    return golden_scene(base).replace(changes)


@cache
def sample_model(name: str, device: str) -> Model:
    """One of `SCENES`, or of `SIDE_BY_SIDE`, on a device; shared by all tests, so leave it as it was."""
    return Model([sample_scene(each) for each in SIDE_BY_SIDE.get(name, (name,))], device)


@cache
def golden_elements(name: str, device: str) -> Model:
    """The model of the golden data `name`: `elements_gentle`, `crimp_elements_rest`, ..."""
    kind, _, case = name.rpartition("_")
    scene = f"{kind}_flatten" if case in ("flatten", "bound") else kind
    changes = {"rest": {"fabric.pose": "flat"}, "stick": STIFF_BENDING | {"contact.friction_stiffness": 200.0}}
    return Model(golden_scene(scene).replace(changes.get(case, {})), device)


def golden_order(model: Model) -> np.ndarray:
    """Numbers of the unknowns in the order of golden Jacobians: all positions, then inner sliding pairs."""
    number = np.arange(5 * model.node_count).reshape(-1, 5)
    return np.concatenate([number[:, :3].ravel(), number[model.topology.inner, 3:].ravel()])


@dataclass
class Point:
    """Where forces are measured. `free` [5 N] bool: all unknowns but the sliding of border crossings."""

    model: Model
    state: State
    held: Held

    @property
    def free(self) -> np.ndarray:
        inner = self.model.topology.inner
        return np.concatenate([np.ones((len(inner), 3), bool), np.repeat(inner[:, None], 2, axis=1)], axis=1).ravel()

    def hold(self) -> None:
        """Evaluate what a step holds, here."""
        clock = None
        if self.model.obstacle_count:  # which move within the step
            clock = wp.array([1e-3, 0.0], dtype=f64, device=self.model.device)
        hold(self.model, Moment.of(self.state, clock), self.held)

    def cover(self) -> None:
        """Find anew what may touch here, and evaluate what is held."""
        if self.held.candidates is not None:
            Covering(self.model, self.held).cover(self.state.position, self.state.position)
            self.hold()

    def coordinates(self) -> np.ndarray:
        """[N, 5] position and sliding."""
        return np.concatenate([self.state.position.numpy(), self.state.sliding.numpy()], axis=1)

    def move_to(self, coordinates: np.ndarray) -> None:
        self.state.position.assign(coordinates[:, :3])
        self.state.sliding.assign(coordinates[:, 3:])

    def speeds(self) -> np.ndarray:
        """[N, 5] velocity and sliding velocity."""
        return np.concatenate([self.state.velocity.numpy(), self.state.sliding_velocity.numpy()], axis=1)

    def move_at(self, speeds: np.ndarray) -> None:
        self.state.velocity.assign(speeds[:, :3])
        self.state.sliding_velocity.assign(speeds[:, 3:])

    def energy(self, force: Potential) -> float:
        """Energy [J]."""
        total = wp.zeros(1, dtype=f64, device=self.model.device)
        force.add_energy(self.model, self.state, self.held, total)
        return float(total.numpy()[0])

    def force(self, force: Force) -> np.ndarray:
        """[N, 5] generalised force."""
        elements = _elements(self.model)
        elements.clear()
        force.add_force(self.model, self.state, self.held, elements, 1.0)
        return elements.force()

    def jacobian(
        self,
        force: Force,
        position_scale: float = 1.0,
        velocity_scale: float = 0.0,
        convexity: Convexity = Convexity.EXACT,
    ) -> np.ndarray:
        """[5 N, 5 N] as collected, with the unit diagonal at the sliding of border crossings."""
        pairs = self.held.candidates
        elements, matrix = _elements(self.model), BlockMatrix(self.model, pairs)
        force.add_force(self.model, self.state, self.held, elements, 1.0)  # which it follows
        elements.clear_jacobian()
        if pairs is not None:
            pairs.coupling.zero_()
        force.add_jacobian(self.model, self.state, self.held, elements, position_scale, velocity_scale, convexity)
        elements.collect_jacobian(matrix.blocks)
        return matrix.to_scipy().toarray()


@cache
def _elements(model: Model) -> Elements:
    return Elements(model)


def at_rest(model: Model, **arrays: np.ndarray) -> Point:
    """The cloth at rest but for the given arrays."""
    point = Point(model, State.of(model, **arrays), empty_held(model))
    point.hold()
    point.cover()
    return point


def folded(model: Model, gap: float = 0.75) -> np.ndarray:
    """[N, 3] m, a flat cloth folded over: its later ends lie above the earlier ones, `gap` touch distances apart."""
    x = np.array(model.rest_position)
    arc, width = x[:, 0] - x[:, 0].min(), np.ptp(x[:, 0])
    radius = gap * float(model.beads.radius_made.numpy()[: len(x)].max())
    straight = 0.5 * (width - np.pi * radius)
    angle = np.clip((arc - straight) / radius, 0.0, np.pi)
    x[:, 0] += np.where(angle < np.pi, 0.0, straight - (arc - straight - np.pi * radius) - arc)
    bent = (angle > 0.0) & (angle < np.pi)
    x[bent, 0] += (straight + radius * np.sin(angle) - arc)[bent]
    x[:, 2] += radius * (1.0 - np.cos(angle))
    return x


def golden_fold(model: Model) -> np.ndarray:
    """[N, 3] m, where the golden elements of contact are."""
    return golden("contact_elements")["position"].reshape(-1, 3)


def perturbed(
    model: Model, seed: int, amount: float = 0.15, shear: float = 0.0, lies: Callable[[Model], np.ndarray] | None = None
) -> Point:
    """A state far from rest.

    Every coordinate is off by up to `amount` spacings, and everything moves. Crossings press, and their anchors are
    set such that some stick, some slip and some are in between, where the soft clamp is curved.

    Args:
        shear: Slant of the picks' stack, as a tangent; 0.9 jams plain weave.
        lies: Where the cloth is before, [N, 3] m; else at rest.
    """
    rng = np.random.default_rng(seed)
    n, inner = model.node_count, model.topology.inner
    spacing = float(model.grid.segment_length.numpy().min())
    position = (lies(model) if lies else model.rest_position) + amount * spacing * rng.uniform(-1, 1, (n, 3))
    position[:, 0] += shear * (model.rest_position[:, 1] + model.rest_position[:, 2])
    sliding = model.rest_sliding + amount * spacing * rng.uniform(-1, 1, (n, 2)) * inner[:, None]
    velocity = 0.2 * rng.standard_normal((n, 3))
    sliding_velocity = 0.05 * rng.standard_normal((n, 2)) * inner[:, None]
    point = at_rest(model, position=position, sliding=sliding, velocity=velocity, sliding_velocity=sliding_velocity)
    # Where nothing presses, friction has no limit that finite differences could resolve.
    pressed = np.maximum(point.held.compression.numpy(), rng.uniform(2e-4, 2e-3, n)) * inner
    point.held.compression.assign(pressed)
    fabric = model.topology.fabric
    friction, stiffness = (getattr(model.material, name).numpy()[fabric] for name in ("friction", "friction_stiffness"))
    z = rng.permuted(np.resize([0.3, -0.6, 0.95, -1.0, 1.05, 1.6, -2.5], (n, 2)), axis=0)
    anchor = sliding - z * (friction * pressed / stiffness)[:, None]
    point.state.anchor.assign(anchor)
    point.held.anchor.assign(anchor)
    point.held.pin_target.assign(point.held.pin_target.numpy() + 1e-3 * rng.uniform(-1, 1, (model.pin_count, 3)))
    return point


def largest(array: np.ndarray) -> float:
    """Largest absolute entry."""
    return float(np.abs(array).max(initial=0.0))


def difference(actual: np.ndarray, expected: np.ndarray, floor: float = 0.0) -> float:
    """Largest difference as a part of the largest entry of `expected`, or of `floor`; absolute where both are 0."""
    assert np.shape(actual) == np.shape(expected)
    return largest(actual - expected) / (max(largest(expected), floor) or 1.0)


def held_at(model: Model, time: float, requires_grad: bool = False) -> tuple[Held, Moment]:
    """What the fabric at rest holds over a step that ends at `time` [s], and the moment to hold it again."""
    held, clock = empty_held(model, requires_grad), wp.array([time], dtype=f64, device=model.device)
    moment = Moment.of(State.rest(model), clock)
    hold(model, moment, held)
    return held, moment

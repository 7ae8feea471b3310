"""Moves within a step: the first guess is shortened until it is not barred, and candidates follow where moves lead."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import folded
from textile_cloth import textile_scene

from warp_fabric.model import Model
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.solver.moves import Moves
from warp_fabric.state import State
from warp_fabric.types import vec5

DT = 1e-3
SPACING = {"cotton": 3.8e-4, "paper-yarn-1": 2e-3}
each_yarn = pytest.mark.parametrize("yarn", SPACING)
each_scheme = pytest.mark.parametrize("scheme", [Scheme.euler(DT), Scheme.bdf2(DT)], ids=lambda scheme: scheme.name)


class Falling:
    """A sheet above a plane, whose guess is that it falls by so many times the height it has.

    Attributes:
        way, slid: m, how far the guess leads crossings from where the step begins.
    """

    def __init__(self, device: str, yarn: str, scheme: Scheme, falls: float, height: float = 1e-3) -> None:
        length = SPACING[yarn]
        sizes = {f"fabric__{axis}_spacing": length for axis in ("end", "pick")}
        plane = {"shape": "plane", "point": [0.0, 0.0, 0.0], "normal": [0.0, 0.0, 1.0]}
        scene = textile_scene(yarn, (4, 5), fabric__pose="flat", obstacles=[plane], **sizes)
        self.model, self.scheme, rng = Model(scene, device), scheme, np.random.default_rng(1)
        inner = self.model.topology.inner[:, None]
        position = self.model.rest_position + np.array([0.0, 0.0, height])
        speed = np.tile([1.0, 0.0, -falls * height / DT], (len(position), 1))
        slide = 1e-2 * length / DT * rng.uniform(-1, 1, (len(position), 2)) * inner
        moving = {"velocity": speed, "sliding_velocity": slide}
        at = {"position": position, "sliding": self.model.rest_sliding}
        self.state = State.of(self.model, **at, **moving)
        at = {"position": position - DT * speed, "sliding": self.model.rest_sliding - DT * slide}
        self.previous = State.of(self.model, **at, **moving)
        self.way, self.slid = DT * speed, DT * slide
        self.equation = StepEquation(self.model)
        self.moves = Moves(self.equation)
        self.equation.set_time(scheme.size, scheme.size)
        self.moves.prepare(scheme, self.state, self.previous)
        self.equation.begin(scheme, self.state, self.previous)
        self.equation.guess(self.state)

    def shorten(self) -> None:
        self.moves.shorten_guess(self.scheme, self.state)

    def assert_led(self, share: float) -> None:
        """The guess leads so far along the way."""
        trial, state = self.equation.trial, self.state
        rounding = 1e-13 * np.abs(self.way).max()
        expected = state.position.numpy() + share * self.way
        np.testing.assert_allclose(trial.position.numpy(), expected, rtol=0, atol=rounding)
        expected = state.sliding.numpy() + share * self.slid
        np.testing.assert_allclose(trial.sliding.numpy(), expected, rtol=0, atol=rounding)
        self.equation.move(self.scheme)
        np.testing.assert_allclose(trial.sliding.numpy(), expected, rtol=0, atol=rounding)
        border = ~self.model.topology.inner
        assert not self.equation.unknown.numpy()[border, 3:].any()


@each_yarn
@each_scheme
@pytest.mark.parametrize(("falls", "share"), [(0.9, 1.0), (1.1, 0.5), (2.1, 0.25), (30.0, 0.03125)])
def test_the_guess_is_halved_until_it_is_not_barred(device, yarn, scheme, falls, share):
    falling = Falling(device, yarn, scheme, falls)
    before = falling.equation.unknown.numpy()
    falling.shorten()
    falling.assert_led(share)
    if share == 1.0:
        np.testing.assert_array_equal(falling.equation.unknown.numpy(), before)


@each_scheme
def test_at_last_it_stays_where_it_is(device, scheme):
    falling = Falling(device, "cotton", scheme, falls=1e9, height=1e-12)
    falling.shorten()
    falling.assert_led(0.0)


@each_scheme
def test_candidates_hold_on_the_whole_way(device, scheme):
    """And what is held of touching beads stays as it is when they are found anew."""
    scene = textile_scene("cotton", (3, 8), fabric__pose="flat", collision={"stiffness": 50.0})
    model = Model(scene, device)
    length, rng = 3.8e-4, np.random.default_rng(2)
    velocity = length / DT * rng.standard_normal((model.node_count, 3))
    state = State.of(model, position=folded(model), velocity=velocity)
    previous = State.of(model, position=folded(model) - DT * velocity, velocity=velocity)
    equation = StepEquation(model)
    moves = Moves(equation)
    equation.set_time(scheme.size, scheme.size)
    moves.prepare(scheme, state, previous)
    equation.begin(scheme, state, previous)
    equation.guess(state)
    equation.move(scheme)
    assert not moves.candidates.left(state.position)
    assert not moves.candidates.left(equation.trial.position)

    def frictions() -> dict[tuple[int, int], tuple]:
        pairs = moves.candidates
        first, count = pairs.first.numpy(), pairs.pair_count
        bead = np.repeat(np.arange(model.bead_count), np.diff(first))
        held = zip(bead, pairs.partner.numpy(), pairs.limit.numpy()[:count], pairs.normal.numpy())
        return {(a, b): (limit, *normal) for a, b, limit, normal in held if limit > 0.0}

    before = frictions()
    assert len(before) >= 10
    base = wp.clone(equation.unknown)
    far = np.zeros((model.node_count, 5))
    far[:, 2] = 50.0 * length / scheme.h * (folded(model)[:, 2] > 0.5 * length)
    equation.unknown.assign(equation.unknown.numpy() + far)
    equation.move(scheme)
    assert moves.candidates.left(equation.trial.position)
    moves.admit(scheme, base)
    assert not moves.candidates.left(equation.trial.position)
    assert frictions() == before


@each_yarn
def test_trials_are_barred(device, yarn):
    """From an earlier trial to the present one, wherever the step begins."""
    falling = Falling(device, yarn, Scheme.euler(DT), falls=0.5)
    equation, scheme = falling.equation, falling.scheme
    height = falling.state.position.numpy()[0, 2]

    def unknown(fall: float) -> np.ndarray:
        """Which leads so many heights down."""
        return np.tile([0.0, 0.0, -fall * height / DT, 0.0, 0.0], (falling.model.node_count, 1))

    for before, after, admitted in ((0.0, 0.9, True), (0.9, 1.1, False), (1.1, 1.2, True), (1.1, -9.0, True)):
        base = wp.array(unknown(before), dtype=vec5, device=device)
        equation.unknown.assign(unknown(after))
        equation.move(scheme)
        assert falling.moves.admit(scheme, base) == admitted

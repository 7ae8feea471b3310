"""Bundles of yarns: weight, stiffness and pins of the finer cloth."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import golden_scene, largest

from warp_fabric.forces import POTENTIALS, Held, Moment, empty_held, hold
from warp_fabric.model import Model
from warp_fabric.solver.static.bundles import FEWEST, Level, chosen, levels, spread
from warp_fabric.state import State
from warp_fabric.types import f64

SIZE = 41
CHANGES = {
    "fabric.ends": SIZE,
    "fabric.picks": SIZE,
    "environment.wind": [0.0, 0.0, 0.0],
    "pins": [
        {"crossing": [0, 0]},
        {"crossing": [0, SIZE - 1], "path": [[0.0, 0.05, 0.01, 5.0]]},
        {"crossing": [17, 22]},
    ],
}


def levels_of(device: str, **changes) -> tuple[Model, State, Held, list[Level]]:
    model = Model(golden_scene("hang_plain_euler").replace(CHANGES | changes), device)
    state, held = State.rest(model), empty_held(model)
    hold(model, Moment.of(state), held)
    return model, state, held, levels(model, state, held)


def energies(model: Model, state: State, held: Held, move) -> dict[str, float]:
    """Of each potential where positions have moved."""
    moved = state.clone()
    moved.position.assign(move(state.position.numpy()))
    found = {}
    for force in POTENTIALS:
        total = wp.zeros(1, dtype=f64, device=model.device)
        force.add_energy(model, moved, held, total)
        found[force.name] = float(total.numpy()[0])
    return found


def test_sizes(device):
    *_, found = levels_of(device)
    assert [level.model.layouts.shapes[0] for level in found] == [(FEWEST, FEWEST), (21, 21)]
    *_, found = levels_of(device, **{"fabric.picks": 5, "pins": [{"crossing": [0, 0]}]})
    assert [level.model.layouts.shapes[0] for level in found] == [(5, FEWEST), (5, 21)]
    *_, found = levels_of(device, **{"fabric.picks": 5, "fabric.ends": 15, "pins": [{"crossing": [0, 0]}]})
    assert found == []


def stretched(x):
    return x * np.array([1.03, 1.0, 1.02])


def sheared(x):
    return x + 0.1 * np.stack([x[:, 2] - 5.0, 0.0 * x[:, 0], 0.0 * x[:, 0]], axis=1)


def rolled(x):
    """Its picks bent to arcs."""
    radius = 0.05
    return np.stack([radius * np.sin(x[:, 0] / radius), radius * np.cos(x[:, 0] / radius), x[:, 2]], axis=1)


@pytest.mark.parametrize(
    ("move", "name", "accuracy"),
    [(stretched, "stretch", 1e-9), (sheared, "shear", 0.1), (rolled, "bend", 0.1), (stretched, "weight", 0.03)],
)
def test_energies_are_those_of_the_yarns(device, move, name, accuracy):
    """Of stretch exactly; where elements stop short of the border, as well as the border's part is small."""
    model, state, held, found = levels_of(device)
    expected = energies(model, state, held, move)[name]
    assert abs(expected) > 0.0
    for level in found:
        assert energies(level.model, level.state, level.held, move)[name] == pytest.approx(expected, rel=accuracy)


def test_pins_stay_where_they_are(device):
    model, _, held, found = levels_of(device)
    for level in found:
        crossing = level.model.pins.crossing.numpy()
        pick, end = np.divmod(crossing, level.model.layouts.shapes[0][1])
        numbers = level.lines[0][pick] * SIZE + level.lines[1][end]
        np.testing.assert_array_equal(np.sort(numbers), np.sort(model.pins.crossing.numpy()))
        order = np.argsort(numbers)
        np.testing.assert_allclose(level.held.pin_target.numpy()[order], held.pin_target.numpy(), rtol=1e-12)


def test_what_presses_is_held(device):
    model, _, held, found = levels_of(device)
    fine = held.compression.numpy()[model.topology.inner]
    for level in found:
        coarse = level.held.compression.numpy()[level.model.topology.inner]
        assert 0.0 < fine.min() <= coarse.min() <= coarse.max() <= fine.max()


def test_chosen_yarns():
    np.testing.assert_array_equal(chosen(5, 9, np.array([0])), np.arange(5))
    np.testing.assert_array_equal(chosen(25, 13, np.array([0, 24])), np.arange(0, 25, 2))
    np.testing.assert_array_equal(chosen(25, 5, np.array([0, 11])), [0, 6, 11, 18, 24])
    np.testing.assert_array_equal(chosen(25, 5, np.array([0, 1])), [0, 1, 6, 12, 18, 24])
    assert len(chosen(50, 13, np.arange(50))) == 13  # a whole edge pinned: even will do


def test_spread_keeps_smooth_shapes():
    lines = (chosen(30, 13, np.array([7])), chosen(24, 13, np.array([0])))
    onto = (np.arange(30), np.arange(24))

    def surface(at):
        j, i = np.meshgrid(*at, indexing="ij")
        return np.stack([i + 0.01 * j**2, np.cos(i / 12.0), 1e-4 * (i * j + j**3)], axis=-1)

    assert largest(spread(lines, surface(lines), onto) - surface(onto)) < 1e-3
    np.testing.assert_allclose(spread(lines, surface(lines), onto)[np.ix_(*lines)], surface(lines), rtol=1e-12)

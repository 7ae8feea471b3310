"""A step of cloth in contact: residual and Jacobian against an independent program, and its work repeated."""

from dataclasses import replace

import numpy as np
import pytest
from golden_contact import STEP, golden_state
from sample_cloth import difference, golden, golden_order, golden_scene

from warp_fabric.model import Model
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.solver.moves import Moves
from warp_fabric.state import State

EXACT = 1e-9
# The golden data hold everything at the state for both schemes, not at the predicted one.
SCHEMES = [Scheme.euler(STEP), replace(Scheme.bdf2(STEP), predicted=(1.0, 0.0))]


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)
def test_golden_residual_and_jacobian(device, scheme):
    arrays, model = golden("contact_elements"), Model(golden_scene("contact_elements"), device)
    names = ("position", "sliding", "velocity", "sliding_velocity")
    state = golden_state(model)
    previous = State.of(model, anchor=arrays["anchor"], **{name: arrays[f"previous_{name}"] for name in names})
    equation = StepEquation(model)
    moves = Moves(equation)
    equation.set_time(STEP, STEP)
    moves.prepare(scheme, state, previous)
    equation.begin(scheme, state, previous)
    equation.guess(golden_state(model, "next_"))
    equation.move(scheme)
    moves.cover(state.position, equation.trial.position)
    equation.hold_contacts()
    equation.evaluate(scheme)
    equation.evaluate_jacobian(scheme)

    residual = equation.residual.numpy().reshape(5, 9, 5)
    assert difference(residual[..., :3], arrays[f"residual_{scheme.name}_position"]) < EXACT
    assert difference(residual[..., 3:], arrays[f"residual_{scheme.name}_sliding"]) < EXACT
    order = golden_order(model)
    jacobian = equation.jacobian.to_scipy().toarray()[np.ix_(order, order)]
    assert difference(jacobian, arrays[f"residual_{scheme.name}_jacobian"]) < EXACT

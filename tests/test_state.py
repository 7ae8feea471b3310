"""State: what a simulation changes."""

import numpy as np
import pytest
from sample_cloth import perturbed, sample_model

from warp_fabric.state import State

NAMES = ("position", "sliding", "velocity", "sliding_velocity", "anchor")


@pytest.fixture
def model(device):
    return sample_model("twill", device)


def test_rest_is_flat_unmoved_and_stuck_where_it_lies(model):
    arrays = State.rest(model).numpy()
    assert (*arrays,) == NAMES
    np.testing.assert_array_equal(arrays["position"], model.rest_position)
    np.testing.assert_array_equal(arrays["sliding"], model.rest_sliding)
    np.testing.assert_array_equal(arrays["anchor"], model.rest_sliding)
    assert not arrays["velocity"].any()
    assert not arrays["sliding_velocity"].any()


def test_arrays_of_any_shape_that_fits(model):
    grid = np.random.default_rng(0).standard_normal((6, 7, 3))
    for given in (grid, grid.reshape(42, 3), grid.tolist()):
        np.testing.assert_array_equal(State.of(model, position=given).numpy()["position"], grid.reshape(42, 3))
    with pytest.raises(ValueError, match="shape"):
        State.of(model, position=grid[:5, :6])


def test_friction_sticks_where_crossings_are_unless_told(model):
    sliding = model.rest_sliding + 1e-5
    np.testing.assert_array_equal(State.of(model, sliding=sliding).numpy()["anchor"], sliding)
    anchored = State.of(model, sliding=sliding, anchor=model.rest_sliding).numpy()
    np.testing.assert_array_equal(anchored["anchor"], model.rest_sliding)


def test_double_precision_survives(model):
    position = model.rest_position + 1e-17 / 3.0
    np.testing.assert_array_equal(State.of(model, position=position).numpy()["position"], position)
    assert State.rest(model).numpy()["position"].dtype == np.float64


def test_clones_and_copies_have_memory_of_their_own(model):
    state = perturbed(model, seed=1).state
    before = state.numpy()
    clone, copied = state.clone(), State.empty(model)
    copied.copy_from(state)
    for name in NAMES:
        getattr(state, name).zero_()
    for other in (clone, copied):
        for name, array in other.numpy().items():
            np.testing.assert_array_equal(array, before[name])
    assert all(array.any() for array in before.values())  # numpy() gave copies, too


def test_gradients_where_asked(model):
    assert all(getattr(State.empty(model, requires_grad=True), name).requires_grad for name in NAMES)
    assert not any(getattr(State.empty(model), name).requires_grad for name in NAMES)


def test_the_arrays_of_a_state(model):
    state = State.of(model, requires_grad=True, velocity=np.ones((model.node_count, 3)))
    assert [id(array) for array in state.arrays()] == [id(getattr(state, name)) for name in NAMES]
    assert [id(array) for array in state.moving()] == [id(getattr(state, name)) for name in NAMES[:4]]
    assert all(array.requires_grad for array in state.arrays())
    np.testing.assert_array_equal(state.velocity.numpy(), 1.0)
    assert not any(array.requires_grad for array in State.of(model).arrays())


def test_a_states_gradient_is_the_gradient_of_its_arrays(model):
    state = State.empty(model, requires_grad=True)
    state.gradient().sliding.fill_(3.0)
    np.testing.assert_array_equal(state.sliding.grad.numpy(), 3.0)
    assert not state.sliding.numpy().any()
    assert not state.gradient().position.numpy().any()

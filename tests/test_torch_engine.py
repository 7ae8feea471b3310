"""The engine under torch's functions: memory in common, parameters set and set back, and nobody's tape touched."""

from contextlib import nullcontext

import numpy as np
import pytest
import warp as wp
from small_run import small_scene

import warp_fabric as wf

torch = pytest.importorskip("torch")

from warp_fabric.errors import SceneError  # noqa: E402
from warp_fabric.initial import STATE  # noqa: E402
from warp_fabric.memory.machine import Room  # noqa: E402
from warp_fabric.torch_engine import Engine, add, is_parameter, numbers, shared, shared_state  # noqa: E402
from warp_fabric.types import vec2, vec3  # noqa: E402


@pytest.fixture(scope="module")
def engine(device) -> Engine:
    return Engine(small_scene(), device, "auto")


def test_a_shared_array_is_the_tensor(engine):
    tensor = engine.zeros(3)
    array = shared(tensor, vec3)
    assert (array.ptr, array.shape, array.dtype) == (tensor.data_ptr(), (30,), vec3)
    assert not array.requires_grad
    tensor[0, 1, 2] = 7.0
    assert array.numpy()[1, 2] == 7.0
    part = tensor.clone().requires_grad_()[2]
    assert shared(part, vec3).ptr == part.data_ptr()


def test_a_shared_state_is_in_order(engine):
    tensors = [engine.start[name] for name in STATE]
    state = shared_state(tensors)
    for name, array in state.numpy().items():
        np.testing.assert_array_equal(array, engine.start[name].cpu().reshape(array.shape))


@pytest.mark.parametrize(("kind", "width"), [(vec2, 2), (vec3, 3)])
def test_adding(engine, kind, width):
    x, out = engine.zeros(width) + 1.5, engine.zeros(width) + 2.0
    with engine.working():
        add(kind, x, shared(out, kind))
    assert torch.equal(out, engine.zeros(width) + 3.5)


def test_names():
    assert is_parameter("yarns.soft.radius")
    assert not is_parameter("forces")
    assert not is_parameter("initial.position")
    value = torch.tensor(2.0, dtype=torch.float64)
    found = numbers(["contact.friction", "forces"], [value, value])
    value.fill_(3.0)
    assert found == {"contact.friction": 2.0}


def test_parameters_are_set_and_set_back(engine):
    material, own = engine.model.material, engine.scene.contact.friction
    engine.set({"contact.friction": np.array(0.25)})
    assert material.friction.numpy()[0] == 0.25
    engine.set({"environment.wind": np.array([1.0, 2.0, 3.0])})
    assert material.friction.numpy()[0] == own
    np.testing.assert_array_equal(material.wind.numpy()[0], [1.0, 2.0, 3.0])
    with pytest.raises(wf.SceneError, match=r"contact.friction"):
        engine.set({"contact.friction": np.array(-0.5)})
    engine.set({})
    assert material.friction.numpy()[0] == own
    np.testing.assert_array_equal(material.wind.numpy()[0], engine.scene.environment.wind)


def test_no_tape_records_it(engine):
    with wp.Tape() as tape, engine.working():
        wp.copy(shared(engine.zeros(3), vec3), shared(engine.zeros(3), vec3))
    assert not tape.launches


def test_torch_waits_for_the_device_even_after_an_error(engine, monkeypatch):
    """Warp's work may still use tensors that torch frees once the error has left."""

    class Stream:
        def __init__(self, name):
            self.name = name

        def wait_stream(self, other):
            waited.append((self.name, other.name))

    class Device:
        is_cuda, stream = True, Stream("warp")

    waited = []
    monkeypatch.setattr(engine.model, "device", Device)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: None)
    monkeypatch.setattr(wp, "stream_from_torch", lambda stream: Stream("torch"))
    monkeypatch.setattr(wp, "ScopedDevice", lambda device: nullcontext())
    with engine.working():
        pass
    assert waited == [("warp", "torch"), ("torch", "warp")]
    with pytest.raises(ZeroDivisionError), engine.working():
        1 / 0  # noqa: B018
    assert waited == 2 * [("warp", "torch"), ("torch", "warp")]


def test_the_border_has_no_gradient_by_sliding(engine):
    ones = engine.zeros(2) + 1.0
    inner = engine.inner("initial.sliding", ones.clone())
    assert torch.equal(inner[1:-1, 1:-1], ones[1:-1, 1:-1])
    assert inner.sum() == ones[1:-1, 1:-1].sum()
    assert torch.equal(engine.inner("initial.velocity", ones.clone()), ones)


def test_a_rollout_that_does_not_fit_is_refused(monkeypatch):
    monkeypatch.setattr("warp_fabric.limits.room", lambda: Room(1000, "this machine"))
    with pytest.raises(SceneError, match="a gradient of 6 x 5 crossings takes about"):
        Engine(small_scene(), "cpu", "auto")

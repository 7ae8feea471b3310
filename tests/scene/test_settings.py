import pytest

from warp_fabric.errors import SceneError
from warp_fabric.scene import Contact, Environment, Initial, Pin, SolverSettings, Time


def test_defaults_are_those_of_the_scene_file():
    contact, environment, solver = Contact(), Environment(), SolverSettings()
    assert (contact.shear_modulus, contact.friction, contact.friction_stiffness) == (1000.0, 0.5, 1000.0)
    assert (contact.sliding_damping, contact.parallel_stiffness) == (1000.0, 1.0)
    assert (environment.gravity, environment.wind) == ((0.0, 0.0, -9.8), (0.0, 0.0, 0.0))
    assert (environment.wind_density, environment.wind_drag) == (1.2, 0.0)
    assert (Time(duration=1, step=1).frames_per_second, Time(duration=1, step=1).integrator) == (24.0, "bdf2")
    assert (Pin((0, 0)).stiffness, Pin((0, 0)).path) == (1.0e4, None)
    assert (Initial().state, Initial().frame, solver.device) == (None, -1, "auto")


@pytest.mark.parametrize(
    ("duration", "step", "rate", "frames", "steps"),
    [
        (0.5, 0.001, 1000.0, 500, 1),
        (0.3, 0.001, 1000.0, 300, 1),
        (1.0, 1e-3, 24.0, 24, 42),
        (1 / 24, 1e-3, 24.0, 1, 42),
        (0.291667, 0.01, 24.0, 7, 5),
        (2.0, 10.0, 2.0, 4, 1),
        (0.07, 0.00025, 1000.0, 70, 4),
    ],
)
def test_frames_and_steps(duration, step, rate, frames, steps):
    time = Time(duration=duration, step=step, frames_per_second=rate)
    assert (time.frame_count, time.steps_per_frame) == (frames, steps)
    assert time.step_size == pytest.approx(1 / rate / steps, rel=1e-15)
    assert time.step_size <= step * (1 + 1e-8)


def test_a_static_time_has_one_frame_and_no_steps():
    time = Time(integrator="static")
    assert (time.frame_count, time.steps_per_frame, time.step_size) == (0, 0, 0.0)
    assert Time(integrator="static", duration=0.123, step=7.0).frame_count == 0


@pytest.mark.parametrize(
    ("values", "where", "says"),
    [
        ({"step": 1e-3}, "time.duration", "missing"),
        ({"duration": 1.0}, "time.step", "missing"),
        ({"duration": 0.05, "step": 1e-3}, "time.duration", "1.2 frames"),
        ({"duration": 0.01, "step": 1e-3}, "time.duration", "0.24 frames"),
        ({"duration": 1e300, "step": 1e-3}, "time.duration", "whole number of frames"),
        ({"duration": 1e300, "step": 1e-3, "frames_per_second": 1e300}, "time.duration", "inf frames"),
        ({"duration": 1.0, "step": 1e-300}, "time.step", "too many"),
        ({"duration": 1e300, "step": 1e-300, "frames_per_second": 1e-300}, "time.step", "too many"),
        ({"duration": 0, "step": 1e-3}, "time.duration", "above 0"),
        ({"duration": 1, "step": -1e-3}, "time.step", "above 0"),
        ({"duration": 1, "step": 1e-3, "frames_per_second": 0}, "time.frames_per_second", "above 0"),
        ({"duration": 1, "step": 1e-3, "integrator": "BDF2"}, "time.integrator", "did you mean bdf2"),
    ],
)
def test_impossible_times(values, where, says):
    with pytest.raises(SceneError, match=says) as caught:
        Time(**values)
    assert caught.value.where == where
    assert caught.value.fix


@pytest.mark.parametrize(
    ("wind", "density", "drag", "blows"),
    [((0, 5, 0), 1.2, 0, True), ((0, 5, 0), 0, 0.5, True), ((0, 5, 0), 0, 0, False), ((0, 0, 0), 1.2, 0.5, False)],
)
def test_when_wind_blows(wind, density, drag, blows):
    assert Environment(wind=wind, wind_density=density, wind_drag=drag).wind_blows is blows


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: Pin((0, -1)), "pins.crossing[1]"),
        (lambda: Pin((0, 0, 0)), "pins.crossing"),
        (lambda: Pin((0, 1.0)), "pins.crossing[1]"),
        (lambda: Pin((0, 0), stiffness=0), "pins.stiffness"),
        (lambda: Environment(gusts=[]), "environment.gusts"),
        (lambda: Environment(gusts=[[0, 0, 0]]), "environment.gusts[0]"),
        (lambda: Environment(gusts=[[1, 0, 0, 0], [1, 0, 0, 0]]), "environment.gusts[1]"),
        (lambda: Pin((0, 0), path=[]), "pins.path"),
        (lambda: Pin((0, 0), path=[[0, 0, 0]]), "pins.path[0]"),
        (lambda: Pin((0, 0), path=[[0, 0, 0, 0], [0, 1, 1, 1]]), "pins.path[1]"),
        (lambda: Pin((0, 0), path=[[1, 0, 0, 0], [2, 1, 1, 1], [1.5, 1, 1, 1]]), "pins.path[2]"),
        (lambda: Pin((0, 0), path=[[0, 0, 0, float("nan")]]), "pins.path[0][3]"),
        (lambda: Environment(wind=[0, 1]), "environment.wind"),
        (lambda: Environment(gravity=[0, 0, "9"]), "environment.gravity[2]"),
        (lambda: Environment(wind_density=-1), "environment.wind_density"),
        (lambda: Initial(state=""), "initial.state"),
        (lambda: Initial(frame=3), "initial.frame"),
        (lambda: Initial(state="a.h5", frame=1.0), "initial.frame"),
        (lambda: SolverSettings(tolerance=0), "solver.tolerance"),
        (lambda: SolverSettings(device="gpu"), "solver.device"),
    ],
)
def test_impossible_values(make, where):
    with pytest.raises(SceneError) as caught:
        make()
    assert caught.value.where == where
    assert caught.value.fix


@pytest.mark.parametrize("name", ["auto", "cpu", "cuda", "cuda:0", "cuda:11"])
def test_devices(name):
    assert SolverSettings(device=name).device == name

"""Rollouts: against the golden ones, frame by frame; resumed bit for bit; with forces from outside."""

from pathlib import Path

import numpy as np
import pytest
import warp as wp
from sample_cloth import golden, golden_scene, largest

import warp_fabric as wf
from warp_fabric.errors import SceneError
from warp_fabric.solver.rollout import Frame, Rollout
from warp_fabric.types import vec3

AGREEMENT = 1e-7
STATE = ("position", "sliding", "velocity", "sliding_velocity", "anchor")
SHORT = {"time.duration": 0.006}


def stacked(run: Rollout) -> dict[str, np.ndarray]:
    """All frames, the first included: [frames, picks, ends, ...] by name."""
    frames = [run.frame(), *run.frames()]
    return {name: np.array([frame.arrays[name] for frame in frames]) for name in frames[0].arrays} | {
        "time": np.array([frame.time for frame in frames])
    }


def mirrored(run: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A run of a flat strip with its picks in reverse order, seen in a mirror across them."""
    rest = run["position"][0]
    found = {name: array[:, ::-1].copy() if array.ndim > 2 else array for name, array in run.items()}
    found["position"][..., 1] = rest[0, 0, 1] + rest[-1, 0, 1] - found["position"][..., 1]
    found["velocity"][..., 1] *= -1.0
    for name in ("sliding", "anchor"):
        ends = run[name][0, ..., 1]
        found[name][..., 1] = ends[0] + ends[-1] - found[name][..., 1]
    found["sliding_velocity"][..., 1] *= -1.0
    return found


ROLLOUTS = (
    *("hang_plain_euler", "hang_plain_bdf2", "pull_twill_bdf2", "snag_plain_bdf2"),
    *("crimp_hang_cotton_bdf2", "crimp_pull_plain_euler", "crimp_flatten_plain_euler", "damped_hang_twill_bdf2"),
    *("contact_fall_sphere_bdf2", "contact_slope_stick_euler", "contact_stair_mesh_bdf2", "contact_fold_strip_bdf2"),
    *("contact_fold_small_euler", "contact_moving_sphere_euler"),
)


@pytest.mark.parametrize("name", ROLLOUTS)
def test_golden_rollouts(device, name):
    expected, actual = golden(name), stacked(Rollout(golden_scene(name), device))
    if "interchange" in expected and "flattening" not in expected:
        assert not actual.pop("flattening").any()  # crossings are rigid
    if "contact" in name:
        assert actual.pop("contact_force").any()
    assert {*actual} == {*expected}
    np.testing.assert_allclose(actual["time"], expected["time"], atol=1e-12)
    if name == "contact_fold_strip_bdf2":  # buckles to one side or the other: rounding tells which
        actual = min(actual, mirrored(actual), key=lambda run: largest(run["position"] - expected["position"]))
    displacement = largest(expected["position"] - expected["position"][0])
    slide = largest(expected["sliding"] - expected["sliding"][0])
    assert largest(actual["position"] - expected["position"]) < AGREEMENT * displacement
    # Where nothing slips, slides are below 1e-6 m, and rounding is not small beside them.
    slips = name == "snag_plain_bdf2"
    reach = slide if slips else displacement
    assert (slide > 5e-4) == slips
    assert largest(actual["sliding"] - expected["sliding"]) < AGREEMENT * reach
    assert largest(actual["anchor"] - expected["anchor"]) < AGREEMENT * reach
    for rate, size in (("velocity", "velocity"), ("sliding_velocity", "sliding_velocity" if slips else "velocity")):
        assert largest(actual[rate] - expected[rate]) < 10 * AGREEMENT * largest(expected[size]), rate
    for rise in ("interchange", "flattening"):
        if rise in expected:
            assert largest(actual[rise] - expected[rise]) < AGREEMENT * displacement, rise
            assert (largest(expected[rise]) > 1e-5) == ("hang" not in name), rise
    # Bending across a spacing turns lengths into newtons; stretch does so more stiffly. In crimped cloth that hangs
    # next to nothing presses, and 1e-12 of a yarn's strain is seen.
    pressed = largest(expected["compression"])
    assert largest(actual["compression"] - expected["compression"]) < max(1e-5 * pressed, 1e-10)


def test_border_crossings_hold_their_rest_coordinates(device):
    run = stacked(Rollout(golden_scene("snag_plain_bdf2").replace(SHORT), device))
    fabric = golden_scene("snag_plain_bdf2").build()
    border = ~fabric.slides
    resting = np.tile(fabric.sliding[border], (7, 1, 1))
    np.testing.assert_array_equal(run["anchor"][:, border], resting)
    np.testing.assert_allclose(run["sliding"][:, border], resting, rtol=1e-15)  # bdf2 weighs two equal numbers
    assert not run["sliding_velocity"][:, border].any()
    assert not run["compression"][:, border].any()


def test_frames_and_steps(device):
    """Frames are a whole number of steps apart; reports come step by step."""
    changes = SHORT | {"time.step": 3.4e-4}  # three steps of 1/3 ms a frame
    run, reports = Rollout(golden_scene("hang_plain_bdf2").replace(changes), device), []
    assert (run.frame_count, run.steps_per_frame) == (6, 3)
    assert run.step_size == pytest.approx(1e-3 / 3)
    frames = list(run.frames(reports.append))
    np.testing.assert_allclose([frame.time for frame in frames], 1e-3 * np.arange(1, 7), rtol=1e-12)
    assert [report.scheme for report in reports] == ["euler"] + 17 * ["bdf2"]
    np.testing.assert_allclose([report.time for report in reports], np.arange(1, 19) * 1e-3 / 3, rtol=1e-12)
    assert run.steps_done == 18
    assert list(run.frames()) == []


def test_a_frame_is_a_copy(device):
    run = Rollout(golden_scene("hang_plain_bdf2").replace(SHORT), device)
    first = run.frame()
    before = {name: array.copy() for name, array in first.arrays.items()}
    run.step()
    for name, array in first.arrays.items():
        np.testing.assert_array_equal(array, before[name])
    assert first.arrays["position"].shape == (5, 5, 3)
    assert first.arrays["compression"].shape == (5, 5)


@pytest.mark.parametrize("name", ["hang_plain_euler", "snag_plain_bdf2"])
@pytest.mark.parametrize("stop", [1, 4])
def test_a_resumed_run_is_the_same_to_the_last_bit(device, name, stop):
    scene = golden_scene(name).replace(SHORT)
    whole = [frame.arrays for frame in Rollout(scene, device).frames()]
    first = Rollout(scene, device)
    for _ in range(stop):
        first.step()
    assert first.previous is not None
    again = Rollout(scene, device, initial=first.state.numpy())
    again.resume(first.previous.numpy(), first.steps_done)
    rest = [frame.arrays for frame in again.frames()]
    assert len(rest) == 6 - stop
    for expected, actual in zip(whole[stop:], rest):
        for key in (*STATE, "compression"):
            np.testing.assert_array_equal(actual[key], expected[key], err_msg=key)


def test_a_restart_begins_with_an_euler_step(device):
    scene = golden_scene("hang_plain_bdf2").replace(SHORT)
    run = Rollout(scene, device)
    frames: list[Frame] = [run.frame(), *run.frames()]
    initial = {name: frames[3].arrays[name] for name in STATE}
    restarted = Rollout(scene, device, initial=initial)
    assert restarted.time == 0.0
    for name in STATE:
        np.testing.assert_array_equal(restarted.frame().arrays[name], initial[name])
    assert restarted.step().scheme == "euler"
    difference = restarted.frame().arrays["position"] - frames[4].arrays["position"]
    assert 0.0 < largest(difference) < 1e-4


def test_going_back_to_the_start(device):
    """As its arrays are now; what was recorded is forgotten."""
    run = Rollout(golden_scene("hang_plain_bdf2").replace(SHORT), device)
    recording = run.record()
    first = [run.step() and run.state.numpy() for _ in range(3)]
    assert (len(recording.steps), run.steps_done) == (3, 3)
    run.restart()
    assert (run.recording, run.previous, run.parts, run.steps_done, run.time) == (None, None, [], 0, 0.0)
    assert run.state is run.initial
    for expected in first:
        run.step()
        for name, array in run.state.numpy().items():
            np.testing.assert_array_equal(array, expected[name])
    run.initial.velocity.fill_(0.1)
    run.restart()
    run.step()
    assert largest(run.state.numpy()["position"] - first[0]["position"]) > 5e-5


def test_recorded_states_are_not_written_again(device):
    """Those of runs that nobody records are, in turns; the first never."""
    run = Rollout(golden_scene("hang_plain_bdf2").replace(SHORT), device)
    before = run.initial.numpy()
    states = [run.step() and run.state for _ in range(6)]
    assert len({id(state) for state in states}) <= 4
    run.restart()
    run.step()
    run.record()
    states = [run.state, *(run.step() and run.state for _ in range(5))]
    assert len({id(state) for state in states}) == 6
    values = [state.numpy() for state in states]
    run.restart()
    for expected in values:
        run.step()
        np.testing.assert_array_equal(run.state.position.numpy(), expected["position"])
    for name, array in run.initial.numpy().items():
        np.testing.assert_array_equal(array, before[name])


def test_the_parts_of_the_last_step(device):
    run = Rollout(golden_scene("hang_plain_bdf2").replace(SHORT), device)
    run.step()
    assert [part.scheme.name for part in run.parts] == ["euler"]
    before = run.state
    run.step()
    (part,) = run.parts
    assert (part.scheme.name, part.state, part.out) == ("bdf2", before, run.state)
    assert part.end == pytest.approx(0.002)


def test_forces_from_outside(device):
    """A crossing of cloth without weight, pulled by a force of one step, gains that momentum; then nothing pulls."""
    scene = golden_scene("snag_plain_bdf2").replace(
        SHORT | {"pins": [], "environment.gravity": [0.0, 0.0, 0.0], "time.integrator": "euler"}
    )
    forces = np.zeros((6, 7, 7, 3))
    forces[1, 2, 3] = [0.0, 0.0, 1e-4]
    run = stacked(Rollout(scene, device, forces=forces))
    assert largest(run["velocity"][1]) < 1e-9
    masses = {"picks": 7 * 6 * 1.5e-3 * 2e-3, "ends": 6 * 1.5e-3 * (4 * 2e-3 + 3 * 2.5e-3)}
    # Uniform motion would have this speed; whatever the cloth does, its centre of mass has it.
    expected = 1e-4 * 1e-3 / sum(masses.values())
    weight = node_mass()
    for frame in (2, 4, 6):
        mean = (weight[..., None] * run["velocity"][frame]).sum(axis=(0, 1)) / weight.sum()
        np.testing.assert_allclose(mean, [0.0, 0.0, expected], rtol=1e-3, atol=1e-3 * expected)


def node_mass() -> np.ndarray:
    """[7, 7] half of the mass of the segments around each crossing of the snag scene [kg]."""
    along_end = np.where(np.arange(7) % 2 == 0, 2e-3, 2.5e-3)
    halves = np.where(np.isin(np.arange(7), (0, 6)), 0.5, 1.0)
    return 1.5e-3 * (2e-3 * halves[None, :] + along_end[None, :] * halves[:, None])


@pytest.mark.parametrize("fault", ["shape", "nan"])
def test_forces_that_do_not_fit(device, fault):
    forces = np.zeros((6, 5, 5, 3) if fault == "nan" else (5, 5, 5, 3))
    if fault == "nan":
        forces[2, 1, 1, 0] = np.nan
    with pytest.raises(SceneError, match=r"\(6, 5, 5, 3\)"):
        Rollout(golden_scene("hang_plain_bdf2").replace(SHORT), device, forces=forces)


@pytest.mark.parametrize("count", [24, pytest.param(48, marks=pytest.mark.slow)])
def test_the_demo_cloth_folds_without_stalling(device, count):
    """A real sett in the wind, past the moment (0.15 s) at which its first folds form; half of it, and all."""
    folder = Path(wf.__file__).parent / "demo"
    corners = [{"crossing": [0, 0]}, {"crossing": [0, count - 1]}]
    size = {"fabric.picks": count, "fabric.ends": count, "pins": corners}
    scene = wf.load_scene(folder / "herringbone.toml").replace(size)
    rollout = Rollout(scene, device=device)
    reports = [rollout.step() for _ in range(95)]
    assert max(report.parts for report in reports) == 1
    assert np.mean([report.newton_iterations for report in reports[75:]]) < 8.0


def test_an_equilibrium_has_no_steps(device):
    with pytest.raises(SceneError, match="no steps"):
        Rollout(golden_scene("static_strip"), device)


def test_forces_that_are_written_again(device):
    """A controller may use one array for all its steps: those to be simulated again keep the values they were given."""
    rollout = Rollout(golden_scene("snag_plain_bdf2").replace(SHORT), device, checkpoint=3)
    recording = rollout.record()
    force = wp.zeros(rollout.model.node_count, dtype=vec3, device=device)
    for k in range(4):
        force.fill_(1e-5 * k)
        rollout.step(force)
    kept = [step.forces.numpy() for step in recording.steps if step.forces is not None]
    np.testing.assert_allclose([values[0, 0] for values in kept], [0.0, 1e-5, 2e-5, 3e-5], rtol=1e-12)

"""Going on from a frame of an earlier run, also under another scene."""

from dataclasses import replace

import numpy as np
import pytest
from small_run import differing, small_scene

import warp_fabric as wf
from warp_fabric.checkpoint import Checkpoint
from warp_fabric.kept_frames import kept_run, run_at_frame
from warp_fabric.progress import Progress
from warp_fabric.simulation import checkpoint_path, failed_path, simulate_to
from warp_fabric.trajectory import COMPONENTS

EULER = small_scene(time__integrator="euler")


def stopping_after(steps: int):
    """A callback that stops a run."""
    count = iter(range(steps))

    def on_step(_report) -> None:
        if next(count, None) is None:
            raise KeyboardInterrupt

    return on_step


def assert_close(run: wf.Trajectory, expected: wf.Trajectory) -> None:
    assert run.frame_count == expected.frame_count
    for name in ("time", *COMPONENTS):
        array, other = getattr(run, name), getattr(expected, name)
        np.testing.assert_allclose(array, other, rtol=0, atol=1e-9 * max(1e-3, np.abs(other).max()), err_msg=name)


@pytest.mark.parametrize("frame", [0, 3, 8])
def test_an_unchanged_scene_gives_the_same_run(frame, tmp_path):
    path, kept, told = tmp_path / "run.h5", [], []
    first = simulate_to(path, EULER)
    again = simulate_to(path, EULER, start_from=frame, on_kept=kept.append, on_frame=told.append)
    assert_close(again, first)
    assert [each.time for each in kept] == list(first.time[: frame + 1])
    assert [each.time for each in told] == list(first.time[frame + 1 :])
    assert again.statistics["totals"]["steps"] == 5 * (8 - frame)
    assert_close(wf.load_trajectory(path), first)
    assert not checkpoint_path(path).exists()


def test_the_frames_of_an_interrupted_run(tmp_path):
    path = tmp_path / "run.h5"
    with pytest.raises(KeyboardInterrupt):
        simulate_to(path, EULER, on_step=stopping_after(18))
    checkpoint = checkpoint_path(path)
    kept = kept_run(checkpoint)
    whole = simulate_to(path, EULER, resume=True)
    assert kept.frame_count == 4
    assert (kept.scene, kept.version, kept.device) == (EULER, whole.version, whole.device)
    for name in ("time", *COMPONENTS):
        assert np.array_equal(getattr(kept, name), getattr(whole, name)[:4])
    with pytest.raises(wf.TrajectoryError, match="cannot be read"):
        kept_run(checkpoint)


def test_how_many_frames_a_checkpoint_has(tmp_path):
    path, fabric = checkpoint_path(tmp_path / "run.h5"), EULER.build()
    checkpoint = Checkpoint(path, {}, fabric.drawdown.shape)
    for steps in (12, 18, 3):  # in several pieces
        with pytest.raises(KeyboardInterrupt):
            simulate_to(tmp_path / "run.h5", EULER, resume=path.exists(), on_step=stopping_after(steps))
        assert checkpoint.frame_count() == kept_run(path).frame_count
    path.write_bytes(b"something else")
    with pytest.raises(wf.TrajectoryError, match="not a checkpoint in this version"):
        checkpoint.frame_count()


def test_the_scene_may_change(tmp_path):
    path = tmp_path / "run.h5"
    first = simulate_to(path, small_scene())
    other = small_scene(environment__wind=(0.0, -6.0, 0.0), time__step=2.5e-3, time__duration=0.03)
    other = replace(other, pins=other.pins[:1])  # at the same place at all times
    run = simulate_to(path, other, start_from=4)
    assert np.array_equal(run.position[:5], first.position[:5])
    assert run.frame_count == 7
    assert np.abs(run.position[6] - first.position[6]).max() > 1e-7
    assert wf.load_trajectory(path).scene == other
    # the state is all that counts
    first.save(tmp_path / "first.h5")
    state = {"initial.state": str(tmp_path / "first.h5"), "initial.frame": 4, "time.duration": 0.01}
    expected = wf.simulate(other.replace(state))
    np.testing.assert_allclose(run.position[4:], expected.position, rtol=0, atol=1e-12)


def test_it_goes_on_from_what_an_interrupted_run_left(tmp_path):
    path = tmp_path / "run.h5"
    with pytest.raises(KeyboardInterrupt):
        simulate_to(path, EULER, on_step=stopping_after(22))
    with pytest.raises(wf.TrajectoryError, match="no frame 5 to continue from") as error:
        simulate_to(path, EULER, start_from=5)
    assert "0 to 4" in error.value.fix
    assert_close(simulate_to(path, EULER, start_from=2), wf.simulate(EULER))


def test_it_can_be_interrupted_again_and_resumed(tmp_path):
    path = tmp_path / "run.h5"
    simulate_to(path, EULER)
    other = EULER.replace({"environment.wind": (0.0, -6.0, 0.0)})
    expected = simulate_to(path, other, start_from=2)
    simulate_to(path, EULER)
    with pytest.raises(KeyboardInterrupt):
        simulate_to(path, other, start_from=2, on_step=stopping_after(7))
    run = simulate_to(path, other, resume=True)
    assert differing(run, expected) == []
    assert run.statistics["totals"]["steps"] == 30


def test_it_goes_on_from_what_a_failed_run_left(tmp_path):
    path = tmp_path / "run.h5"
    failed = simulate_to(failed_path(path), EULER.replace({"time.duration": 0.02}))
    again = simulate_to(path, EULER, start_from=4)
    assert np.array_equal(again.position[:5], failed.position)
    other = EULER.replace({"environment.wind": (0.0, -6.0, 0.0)})
    simulate_to(path, other)  # since then the failed run is old
    assert_close(simulate_to(path, other, start_from=3), wf.simulate(other))


def test_crossings_can_begin_to_give_at_a_frame(tmp_path):
    path = tmp_path / "run.h5"
    rigid = EULER.replace({"fabric.crimp": "touching"})
    before = simulate_to(path, rigid)
    run = simulate_to(path, rigid.replace({"contact.crossing_stiffness": 10.0}), start_from=2)
    assert np.array_equal(run.interchange[:3], before.interchange[:3])
    assert not run.flattening[:3].any()
    assert run.flattening[3:].any()
    again = simulate_to(path, rigid, start_from=4)
    assert again.flattening is None
    assert np.array_equal(again.interchange[:5], run.interchange[:5])


def test_what_does_not_fit(tmp_path):
    path = tmp_path / "run.h5"
    with pytest.raises(wf.TrajectoryError, match="no such trajectory file"):
        simulate_to(path, EULER, start_from=1)
    simulate_to(path, EULER)
    before = path.read_bytes()
    for changes, told in (
        ({"fabric__picks": 7}, "6 picks x 5 ends, the scene 7 x 5"),
        ({"fabric__pick_spacing": 1.2e-3}, "other spacings"),
        ({"fabric__crimp": "touching"}, "straight yarns"),
        ({"time__frames_per_second": 100.0}, "frames are not 100 per second"),
        ({"time__duration": 0.01}, "no frame 3"),
        ({"time__integrator": "static", "environment__wind": (0.0, 0.0, 0.0)}, "no frame 3"),
    ):
        with pytest.raises(wf.TrajectoryError, match=told):
            run_at_frame(path, small_scene(**changes), 3)
    for frame in (-1, 9):
        with pytest.raises(wf.TrajectoryError, match=f"no frame {frame}"):
            simulate_to(path, EULER, start_from=frame)
    for other in ("resume", "restart"):
        with pytest.raises(wf.TrajectoryError, match="exclude each other"):
            simulate_to(path, EULER, start_from=1, **{other: True})
    checkpoint_path(path).write_bytes(b"nonsense")
    with pytest.raises(wf.TrajectoryError, match="not a checkpoint in this version"):
        simulate_to(path, EULER, start_from=1)
    assert path.read_bytes() == before


def test_steps_are_counted_from_the_frame(tmp_path):
    path, events = tmp_path / "run.h5", []

    class Kept(Progress):
        def begin(self, facts):
            events.append(facts["steps_done"])

    simulate_to(path, EULER)
    simulate_to(path, EULER, start_from=6, progress=Kept())
    assert events == [30]

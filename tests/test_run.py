import shutil
import warnings

import numpy as np
import pytest
from small_run import differing, small_scene

from warp_fabric import SceneError, SolverError, TrajectoryError, simulate
from warp_fabric import run as run_module
from warp_fabric.checkpoint import Checkpoint
from warp_fabric.kept_frames import kept_run
from warp_fabric.limits import find_device
from warp_fabric.progress import Progress
from warp_fabric.run import CheckpointWarning, Run
from warp_fabric.solver.rollout import Rollout


class Stopped(Exception):
    pass


def stop_after(count: int):
    taken = []

    def on_step(report):
        taken.append(report)
        if len(taken) == count:
            raise Stopped

    return on_step


@pytest.mark.parametrize("integrator", ["bdf2", "euler"])
@pytest.mark.parametrize("steps", [1, 5, 22])
def test_resuming_continues_bit_for_bit(tmp_path, device, integrator, steps):
    scene, path = small_scene(time__integrator=integrator), tmp_path / "checkpoint"
    whole = simulate(scene, device=device)
    with pytest.raises(Stopped):
        simulate(scene, device=device, checkpoint=path, on_step=stop_after(steps))
    frames = []
    resumed = simulate(
        scene, device=device, checkpoint=path, resume=True, on_frame=lambda frame: frames.append(frame.time)
    )
    assert differing(whole, resumed) == []
    assert frames == list(whole.time[1 + steps // 5 :])
    counts = ("time", "scheme", "newton_iterations", "krylov_iterations")
    reports = [[[report[name] for name in counts] for report in run.statistics["steps"]] for run in (whole, resumed)]
    assert reports[0] == reports[1]
    assert not path.exists()


def test_resuming_twice_with_forces(tmp_path):
    scene, path = small_scene(), tmp_path / "checkpoint"
    forces = 1e-4 * np.random.default_rng(1).standard_normal((40, 6, 5, 3))
    whole = simulate(scene, forces=forces)
    assert "position" in differing(whole, simulate(scene))
    for steps in (7, 9):
        with pytest.raises(Stopped):
            simulate(scene, forces=forces, checkpoint=path, resume=True, on_step=stop_after(steps))
    with pytest.raises(TrajectoryError, match="forces differ"):
        simulate(scene, forces=2 * forces, checkpoint=path, resume=True)
    with pytest.raises(TrajectoryError, match=r"friction = 0\.6"):
        simulate(small_scene(contact__friction=0.6), forces=forces, checkpoint=path, resume=True)
    assert differing(whole, simulate(scene, forces=forces, checkpoint=path, resume=True)) == []


def test_an_interrupt_inside_a_step_resumes_too(tmp_path, monkeypatch):
    """Ctrl-C comes at any moment: here after the step is computed, before the run knows of it."""
    scene, path = small_scene(), tmp_path / "checkpoint"
    whole, step, calls = simulate(scene), Rollout.step, []

    def interrupted(self):
        report = step(self)
        calls.append(1)
        if len(calls) == 15:
            raise KeyboardInterrupt
        return report

    monkeypatch.setattr(Rollout, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        simulate(scene, checkpoint=path)
    monkeypatch.undo()
    taken = []
    resumed = simulate(scene, checkpoint=path, resume=True, on_step=taken.append)
    assert len(taken) == 40 - 14
    assert differing(whole, resumed) == []


@pytest.mark.parametrize("dies_after", [3, 17])
def test_a_killed_run_resumes_from_its_last_checkpoint(tmp_path, monkeypatch, dies_after):
    """Killed: what lies on the disk at that moment is all that is left."""
    scene, path, left = small_scene(), tmp_path / "checkpoint", tmp_path / "left"
    monkeypatch.setattr(run_module, "CHECKPOINT_INTERVAL", 0.0)
    monkeypatch.setattr(run_module, "CHECKPOINT_SHARE", np.inf)
    reports = []

    def on_step(report):
        reports.append(report)
        if len(reports) == dies_after:
            shutil.copy(path, left)

    whole = simulate(scene, checkpoint=path, on_step=on_step)
    taken = []
    resumed = simulate(scene, checkpoint=left, resume=True, on_step=taken.append)
    assert len(taken) == 40 - dies_after
    assert differing(whole, resumed) == []


def test_checkpoints_keep_their_share_of_the_time(tmp_path, monkeypatch):
    """A clock on which steps take 0.3 s and writing a checkpoint 0.2 s."""
    now, written = [0.0], []

    class Clock:
        @staticmethod
        def monotonic():
            return now[0]

    def on_step(_report):
        now[0] += 0.3

    def write(self, _run):
        now[0] += 0.2
        written.append(now[0])

    monkeypatch.setattr(run_module, "time", Clock)
    monkeypatch.setattr(Checkpoint, "write", write)
    simulate(small_scene(), checkpoint=tmp_path / "checkpoint", on_step=on_step)
    assert 2 <= len(written) <= 0.05 * now[0] / 0.2 + 1
    assert np.diff(written).max() <= 10.0


def full(*_, **_also):
    raise OSError("no space left")


def test_a_checkpoint_that_cannot_be_written_warns_and_the_run_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "CHECKPOINT_INTERVAL", 0.0)
    monkeypatch.setattr(Checkpoint, "write", full)
    path = tmp_path / "checkpoint"
    with pytest.warns(CheckpointWarning, match="continues without it"):
        run = simulate(small_scene(), checkpoint=path)
    assert run.frame_count == 9
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CheckpointWarning)
        with pytest.raises(TrajectoryError, match="cannot be written") as caught:
            simulate(small_scene(), checkpoint=path, on_step=stop_after(3))
    assert isinstance(caught.value.__cause__, Stopped)


def test_without_a_checkpoint_to_resume_it_starts_from_the_beginning(tmp_path):
    assert differing(simulate(small_scene()), simulate(small_scene(), checkpoint=tmp_path / "c", resume=True)) == []


def test_progress_hears_everything_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "CHECKPOINT_INTERVAL", 0.0)
    heard = []

    class Listener(Progress):
        def begin(self, facts):
            heard.append(("begin", facts["frames"], facts["steps"], facts["steps_done"]))

        def step(self, report, steps_done):
            heard.append(("step", steps_done))

        def frame(self, index, time):
            heard.append(("frame", index, round(time, 9)))

        def checkpoint(self, path, steps_done, time):
            heard.append(("checkpoint", steps_done, round(time, 9)))

        def done(self, totals):
            heard.append(("done", totals["steps"]))

        def close(self):
            heard.append(("close",))

    monkeypatch.setattr(run_module, "CHECKPOINT_SHARE", np.inf)
    simulate(small_scene(time__duration=0.005), checkpoint=tmp_path / "c", progress=Listener())
    steps = [(kind, k, *rest) for k in range(1, 6) for kind, *rest in (("step",), ("checkpoint", k / 1000))]
    steps.insert(-1, ("frame", 1, 0.005))
    assert heard == [("begin", 1, 5, 0), ("frame", 0, 0.0), *steps, ("done", 5), ("close",)]


def test_a_failed_step_gives_up_the_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "CHECKPOINT_INTERVAL", 0.0)
    step = Rollout.step

    def failing(self):
        if self.steps_done == 12:
            raise SolverError("the step does not converge", where="step 13", fix="take a smaller time.step")
        return step(self)

    monkeypatch.setattr(Rollout, "step", failing)
    path = tmp_path / "checkpoint"
    run = Run(small_scene(), checkpoint=path)
    with pytest.raises(SolverError):
        run.go()
    assert not path.exists()
    kept = run.trajectory_so_far()
    assert kept is not None
    np.testing.assert_allclose(kept.time, [0.0, 0.005, 0.01])


def test_what_does_not_fit_is_refused():
    scene = small_scene()
    for forces in (np.zeros((39, 6, 5, 3)), np.full((40, 6, 5, 3), np.nan), np.zeros(3)):
        with pytest.raises(SceneError, match="forces"):
            simulate(scene, forces=forces)
    still = small_scene(time__integrator="static", environment__wind=[0, 0, 0])
    with pytest.raises(SceneError, match="an equilibrium has none"):
        simulate(still, forces=np.zeros((40, 6, 5, 3)))
    for name in ("cuda:99", "gpu"):
        with pytest.raises(SceneError, match=f"no device '{name}'"):
            simulate(scene, device=name)
    with pytest.raises(SceneError, match=r"1000000001 frames takes about 3.* GB of memory"):
        simulate(small_scene(time__duration=1e6, time__step=1e-3, time__frames_per_second=1000.0))


@pytest.mark.parametrize("place", [".", "missing/checkpoint"])
def test_a_place_no_checkpoint_can_be_in_is_found_out_at_once(tmp_path, place):
    with pytest.raises(TrajectoryError) as caught:
        Run(small_scene(), checkpoint=tmp_path / place)
    assert caught.value.where == str(tmp_path / place)


def test_a_checkpoint_that_cannot_be_removed_loses_no_run(tmp_path, monkeypatch):
    monkeypatch.setattr(type(tmp_path), "unlink", full)
    with pytest.warns(CheckpointWarning, match="cannot be removed"):
        assert simulate(small_scene(time__duration=0.005), checkpoint=tmp_path / "c").frame_count == 2


@pytest.mark.parametrize("change", [{"initial__frame": 99}, {"time__integrator": "static", "pins": []}])
def test_a_wrong_start_is_refused_before_progress_begins(tmp_path, change):
    path = simulate(small_scene(time__duration=0.005)).save(tmp_path / "run.h5")
    scene = small_scene(initial__state=str(path), environment__wind=[0, 0, 0]).replace(
        {name.replace("__", "."): value for name, value in change.items()}
    )
    with pytest.raises(SceneError) as caught:
        Run(scene)
    assert caught.value.where in ("initial.frame", "pins")


def test_the_device_is_chosen_by_the_size_of_the_cloth(monkeypatch):
    asked = []
    monkeypatch.setattr("warp_fabric.limits.resolve_device", lambda *given: asked.append(given) or "cpu")
    assert find_device(small_scene(), None) == "cpu"
    assert find_device(small_scene(), "cuda:0") == "cpu"
    assert asked == [("auto", 30), ("cuda:0", 30)]


def test_blas_keeps_to_one_thread_while_a_run_goes_on():
    threadpoolctl, seen = pytest.importorskip("threadpoolctl"), []
    with threadpoolctl.threadpool_limits(limits=2, user_api="blas"):  # else there may be one anyway
        simulate(small_scene(), on_step=lambda report: seen.append(threadpoolctl.threadpool_info()))
        after = threadpoolctl.threadpool_info()
    libraries = [library for info in seen for library in info if library["user_api"] == "blas"]
    assert libraries
    assert {library["num_threads"] for library in libraries} == {1}
    assert {library["num_threads"] for library in after if library["user_api"] == "blas"} == {2}


@pytest.mark.parametrize("stop", [2, 12, 26])
def test_the_search_for_an_equilibrium_goes_on(tmp_path, stop):
    scene = small_scene(time__integrator="static", environment__wind=[0, 0, 0], contact__friction=20.0)
    scene = scene.replace(
        {"fabric.picks": 24, "fabric.ends": 24, "pins": [{"crossing": [0, 0]}, {"crossing": [0, 23]}]}
    )
    expected = simulate(scene)
    path, seen = tmp_path / "run.checkpoint", []

    def interrupt(report):
        seen.append(report.largest_force)
        if len(seen) == stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(scene, checkpoint=path, on_step=interrupt)
    kept = kept_run(path)
    assert kept.frame_count == 1
    assert np.abs(kept.position - expected.position).max() > 0.0
    run = simulate(scene, checkpoint=path, resume=True)
    moved = np.abs(expected.position - scene.build().position).max()
    np.testing.assert_allclose(run.position, expected.position, rtol=0.0, atol=1e-6 * moved)
    assert run.statistics["totals"]["iterations"] <= expected.statistics["totals"]["iterations"] - stop + 2
    assert not path.exists()

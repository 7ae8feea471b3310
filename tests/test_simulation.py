import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sample_cloth import golden, golden_scene
from small_run import differing, small_scene

import warp_fabric as wf
from warp_fabric import simulation
from warp_fabric.limits import check_writable
from warp_fabric.simulation import checkpoint_path, failed_path, simulate_to
from warp_fabric.solver.rollout import Rollout


@pytest.mark.parametrize("name", ["hang_plain_euler", "hang_plain_bdf2"])
def test_a_golden_rollout(name, device):
    run, expected = wf.simulate(golden_scene(name), device=device), golden(name)
    rest = run.position[0]
    largest = np.abs(expected["position"] - rest).max()
    assert run.position.shape == expected["position"].shape
    np.testing.assert_allclose(run.position, expected["position"], rtol=0, atol=1e-7 * largest)
    np.testing.assert_allclose(run.sliding, expected["sliding"], rtol=0, atol=1e-7 * largest)
    force = np.abs(expected["compression"]).max()
    np.testing.assert_allclose(run.compression, expected["compression"], rtol=0, atol=1e-6 * force)
    border = ~run.fabric.slides
    assert (run.compression[:, border] == 0.0).all()
    assert (run.sliding_velocity[:, border] == 0.0).all()
    assert (run.anchor[:, border] == run.fabric.sliding[border]).all()


def test_the_golden_equilibrium(device):
    run, expected = wf.simulate(golden_scene("static_strip"), device=device), golden("static_strip")
    assert run.frame_count == 1
    assert run.time[0] == 0.0
    largest = np.abs(expected["position"] - run.fabric.position).max()
    np.testing.assert_allclose(run.position[0], expected["position"].reshape(8, 5, 3), rtol=0, atol=1e-7 * largest)
    assert (run.velocity == 0.0).all()
    assert (run.sliding_velocity == 0.0).all()
    assert np.array_equal(run.anchor[0], run.fabric.sliding)
    at_rest = wf.simulate(golden_scene("static_strip").replace({"environment.gravity": [0, 0, 0]}), device=device)
    assert np.abs(run.compression - at_rest.compression).max() > 0.01 * at_rest.compression.max()
    totals = run.statistics["totals"]
    assert totals["largest_force"] <= 1e-11
    assert totals["iterations"] > 0
    assert run.statistics["steps"] == [totals]


def test_statistics_and_frames():
    frames, reports = [], []
    run = wf.simulate(small_scene(), on_frame=frames.append, on_step=reports.append)
    assert run.position.shape == (9, 6, 5, 3)
    np.testing.assert_allclose(run.time, np.arange(9) / 200.0, rtol=1e-14)
    assert [frame.time for frame in frames] == list(run.time)
    assert all(np.array_equal(frame.arrays["anchor"], run.anchor[k]) for k, frame in enumerate(frames))
    assert [report.as_dict() for report in reports] == run.statistics["steps"]
    totals = run.statistics["totals"]
    assert totals["steps"] == 40
    assert totals["newton_iterations"] == sum(report.newton_iterations for report in reports) >= 40
    assert totals["krylov_iterations"] == sum(report.krylov_iterations for report in reports) > 0
    assert run.scene == small_scene()
    assert (run.version, run.device) == (wf.__version__, "cpu")


def test_it_starts_where_an_earlier_run_stood(tmp_path):
    first = wf.simulate(small_scene())
    first.save(tmp_path / "first.h5")
    text = small_scene().to_toml() + '\n[initial]\nstate = "first.h5"\nframe = 5\n'
    (tmp_path / "on.toml").write_text(text)
    run = wf.simulate(wf.load_scene(tmp_path / "on.toml"))
    assert run.time[0] == 0.0
    for name in ("position", "sliding", "velocity", "sliding_velocity", "anchor", "compression"):
        assert np.array_equal(getattr(run, name)[0], getattr(first, name)[5]), name
    assert run.statistics["steps"][0]["scheme"] == "euler"
    (tmp_path / "on.toml").write_text(text.replace("picks = 6", "picks = 7"))
    with pytest.raises(wf.SceneError, match="6 picks x 5 ends"):
        wf.simulate(wf.load_scene(tmp_path / "on.toml"))


def test_into_a_file(tmp_path):
    path = tmp_path / "run.h5"
    path.write_text("old")
    run = simulate_to(path, small_scene(), on_step=lambda _: None if path.read_text() == "old" else 1 / 0)
    assert differing(run, wf.load_trajectory(path)) == []
    assert [each.name for each in tmp_path.iterdir()] == ["run.h5"]


def test_an_interrupted_run_is_not_lost_by_mistake(tmp_path):
    path = tmp_path / "run.h5"

    def interrupt(report):
        if report.time > 0.0125:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_to(path, small_scene(), on_step=interrupt)
    assert [each.name for each in tmp_path.iterdir()] == ["run.h5.checkpoint"]
    with pytest.raises(wf.TrajectoryError, match="an interrupted run to this file can be resumed") as caught:
        simulate_to(path, small_scene())
    assert "--resume" in caught.value.fix
    with pytest.raises(wf.TrajectoryError, match="of another run"):
        simulate_to(path, small_scene(contact__friction=0.1), resume=True)
    taken = []
    simulate_to(path, small_scene(contact__friction=0.1), restart=True, on_step=taken.append)
    assert len(taken) == 40
    assert not checkpoint_path(path).exists()


def test_frames_of_the_checkpoint_can_be_had_first(tmp_path):
    scene, kept, new = small_scene(time__duration=0.02), [], []

    def stop(frame):
        if frame.time > 0.009:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_to(tmp_path / "run.h5", scene, on_frame=stop)
    run = simulate_to(tmp_path / "run.h5", scene, resume=True, on_kept=kept.append, on_frame=new.append)
    assert [frame.time for frame in (*kept, *new)] == run.time.tolist()
    assert len(kept) == 3
    for k, frame in enumerate(kept):
        for name in ("position", "sliding", "velocity", "sliding_velocity"):
            np.testing.assert_array_equal(frame.arrays[name], getattr(run, name)[k])


def test_a_finished_run_survives_a_full_disk(tmp_path, monkeypatch):
    path, scene = tmp_path / "run.h5", small_scene()

    def full(self, path):
        raise wf.TrajectoryError("no space left", where=str(path), fix="make room")

    monkeypatch.setattr(wf.Trajectory, "save", full)
    with pytest.raises(wf.TrajectoryError, match="no space left") as caught:
        simulate_to(path, scene)
    assert "--resume" in caught.value.fix
    monkeypatch.undo()
    taken = []
    run = simulate_to(path, scene, resume=True, on_step=taken.append)
    assert taken == []
    assert differing(run, wf.simulate(scene)) == []


def test_frames_before_a_failure_are_kept(tmp_path, monkeypatch):
    step = Rollout.step

    def failing(self):
        if self.steps_done == 12:
            raise wf.SolverError("it does not converge", where="step 13", fix="take smaller steps")
        return step(self)

    monkeypatch.setattr(Rollout, "step", failing)
    path = tmp_path / "run.h5"
    path.write_text("old")
    with pytest.raises(wf.SolverError, match="step 13") as caught:
        simulate_to(path, small_scene())
    assert str(failed_path(path)) in caught.value.fix
    assert wf.load_trajectory(tmp_path / "run.failed.h5").frame_count == 3
    assert path.read_text() == "old"
    assert not checkpoint_path(path).exists()


def test_places_that_cannot_be_written_are_found_out_before_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(simulation, "Run", lambda *_: pytest.fail("it ran"))
    places = [tmp_path, tmp_path / "missing" / "run.h5"]
    if Path("/dev/null").exists():
        places.append(Path("/dev/null"))
    for path in places:
        with pytest.raises(wf.TrajectoryError) as caught:
            simulate_to(path, small_scene())
        assert caught.value.where == str(path)
    check_writable(tmp_path / "run.h5")
    assert list(tmp_path.iterdir()) == []


def test_it_does_not_overwrite_what_it_starts_from(tmp_path):
    path = wf.simulate(small_scene(time__duration=0.005)).save(tmp_path / "run.h5")
    with pytest.raises(wf.TrajectoryError, match="would overwrite"):
        simulate_to(path, small_scene(initial__state=str(path)))


def test_the_name_is_the_function_whatever_was_imported_before():
    code = "import warp_fabric.run, warp_fabric.simulation, warp_fabric as wf; assert callable(wf.simulate)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(wf.__file__).parents[1])


@pytest.mark.parametrize("scene", [None, "scene.toml", Path("scene.toml")])
def test_what_is_no_scene(scene, tmp_path):
    for call in (wf.simulate, lambda scene: simulate_to(tmp_path / "run.h5", scene)):
        with pytest.raises(wf.SceneError, match="is not a scene") as caught:
            call(scene)
        assert "load_scene" in caught.value.fix


def test_resume_and_restart_exclude_each_other(tmp_path):
    with pytest.raises(wf.TrajectoryError, match="exclude each other"):
        simulate_to(tmp_path / "run.h5", small_scene(), resume=True, restart=True)

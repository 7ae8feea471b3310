"""Histories: kept on disk with every evaluation, gone on from, and refused where they are of another fit."""

import json

import numpy as np
import pytest
from small_run import small_scene

import warp_fabric as wf
from warp_fabric.fitting.history import LONG, History, short_values
from warp_fabric.fitting.parameters import Parameters

NAMES = ["contact.friction", "environment.wind"]
IDENTITY = {"warp_fabric_fit": 1, "method": "gauss-newton", "bounds": [[0.0, -2.5], [1.0, None]]}
SHORT = {"time__duration": 0.01}


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    scene = small_scene()
    return Parameters(scene, NAMES, {name: scene.get(name) for name in NAMES})


def test_without_a_path_it_is_in_memory(parameters):
    history = History(IDENTITY, parameters)
    assert history.best_unknowns is None
    assert history.best_loss == np.inf
    first = history.add(np.zeros(4), 3.0)
    assert first["values"] == {"contact.friction": 0.5, "environment.wind": [0.5, 3.0, 0.0]}
    assert (first["evaluation"], first["loss"], first["best"]) == (1, 3.0, True)
    assert not history.add(np.ones(4), 4.0)["best"]
    assert history.add(np.full(4, 2.0), 1.0)["best"]
    np.testing.assert_array_equal(history.best_unknowns, np.full(4, 2.0))
    assert [entry["evaluation"] for entry in history.entries] == [1, 2, 3]
    assert all(b["seconds"] >= a["seconds"] for a, b in zip(history.entries, history.entries[1:]))


def test_every_entry_is_on_disk_at_once_and_is_gone_on_from(parameters, tmp_path):
    path = tmp_path / "fit.history"
    history = History(IDENTITY, parameters, path)
    assert not path.exists()
    history.add(np.zeros(4), 3.0, 0.5)
    history.add(np.array([0.1, 0.2, 1 / 3, 1e-17]), 1.0, 0.25)
    history.add(np.ones(4), 2.0, 0.125)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines[0] == IDENTITY
    assert lines[1:-1] == history.entries
    again = History(IDENTITY, parameters, path, resume=True)
    assert again.entries == history.entries
    np.testing.assert_array_equal(again.best_unknowns, [0.1, 0.2, 1 / 3, 1e-17])
    assert (again.best_loss, again.radius, again.outcome) == (1.0, 0.125, None)
    assert again.add(np.zeros(4), 0.5)["seconds"] >= history.entries[-1]["seconds"]
    again.end("converged")
    assert History(IDENTITY, parameters, path, resume=True).outcome == "converged"
    assert [*tmp_path.iterdir()] == [path]


def test_without_resume_the_file_stays_until_the_first_evaluation(parameters, tmp_path):
    path = tmp_path / "fit.history"
    path.write_text("old")
    history = History(IDENTITY, parameters, path)
    assert path.read_text() == "old"
    history.add(np.zeros(4), 3.0)
    assert len(path.read_text().splitlines()) == 3


def test_resume_without_a_file_starts(parameters, tmp_path):
    assert History(IDENTITY, parameters, tmp_path / "none", resume=True).entries == []


def test_it_is_written_whole_or_not_at_all(parameters, tmp_path):
    path = tmp_path / "fit.history"
    history = History(IDENTITY, parameters, path)
    history.add(np.zeros(4), 3.0)
    before = path.read_text()
    path.unlink()
    path.mkdir()
    with pytest.raises(wf.FitError, match="cannot be written"):
        history.add(np.ones(4), 2.0)
    path.rmdir()
    path.write_text(before)
    assert len(History(IDENTITY, parameters, path, resume=True).entries) == 1


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda lines: [], "not the history of a fit"),
        (lambda lines: ["[1, 2]"], "not the history of a fit"),
        (lambda lines: ['{"event": "start"}', *lines[1:]], "not the history of a fit"),
        (lambda lines: [lines[0]], "damaged"),
        (lambda lines: [lines[0], lines[-1]], "damaged"),
        (lambda lines: lines[:-1], "damaged"),
        (lambda lines: [*lines[:-1], lines[-1][:10]], "cannot be read"),
        (lambda lines: [lines[0], '{"loss": 1.0}', lines[-1]], "damaged"),
        (lambda lines: [lines[0], "7", lines[-1]], "damaged"),
        (lambda lines: [*lines[:-1], '{"unknowns": [1, 2], "radius": null, "outcome": null}'], "damaged"),
        (lambda lines: [*lines[:-1], '{"unknowns": ["a"], "radius": null, "outcome": null}'], "damaged"),
        (lambda lines: [lines[0].replace("gauss-newton", "l-bfgs-b"), *lines[1:]], "another fit.*the method"),
        (lambda lines: [lines[0].replace("2.5", "2.4"), *lines[1:]], "another fit.*the bounds"),
    ],
)
def test_damaged_and_foreign_files_are_refused(damage, told, parameters, tmp_path):
    path = tmp_path / "fit.history"
    History(IDENTITY, parameters, path).add(np.zeros(4), 3.0)
    path.write_text("\n".join(damage(path.read_text().splitlines())))
    with pytest.raises(wf.FitError, match=told) as caught:
        History(IDENTITY, parameters, path, resume=True)
    assert caught.value.where == str(path)
    assert caught.value.fix


def test_what_is_no_text_and_places_that_cannot_be_written(parameters, tmp_path):
    (tmp_path / "binary").write_bytes(b"\x89HDF\xff\xfe")
    with pytest.raises(wf.FitError, match="cannot be read"):
        History(IDENTITY, parameters, tmp_path / "binary", resume=True)
    with pytest.raises(wf.TrajectoryError, match="no file can be written"):
        History(IDENTITY, parameters, tmp_path / "missing" / "fit.history")


def test_long_values_are_left_out():
    values = {"contact.friction": np.float64(0.5), "forces": np.zeros(LONG + 1), "initial.velocity": np.zeros(2)}
    assert short_values(values) == {"contact.friction": 0.5, "initial.velocity": [0.0, 0.0]}


# Fits that are stopped


class Stopped(Exception):
    pass


@pytest.fixture(scope="module")
def observed():
    truth = small_scene(**SHORT)
    changes = {"contact.friction": 0.4, "environment.wind": [0.4, 3.5, 0.2]}
    return truth, wf.simulate(truth.replace(changes))


@pytest.mark.parametrize("method", ["gauss-newton", "l-bfgs-b"])
def test_a_stopped_fit_ends_where_the_whole_one_does(method, observed, tmp_path):
    scene, run = observed
    path = tmp_path / "fit.history"
    names = ["environment.wind"]
    whole = wf.fit(scene, run, names, method=method, uncertainty=False)
    assert whole.outcome == "converged"

    def stop(entry):
        if entry["evaluation"] == 3:
            raise Stopped

    with pytest.raises(Stopped):
        wf.fit(scene, run, names, method=method, uncertainty=False, history=path, on_evaluation=stop)
    rest = []
    result = wf.fit(
        scene, run, names, method=method, uncertainty=False, history=path, resume=True, on_evaluation=rest.append
    )
    assert rest[0]["evaluation"] == 4
    assert result.outcome == "converged"
    np.testing.assert_allclose(result.values["environment.wind"], whole.values["environment.wind"], atol=1e-4)
    losses = [entry["loss"] for entry in result.history]
    if method == "gauss-newton":  # as if it had not been stopped
        np.testing.assert_allclose(losses, [entry["loss"] for entry in whole.history], rtol=1e-6, atol=1e-20)
    again = wf.fit(scene, run, names, method=method, history=path, resume=True, on_evaluation=rest.append)
    assert [entry["loss"] for entry in again.history] == losses
    assert again.evaluations == result.evaluations == rest[-1]["evaluation"]
    np.testing.assert_array_equal(again.values["environment.wind"], result.values["environment.wind"])
    assert (again.outcome, again.loss) == ("converged", result.loss)
    assert again.seconds > result.history[-1]["seconds"]


def test_more_evaluations_go_on(observed, tmp_path):
    scene, run = observed
    options = {"uncertainty": False, "history": tmp_path / "fit.history"}
    short = wf.fit(scene, run, ["environment.wind"], evaluations=2, **options)
    assert (short.outcome, short.evaluations) == ("budget", 2)
    same = wf.fit(scene, run, ["environment.wind"], evaluations=2, resume=True, **options)
    assert (same.outcome, same.evaluations, same.loss) == ("budget", 2, short.loss)
    longer = wf.fit(scene, run, ["environment.wind"], resume=True, **options)
    assert longer.outcome == "converged"
    assert longer.history[:2] == short.history
    with pytest.raises(wf.FitError, match=r"another fit.*the parameters"):
        wf.fit(scene, run, ["environment.gravity"], resume=True, **options)
    with pytest.raises(wf.FitError, match="evaluations"):
        wf.fit(scene, run, ["environment.wind"], evaluations=0)


def test_histories_of_earlier_versions_are_gone_on_from(observed, tmp_path):
    """Their entries do not say how accurate gradients are, nor whether steps were halved."""
    path, names, (scene, run) = tmp_path / "fit.history", ["environment.wind"], observed
    wf.fit(scene, run, names, evaluations=1, history=path, uncertainty=False)
    head, *entries, last = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert entries[0]["gradient_accuracy"] < 1e-6
    for entry in entries:
        del entry["gradient_accuracy"], entry["halved_steps"]
    path.write_text("".join(json.dumps(each) + "\n" for each in (head, *entries, last)), encoding="utf-8")
    result = wf.fit(scene, run, names, evaluations=2, history=path, resume=True, uncertainty=False)
    assert result.evaluations == 2
    assert (result.steps_taken, result.halved_steps) == (10, 0)

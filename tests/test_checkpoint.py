import os

import numpy as np
import pytest

from warp_fabric import checkpoint as checkpoint_module
from warp_fabric.checkpoint import FRAME, STATE, Checkpoint, Snapshot
from warp_fabric.errors import TrajectoryError

SHAPE = (3, 4)
IDENTITY = {"scene": "[fabric]\nends = 4\npicks = 3\n", "version": "1.0", "device": "cpu", "forces": ""}


def arrays(rng, kinds, *lead):
    made = {name: rng.standard_normal((*lead, *SHAPE, width)) for name, width in kinds.items()}
    if "compression" in made:
        made["compression"] = made["compression"][..., 0]
    return made


def runs(count: int) -> list[Snapshot]:
    """Snapshots of one run; each goes on from the one before by three steps and two frames."""
    rng = np.random.default_rng(3)
    frames, made = arrays(rng, FRAME, 1 + 2 * count), []
    reports = [{"time": float(k), "methods": ["gmres"]} for k in range(3 * count)]
    for k in range(1, count + 1):
        now = slice(0, 1 + 2 * k)
        snapshot = Snapshot(
            steps_done=3 * k,
            state=arrays(rng, STATE),
            previous=arrays(rng, STATE) if k % 2 else None,
            time=np.arange(1.0 + 2 * k),
            frames={name: array[now] for name, array in frames.items()},
            reports=reports[: 3 * k],
        )
        made.append(snapshot)
    return made


def same(a: Snapshot, b: Snapshot) -> bool:
    pairs = [(a.state, b.state), (a.frames, b.frames)]
    if (a.previous is None) != (b.previous is None):
        return False
    if a.previous is not None:
        pairs.append((a.previous, b.previous))
    alike = all(np.array_equal(x[name], y[name]) for x, y in pairs for name in y)
    return alike and a.steps_done == b.steps_done and a.reports == b.reports and np.array_equal(a.time, b.time)


def again(path) -> Checkpoint:
    return Checkpoint(path, IDENTITY, SHAPE)


def test_what_was_written_last_is_read(tmp_path):
    path = tmp_path / "run.checkpoint"
    writer = again(path)
    for run in runs(5):
        writer.write(run)
        assert same(again(path).read(), run)


def test_a_resumed_run_writes_on(tmp_path):
    path, made = tmp_path / "run.checkpoint", runs(4)
    writer = again(path)
    writer.write(made[0])
    writer.write(made[1])
    resumed = again(path)
    resumed.read()
    resumed.write(made[2])
    resumed.write(made[3])
    assert same(again(path).read(), made[3])


def test_a_checkpoint_costs_what_is_new(tmp_path):
    path, made = tmp_path / "run.checkpoint", runs(9)
    writer, sizes = again(path), []
    for run in made:
        writer.write(run)
        sizes.append(path.stat().st_size)
    growth = np.diff(sizes)
    frame = 8 * (1 + 3 * 4 * sum(FRAME.values()))
    assert (growth < 2 * frame + 250).all()
    assert (growth >= 2 * frame).all()


@pytest.mark.parametrize("dies_at", range(4))
def test_dying_while_writing_leaves_the_checkpoint_before(tmp_path, monkeypatch, dies_at):
    """The process dies as it is about to write to the disk for the `dies_at`-th time."""
    path, made = tmp_path / "run.checkpoint", runs(4)
    writer = again(path)
    writer.write(made[0])
    writer.write(made[1])
    calls = []

    def fsync(number):
        if len(calls) == dies_at:
            raise OSError("no space left")
        calls.append(number)

    monkeypatch.setattr(checkpoint_module.os, "fsync", fsync)
    reached = 1 + dies_at // 2  # each checkpoint goes to the disk twice
    for run in made[2 : reached + 1]:
        writer.write(run)
    with pytest.raises(OSError, match="no space left"):
        writer.write(made[reached + 1])
    found = again(path).read()
    # Before the second of the two, the slot of the older run is being written over; its own log is whole.
    assert same(found, made[reached]) or (dies_at % 2 and same(found, made[reached + 1]))


@pytest.mark.parametrize("seed", range(4))
def test_damage_is_seen(tmp_path, seed):
    """Cut anywhere, or with any byte changed, it gives one of the runs written, or says that it is damaged."""
    path, made = tmp_path / "run.checkpoint", runs(4)
    writer = again(path)
    for run in made:
        writer.write(run)
    whole = path.read_bytes()
    rng, errors, reads = np.random.default_rng(seed), [], 0
    for _ in range(60):
        damaged = bytearray(whole)
        at = int(rng.integers(len(whole)))
        if rng.integers(2):
            del damaged[at:]
        else:
            damaged[at] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        try:
            found = again(path).read()
        except TrajectoryError as error:
            errors.append(error)
        else:
            assert any(same(found, run) for run in made)
            reads += 1
    assert errors
    assert reads
    assert all(error.where == str(path) and error.fix for error in errors)


def test_after_damage_to_the_newest_the_one_before_goes_on(tmp_path):
    path, made = tmp_path / "run.checkpoint", runs(4)
    writer = again(path)
    for run in made[:3]:
        writer.write(run)
    with open(path, "r+b") as file:
        file.seek(-1, os.SEEK_END)  # the log of the newest
        file.write(b"\x55")
    resumed = again(path)
    assert same(resumed.read(), made[1])
    resumed.write(made[3])
    assert same(again(path).read(), made[3])


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("scene", "[fabric]\nends = 5\npicks = 3\n", "ends = 5"),
        ("version", "2.0", "version is 1.0"),
        ("device", "cuda:0", "device is cpu"),
        ("forces", "abc", "forces differ"),
        ("meshes", "abc", "meshes differ"),
    ],
)
def test_another_run_is_refused(tmp_path, name, value, told):
    path = tmp_path / "run.checkpoint"
    again(path).write(runs(1)[0])
    with pytest.raises(TrajectoryError, match=told) as caught:
        Checkpoint(path, {**IDENTITY, name: value}, SHAPE).read()
    assert "resume that run" in caught.value.fix


def test_what_is_no_checkpoint_is_refused(tmp_path):
    path = tmp_path / "run.checkpoint"
    for content in (b"", b"\x89HDF\r\n", checkpoint_module.MAGIC, checkpoint_module.MAGIC + b"\xff" * 8):
        path.write_bytes(content)
        with pytest.raises(TrajectoryError, match="checkpoint"):
            again(path).read()
    with pytest.raises(TrajectoryError, match="cannot be read"):
        again(tmp_path / "none").read()


def test_a_file_removed_meanwhile_is_written_anew(tmp_path):
    path, made = tmp_path / "run.checkpoint", runs(2)
    writer = again(path)
    writer.write(made[0])
    path.unlink()
    writer.write(made[1])
    assert same(again(path).read(), made[1])
    writer.remove()
    writer.remove()
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_removed_is_told(tmp_path):
    with pytest.raises(TrajectoryError, match="cannot be removed"):
        again(tmp_path).remove()  # a folder

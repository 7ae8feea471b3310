import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import warp_fabric as wf
from warp_fabric.errors import TrajectoryError
from warp_fabric.scene import Scene, load_scene
from warp_fabric.trajectory import COMPONENTS, Trajectory, load_trajectory

DATA = Path(__file__).parent / "data"
NAMES = ("time", *COMPONENTS)


@pytest.fixture(scope="module")
def run() -> Trajectory:
    """The golden hanging cloth, its first frames."""
    golden = np.load(DATA / "golden" / "hang_plain_bdf2.npz")
    arrays = {name: golden[name][:6] for name in NAMES}
    scene = load_scene(DATA / "golden" / "hang_plain_bdf2.toml")
    return Trajectory(**arrays, scene=scene, version="1.2.3", device="cpu", statistics={"steps": 5})


@pytest.fixture
def saved(run, tmp_path) -> Path:
    return run.save(tmp_path / "run.h5")


def test_what_is_saved_is_what_is_loaded(run, saved):
    again = wf.load_trajectory(saved)
    for name in NAMES:
        assert np.array_equal(getattr(again, name), getattr(run, name))
        assert getattr(again, name).dtype == np.float64
    assert (again.scene, again.version, again.device) == (run.scene, "1.2.3", "cpu")
    assert again.statistics == {}
    assert again.fabric.drawdown.shape == (5, 5)


def test_the_file_is_laid_out_as_the_format_says(run, saved):
    with h5py.File(saved) as file:
        assert set(file) == set(NAMES)
        assert {name: file[name].shape for name in NAMES} == {
            "time": (6,),
            "position": (6, 5, 5, 3),
            "sliding": (6, 5, 5, 2),
            "velocity": (6, 5, 5, 3),
            "sliding_velocity": (6, 5, 5, 2),
            "anchor": (6, 5, 5, 2),
            "compression": (6, 5, 5),
        }
        for name in COMPONENTS:
            assert file[name].chunks == (1, *file[name].shape[1:])
            assert file[name].compression == "gzip"
        assert Scene.from_toml(file.attrs["scene"]) == run.scene
        assert (file.attrs["version"], file.attrs["device"]) == ("1.2.3", "cpu")


def test_a_static_run_holds_the_answer_alone(tmp_path):
    golden = np.load(DATA / "golden" / "static_strip.npz")
    scene = load_scene(DATA / "golden" / "static_strip.toml")
    grid = golden["position"].shape[:2]
    arrays = {name: np.zeros((1, *grid, count) if count else (1, *grid)) for name, count in COMPONENTS.items()}
    arrays |= {name: golden[name][None] for name in ("position", "sliding")}
    run = Trajectory(time=np.zeros(1), **arrays, scene=scene, version="0", device="cpu")
    assert run.frame_count == 1 == scene.time.frame_count + 1
    again = load_trajectory(run.save(tmp_path / "strip.h5"))
    assert np.array_equal(again.frame()["position"], golden["position"])


def test_frames(run):
    last = run.frame()
    assert set(last) == set(COMPONENTS)
    assert np.array_equal(last["position"], run.position[5])
    assert np.array_equal(run.frame(-6)["anchor"], run.anchor[0])
    last["position"][:] = 0.0
    assert run.position[5].any()
    for index in (6, -7):
        with pytest.raises(TrajectoryError, match="from 0 to 5"):
            run.frame(index)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("time", [0, 1, 2, 3, 3, 4], "increasing"),
        ("time", np.zeros((6, 1)), "increasing"),
        ("time", [], "no frames"),
        ("time", [0, 1, 2, 3, 4, np.inf], "increasing"),
        ("position", np.zeros((6, 5, 4, 3)), r"\(6, 5, 4, 3\) where \(6, 5, 5, 3\)"),
        ("compression", np.zeros((5, 5, 5)), "where"),
        ("anchor", np.full((6, 5, 5, 2), np.nan), "frame 0 .* not finite"),
        ("velocity", np.full((6, 5, 5, 3), "x"), "not numbers"),
    ],
)
def test_arrays_that_fit_no_scene(run, name, value, says):
    arrays = {each: getattr(run, each) for each in NAMES}
    with pytest.raises(TrajectoryError, match=says) as caught:
        Trajectory(**{**arrays, name: value}, scene=run.scene, version="0", device="cpu")
    assert caught.value.where == name


def _drop(name):
    return lambda file: file.__delitem__(name)


def _swap(name, data):
    def damage(file):
        del file[name]
        file[name] = data

    return damage


@pytest.mark.parametrize(
    ("damage", "where"),
    [
        *[(_drop(name), name) for name in NAMES],
        *[(lambda file, name=name: file.attrs.__delitem__(name), name) for name in ("scene", "version", "device")],
        (lambda file: file.attrs.__setitem__("scene", "[fabric]\nends = 3"), "scene, fabric.picks"),
        (lambda file: file.attrs.__setitem__("scene", 3), "scene"),
        (_swap("position", np.zeros((6, 5, 5, 2))), "position"),
        (_swap("position", np.zeros((6, 5, 5, 3), dtype="S3")), "position"),
        (_swap("compression", np.full((6, 5, 5), np.nan)), "compression"),
        (_swap("time", np.arange(7.0)), "position"),
        (_swap("time", np.float64(0)), "time"),
        (_swap("time", np.zeros(6)), "time"),
        (lambda file: (_drop("anchor")(file), file.create_group("anchor")), "anchor"),
    ],
)
def test_damaged_contents(saved, damage, where):
    with h5py.File(saved, "r+") as file:
        damage(file)
    with pytest.raises(TrajectoryError) as caught:
        load_trajectory(saved)
    assert caught.value.where == f"{saved}: {where}"
    assert caught.value.fix


def test_a_header_that_asks_for_all_memory_is_refused(saved):
    with h5py.File(saved, "r+") as file:
        del file["velocity"]
        file.create_dataset("velocity", shape=(10**7, 10**4, 10**4, 3), dtype="f8", chunks=(1, 64, 64, 3))
    with pytest.raises(TrajectoryError, match="velocity"):
        load_trajectory(saved)


def test_cut_and_flipped_bytes_never_pass_for_a_run(saved, tmp_path):
    good = saved.read_bytes()
    bad = tmp_path / "bad.h5"
    rng = np.random.default_rng(1)
    damaged = [good[: int(size)] for size in rng.integers(0, len(good) - 1, 20)]
    texts = good.index(b"GCOL")  # HDF5 keeps no checksum of texts: only of numbers and of the file's structure
    size = int.from_bytes(good[texts + 8 : texts + 16], "little")
    for place in rng.integers(0, len(good), 100):
        if not texts <= place < texts + size:
            damaged.append(bytearray(good))
            damaged[-1][place] ^= 0x55
    assert len(damaged) > 80
    for content in damaged:
        bad.write_bytes(content)
        with pytest.raises(TrajectoryError) as caught:
            load_trajectory(bad)
        assert str(caught.value).startswith(str(bad))
        assert caught.value.fix


def test_files_that_are_no_trajectories(tmp_path):
    (tmp_path / "text.h5").write_text("not HDF5")
    (tmp_path / "empty.h5").write_text("")
    for name, says in [
        ("text.h5", "HDF5"),
        ("empty.h5", "HDF5"),
        (".", "this is a folder"),
        ("no.h5", "no such"),
        ("a\0b", ""),
    ]:
        with pytest.raises(TrajectoryError, match=says or "HDF5|no such") as caught:
            load_trajectory(tmp_path / name)
        assert caught.value.where == str(tmp_path / name)
        assert caught.value.fix
    with pytest.raises(TrajectoryError, match="missing"):
        load_trajectory(DATA / "reference" / "authors_wind_yarn_1_2_plain_5x5.h5")


@pytest.mark.parametrize("path", ["missing/run.h5", ".", "x" * 300, "a\0b"])
def test_places_where_nothing_can_be_saved(run, tmp_path, path):
    with pytest.raises(TrajectoryError, match="cannot be saved") as caught:
        run.save(tmp_path / path)
    assert caught.value.where == str(tmp_path / path)
    assert os.listdir(tmp_path) == []


FULL_DISK = """
import resource, sys
from warp_fabric.errors import TrajectoryError
from warp_fabric.trajectory import load_trajectory
run = load_trajectory(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
try:
    run.save(sys.argv[1])
except TrajectoryError as error:
    print("refused:", error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no file size limits there")
def test_a_full_disk_leaves_the_old_file(run, saved):
    before = saved.read_bytes()
    assert len(before) > 4000
    done = subprocess.run([sys.executable, "-c", FULL_DISK, saved], capture_output=True, text=True, check=False)
    assert done.stdout.startswith(f"refused: {saved}"), done.stderr
    assert done.returncode == 0
    assert os.listdir(saved.parent) == [saved.name]
    assert saved.read_bytes() == before


def test_a_file_without_frames_says_so(saved):
    with h5py.File(saved, "r+") as file:
        for name in NAMES:
            shape = (0, *file[name].shape[1:])
            del file[name]
            file[name] = np.zeros(shape)
    with pytest.raises(TrajectoryError, match="there are no frames in it"):
        load_trajectory(saved)

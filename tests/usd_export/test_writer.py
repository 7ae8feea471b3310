import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from exported import exported
from pxr import Sdf, Usd
from usd_cloth import motion, usd_run, usd_scene

import usd_export
import warp_fabric as wf
from usd_export import Options, Writer
from warp_fabric.errors import UsdError

ROOT = Path(wf.__file__).parents[1]
SCENE = usd_scene()


def content(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def child(code: str, **more) -> subprocess.Popen:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    environment = {**os.environ, "PYTHONPATH": paths}
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], env=environment, text=True, **more)


def test_frames_as_they_come_make_the_same_file(tmp_path):
    run = usd_run()
    with Writer(SCENE, tmp_path / "streamed.usdc", version="1.2.3", device="cpu") as writer:
        for k, at in enumerate(run.time):
            assert not (tmp_path / "streamed.usdc").exists()
            writer.append(float(at), motion(SCENE, at))
            assert writer.frame_count == k + 1
    exported(tmp_path)
    one, other = (
        Sdf.Layer.FindOrOpen(str(tmp_path / name)).ExportToString() for name in ("streamed.usdc", "cloth.usdc")
    )
    assert one == other


def test_while_a_simulation_runs(tmp_path):
    scene = usd_scene(time__duration=0.04)
    with Writer(scene, tmp_path / "cloth.usdc") as writer:
        run = wf.simulate(scene, device="cpu", on_frame=lambda frame: writer.append(frame.time, frame.arrays))
    usd_export.export(run, tmp_path / "after.usdc")
    one, other = (Usd.Stage.Open(str(tmp_path / name)) for name in ("cloth.usdc", "after.usdc"))
    assert one.GetEndTimeCode() == 2
    for path in ("/Cloth/Yarns/ends_thin.points", "/Cloth/Yarns/picks_thin.velocities", "/Cloth/Surface.primvars:st"):
        for frame in range(3):
            assert one.GetAttributeAtPath(path).Get(frame) == other.GetAttributeAtPath(path).Get(frame)


@pytest.mark.parametrize("name", ["position", "sliding", "velocity", "sliding_velocity"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -1e31])
def test_values_that_are_not_finite_are_named(name, value, tmp_path):
    (tmp_path / "cloth.usdc").write_text("old")
    writer = Writer(SCENE, tmp_path / "cloth.usdc")
    writer.append(0.0, motion(SCENE, 0.0))
    frame = motion(SCENE, 0.1)
    frame[name][2, 3, 1] = value
    with pytest.raises(UsdError, match="not finite") as caught:
        writer.append(0.1, frame)
    assert caught.value.where == f"frame 1: {name}"
    assert content(tmp_path) == {"cloth.usdc": b"old"}


def test_frames_that_do_not_fit(tmp_path):
    with pytest.raises(UsdError, match=r"shape \(5, 7, 3\) where \(5, 9, 3\)"):
        Writer(usd_scene(fabric__ends=9), tmp_path / "cloth.usdc").append(0.0, motion(SCENE, 0.0))
    for later in (0.0, 0.05, np.nan):
        writer = Writer(SCENE, tmp_path / "cloth.usdc")
        writer.append(0.1, motion(SCENE, 0.0))
        with pytest.raises(UsdError, match="not later"):
            writer.append(later, motion(SCENE, 0.0))
    assert content(tmp_path) == {}


def test_without_frames_there_is_no_file(tmp_path):
    with pytest.raises(UsdError, match="no frame"), Writer(SCENE, tmp_path / "cloth.usdc"):
        pass
    assert content(tmp_path) == {}


def test_a_closed_writer_takes_nothing(tmp_path):
    writer = Writer(SCENE, tmp_path / "cloth.usdc")
    writer.append(0.0, motion(SCENE, 0.0))
    assert writer.close() == tmp_path / "cloth.usdc"
    for again in (writer.close, lambda: writer.append(1.0, motion(SCENE, 0.0))):
        with pytest.raises(UsdError, match="closed"):
            again()
    assert set(content(tmp_path)) == {"cloth.usdc"}


def test_an_exception_leaves_what_was_there(tmp_path):
    (tmp_path / "cloth.usdc").write_text("old")

    def interrupted() -> None:
        with Writer(SCENE, tmp_path / "cloth.usdc", Options(layers=True)) as writer:
            for k in range(3):
                writer.append(k * 0.1, motion(SCENE, 0.1 * k))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert content(tmp_path) == {"cloth.usdc": b"old"}


def test_cloth_without_curves(tmp_path):
    for scene in (usd_scene(fabric__picks=1, fabric__ends=1, pins=[]), usd_scene(fabric__picks=1, pins=[])):
        options = Options(yarns=scene.fabric.ends == 1)
        with pytest.raises(UsdError, match="no yarn with a length"):
            Writer(scene, tmp_path / "cloth.usdc", options)
    assert content(tmp_path) == {}


@pytest.mark.skipif(sys.platform == "win32", reason="there are no file size limits")
@pytest.mark.parametrize("options", ["", "clips=30", "layers=True"])
@pytest.mark.parametrize("name", ["cloth.usdc", "cloth.usda", "cloth.usdz"])
def test_a_full_disk_is_one_error_and_leaves_nothing(name, options, tmp_path):
    if name == "cloth.usdz" and options:
        pytest.skip("a package is one file")
    code = f"""
        import resource, signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))  # writing past it fails as on a full disk
        from usd_cloth import usd_run
        from usd_export import export, samples
        from warp_fabric.errors import UsdError
        samples.PENDING = 10_000
        try:
            export(usd_run(40, time__duration=1.0), {str(tmp_path / name)!r}, {options})
        except UsdError as error:
            print(error)
    """
    process = child(code, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said, complained = process.communicate()
    assert (process.returncode, complained) == (0, "")
    assert "cannot be written" in said
    assert "has room" in said
    assert content(tmp_path) == {}


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_export_leaves_no_half_file(tmp_path):
    (tmp_path / "cloth.usdc").write_text("old")
    code = f"""
        import time
        from usd_cloth import motion, usd_scene
        from usd_export import Writer, samples
        samples.PENDING = 0
        writer = Writer(usd_scene(), {str(tmp_path / "cloth.usdc")!r})
        for k in range(10_000):
            writer.append(0.1 * k, motion(usd_scene(), 0.1 * k))
            print(k, flush=True)
    """
    process = child(code, stdout=subprocess.PIPE)
    assert process.stdout is not None
    while process.stdout.readline() != "5\n":
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert (tmp_path / "cloth.usdc").read_text() == "old"
    assert [each.suffix for each in tmp_path.iterdir() if each.name != "cloth.usdc"] == [".tmp"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such measure of memory")
def test_memory_does_not_grow_with_the_frames(tmp_path):
    unit = 1 if sys.platform == "darwin" else 1024
    code = f"""
        import resource, sys
        import numpy as np
        from usd_cloth import motion, usd_scene
        from usd_export import Writer
        scene = usd_scene(fabric__ends=60, fabric__picks=60, pins=[])
        peaks = []
        with Writer(scene, {str(tmp_path / "cloth.usdc")!r}) as writer:
            for k in range(75):
                writer.append(0.02 * k, motion(scene, 0.02 * k))
                if k in (24, 74):
                    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * {unit})
        print(peaks[1] - peaks[0])
    """
    process = child(code, stdout=subprocess.PIPE)
    grown = int(process.communicate()[0])
    assert (tmp_path / "cloth.usdc").stat().st_size > 50e6
    assert grown < 15e6

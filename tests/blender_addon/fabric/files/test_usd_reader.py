"""The process that reads points where Blender cannot."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from usd_cloth import usd_run

import usd_export

READER = Path(__file__).parents[4] / "blender_addon" / "fabric" / "files" / "usd_reader.py"


def asked(path, *requests) -> bytes:
    lines = "".join(json.dumps(each) + "\n" for each in requests).encode()
    command = [sys.executable, "-P", str(READER), str(path)]
    return subprocess.run(command, input=lines, capture_output=True, check=True).stdout


def test_points_at_frames_until_its_input_closes(tmp_path):
    run = usd_run(4)
    usd_export.export(run, tmp_path / "cloth ü.usdc", clips=2)
    prims = ["/Cloth/Surface", "/Cloth/Yarns/picks_thin"]
    requests = [{"frame": 3.0, "prims": prims}, {"reload": True}, {"frame": 0.5, "prims": prims[:1]}]
    said = asked(tmp_path / "cloth ü.usdc", *requests)
    head, _, said = said.partition(b"\n")
    surface, yarns = json.loads(head)["counts"]
    points = np.frombuffer(said[: 12 * surface], "<f4").reshape(-1, 3)
    np.testing.assert_allclose(points, run.position[3].reshape(-1, 3), rtol=1e-6)
    head, _, said = said[12 * (surface + yarns) :].partition(b"\n")
    assert json.loads(head) == {"counts": [surface]}
    points = np.frombuffer(said, "<f4").reshape(-1, 3)
    np.testing.assert_allclose(points, run.position[:2].mean(axis=0).reshape(-1, 3), rtol=1e-5)


def test_what_cannot_be_read(tmp_path):
    usd_export.export(usd_run(1), tmp_path / "cloth.usdc")
    assert b"no points at /Nowhere" in asked(tmp_path / "cloth.usdc", {"frame": 0.0, "prims": ["/Nowhere"]})
    (tmp_path / "torn.usdc").write_bytes(b"PXR-USDC but not really")
    assert b"cannot be read" in asked(tmp_path / "torn.usdc", {"frame": 0.0, "prims": ["/Cloth"]})

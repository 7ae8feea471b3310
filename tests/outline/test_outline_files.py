"""Which reader a file of an outline goes to, and masks."""

from pathlib import Path

import numpy as np
import pytest
from drawings import garment_drawing

from warp_fabric.errors import SceneError
from warp_fabric.outline.files import read_mask, read_outline

DRAWINGS = Path(__file__).parents[1] / "data" / "outlines"


def test_each_format_has_its_reader(tmp_path):
    assert len(read_outline(DRAWINGS / "pocket.svg")) == 2
    shouted = garment_drawing(tmp_path / "A.DXF")
    assert len(read_outline(shouted, piece="SLEEVE_M")) == 1
    assert np.ptp(read_outline(shouted, "m", "SLEEVE_M")[0], axis=0) == pytest.approx([200, 240])


@pytest.mark.parametrize(
    ("name", "piece", "says"),
    [
        ("nowhere.svg", None, "no file .*nowhere.svg"),
        ("nowhere.dxf", None, "no file .*nowhere.dxf"),
        ("piece.png", None, "neither .svg nor .dxf"),
        ("folder.svg", None, "cannot be read"),
        ("pocket.svg", "FRONT", "no pieces"),
    ],
)
def test_files_without_an_outline(name, piece, says, tmp_path):
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "pocket.svg").write_bytes((DRAWINGS / "pocket.svg").read_bytes())
    with pytest.raises(SceneError, match=says) as caught:
        read_outline(tmp_path / name, piece=piece)
    assert caught.value.fix


def test_masks(tmp_path):
    mask = np.array([[True, False], [True, True]])
    np.savez_compressed(tmp_path / "a.npz", present=mask)
    assert np.array_equal(read_mask(tmp_path / "a.npz"), mask)


def test_files_without_a_mask(tmp_path):
    np.save(tmp_path / "array.npy", np.ones((2, 2)))
    np.savez(tmp_path / "other.npz", mask=np.ones((2, 2)))
    np.savez(tmp_path / "objects.npz", present=np.array([None]))
    (tmp_path / "cut_off.npz").write_bytes((tmp_path / "other.npz").read_bytes()[:40])
    (tmp_path / "text.npz").write_text("##")
    for name in ("array.npy", "other.npz", "objects.npz", "cut_off.npz", "text.npz", "nowhere.npz", "."):
        with pytest.raises(SceneError) as caught:
            read_mask(tmp_path / name)
        assert str(tmp_path / name) in caught.value.what
        assert "present" in caught.value.fix

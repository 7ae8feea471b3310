"""The benchmark of the viewer: pictures arrive, and its table."""

import numpy as np
import pytest

from benchmarks import viewer


def test_the_run_sways_with_more_frames_than_are_shown():
    run = viewer.swaying(5)
    assert run.frame_count > viewer.PICTURES * viewer.SECONDS
    assert np.ptp(run.position[:, -1, :, 1]) == pytest.approx(2 * 0.2 * 4 * 4.0e-4, rel=0.01)
    assert np.ptp(run.position[:, 0], axis=0).max() == 0.0


def test_pictures_arrive():
    pytest.importorskip("viser")
    result = viewer.measure(6, "stretch", seconds=2.0)
    assert 0.0 < result["pictures_per_second"] <= viewer.PICTURES + 1.0
    assert result["bytes_per_picture"] > 1000.0
    assert result["cpu_seconds_per_picture"] > 0.0
    text = viewer.report([{**result, "cpu_seconds_per_picture": 0.0125, "bytes_per_picture": 2.04e6}], "a machine")
    (row,) = (line for line in text.splitlines() if line.startswith("| 6 x 6"))
    assert row.startswith("| 6 x 6, stretch | ")
    assert row.endswith(" | 12 | 2.0 |")

import numpy as np
import pytest
from crimped_cloth import straightening
from exported import array, exported
from pxr import Usd
from usd_cloth import usd_run

from usd_export import Options, Writer
from usd_export.crimp_values import CrimpValues

VALUES = "/Cloth.warpFabric:"


@pytest.mark.parametrize("options", [{}, {"clips": 2}, {"layers": True, "unit": "cm", "surface": False}])
def test_they_are_told_frame_by_frame(tmp_path, options):
    run = straightening(contact__crossing_stiffness=50.0)
    stage = exported(tmp_path, run=run, **options)
    for name in ("interchange", "flattening"):
        value = stage.GetAttributeAtPath(VALUES + name)
        assert value.GetDocumentation()
        for frame, expected in enumerate(getattr(run, name)):
            np.testing.assert_allclose(array(value, frame), expected.ravel(), rtol=1e-6)
            assert frame == 0 or np.abs(expected).max() > 1e-7


def test_only_those_that_the_cloth_has(tmp_path):
    rigid = exported(tmp_path, "rigid.usdc", run=straightening())
    straight = exported(tmp_path, "straight.usdc", run=usd_run())
    for stage, expected in ((rigid, [True, False]), (straight, [False, False])):
        assert [bool(stage.GetAttributeAtPath(VALUES + name)) for name in ("interchange", "flattening")] == expected


def test_rates_are_those_since_the_frame_before():
    run = straightening()
    values = CrimpValues(run.scene)
    rates = [values.rates(float(run.time[k]), run.frame(k))["interchange_rate"] for k in range(3)]
    np.testing.assert_array_equal(rates[0], 0.0)
    np.testing.assert_allclose(rates[2], (run.interchange[2] - run.interchange[1]) / (run.time[2] - run.time[1]))


def test_frames_from_elsewhere_are_as_at_rest(tmp_path):
    run = straightening()
    frame = {name: getattr(run, name)[0] for name in ("position", "sliding", "velocity", "sliding_velocity")}
    with Writer(run.scene, tmp_path / "cloth.usdc", Options()) as writer:
        writer.append(0.0, frame)
        writer.append(0.01, frame)
    whole = exported(tmp_path, "whole.usdc", run=run)
    path = "/Cloth/Yarns/picks_yarn.points"
    given = Usd.Stage.Open(str(tmp_path / "cloth.usdc"))
    at_rest = array(whole.GetAttributeAtPath(path), 0)
    np.testing.assert_allclose(array(given.GetAttributeAtPath(path), 1), at_rest, atol=1e-8)
    assert np.abs(array(whole.GetAttributeAtPath(path), 4) - at_rest).max() > 1e-6

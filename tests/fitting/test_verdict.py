"""A search that ends is not yet a fit."""

import numpy as np
import pytest
from small_run import small_scene

import warp_fabric as wf
from warp_fabric.fitting.result import OUTCOMES
from warp_fabric.fitting.targets import FramesTarget, TargetWarning
from warp_fabric.fitting.uncertainty import Uncertainty
from warp_fabric.fitting.verdict import verdict

SCENE = small_scene(time__duration=0.01)


@pytest.fixture(scope="module")
def run():
    return wf.simulate(SCENE, device="cpu")


def certain(*errors: float) -> Uncertainty:
    count = len(errors)
    return Uncertainty(np.array(errors), np.eye(count), 0.0, np.zeros(count), [])


@pytest.mark.parametrize(
    ("ended", "loss", "known", "told"),
    [
        ("converged", 1e-10, certain(0.1, np.inf), "converged"),
        ("converged", 1e-10, None, "converged"),
        ("converged", 1e-10, certain(0.9, np.inf), "undetermined"),
        ("converged", 4e-4, certain(0.1), "misfit"),  # 20 mm, of a cloth of 7
        ("converged", 4e-4, None, "misfit"),
        ("budget", 4e-4, certain(np.inf), "budget"),
        ("stuck", 1.0, None, "stuck"),
    ],
)
def test_what_became_of_it(run, ended, loss, known, told):
    assert verdict(ended, loss, [FramesTarget(run)], SCENE, known) == told
    assert told in OUTCOMES


def test_a_weight_is_no_distance(run):
    heavy = FramesTarget(run, weight=100.0)
    assert verdict("converged", 1e-4, [heavy], SCENE, None) == "converged"
    assert verdict("converged", 1e-2, [heavy], SCENE, None) == "misfit"


@pytest.mark.filterwarnings("ignore::warp_fabric.fitting.targets.place.TargetWarning")
def test_a_target_out_of_reach_is_no_fit(run):
    away = wf.simulate(SCENE, device="cpu")
    away.position += [0.0, 1.0, 0.0]
    with pytest.warns(TargetWarning):
        result = wf.fit(SCENE, away, ["yarns.soft.bending_modulus"])
    assert result.outcome == "misfit"
    assert result.summary().startswith("NO FIT")
    assert "units" in result.summary()
    assert "of the motion" in result.summary()


def test_what_nothing_depends_on_is_no_fit(run):
    """Nothing slips before the first frame, and friction is not seen."""
    still = SCENE.replace({"environment.wind": [0.0, 0.0, 0.0], "time.duration": 0.005})
    result = wf.fit(still.replace({"contact.friction": 0.7}), wf.simulate(still), ["contact.friction"])
    assert result.outcome == "undetermined"
    assert result.values["contact.friction"] == pytest.approx(0.7)
    assert result.summary().startswith("NO FIT")

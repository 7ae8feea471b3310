"""Fits find what makes cloth wavy and how it shears, from how it moves."""

import pytest
from textile_cloth import textile_scene

import warp_fabric as wf

FIRST, LAST = 0, 6


def pulled(yarn: str, **changes) -> wf.Scene:
    """A flat twill, held at three corners, one of which is drawn outwards."""
    width = LAST * textile_scene(yarn, (2, 2)).fabric.end_spacing
    pins = [
        {"crossing": [FIRST, FIRST]},
        {"crossing": [FIRST, LAST]},
        {"crossing": [LAST, FIRST], "path": [[0.0, 0.0, width, 0.0], [0.006, 0.0, 1.02 * width, 0.0]]},
    ]
    frames = {"time__duration": 0.006, "time__frames_per_second": 500.0, "time__step": 1e-3}
    cloth = {"fabric__pose": "flat", "fabric__weave": "twill22", "contact__crossing_stiffness": 120.0}
    return textile_scene(yarn, (LAST + 1, LAST + 1), pins=pins, **frames, **cloth, **changes)


@pytest.mark.parametrize("yarn", ["cotton", "wool"])
@pytest.mark.parametrize("method", ["gauss-newton", "l-bfgs-b"])
def test_crimp_cohesion_and_shear_are_found_again(yarn, method):
    truth = pulled(
        yarn,
        fabric__end_crimp=0.07,
        fabric__pick_crimp=0.06,
        yarns__yarn__cohesion=2.0,
        contact__shear_rigidity=20.0,
    )
    changes = {"fabric.end_crimp": 0.05, "yarns.yarn.cohesion": 3.0, "contact.shear_rigidity": 30.0}
    result = wf.fit(truth.replace(changes), wf.simulate(truth), list(changes), method=method, device="cpu")
    assert result.outcome == "converged"
    for name in changes:
        assert float(result.values[name]) == pytest.approx(truth.get(name), rel=1e-4), name

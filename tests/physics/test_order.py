"""Order of accuracy by halving the step, from a smooth start and with yarns that the steps resolve."""

import numpy as np
import pytest
from rig import GRAVITY, motion, soft_cloth, started, wave

CONTACTS = {
    "free to slide": {},
    "friction holds": {"shear_modulus": 1000.0, "friction": 100.0, "friction_stiffness": 1.0},
    "sliding damped": {"shear_modulus": 1000.0, "sliding_damping": 1000.0, "parallel_stiffness": 1.0},
}


@pytest.mark.parametrize(("contact", "blown"), [*((name, False) for name in CONTACTS), ("sliding damped", True)])
@pytest.mark.parametrize(("integrator", "order"), [("euler", 1), ("bdf2", 2)])
def test_order(simulate, tmp_path, integrator, order, contact, blown):
    results = []
    for step in (1.0e-3, 5.0e-4, 2.5e-4, 1.25e-4):
        scene = soft_cloth(motion(0.02, step, integrator, 50.0), GRAVITY, **CONTACTS[contact])
        if blown:  # what acts is held over a step: normals and areas, at the predicted positions
            scene = scene.replace({"environment.wind": [0.0, 0.0, 4.0], "environment.wind_drag": 1.0})
        run = simulate(started(scene, tmp_path, velocity=wave(scene)))
        assert run.statistics["totals"]["halved_steps"] == 0
        results.append(np.concatenate([run.position[-1].ravel(), run.sliding[-1].ravel()]))
    changes = np.linalg.norm(np.diff(results, axis=0), axis=1)
    halvings = changes[:-1] / changes[1:]
    # 2^order in the limit of small steps, which these come close to: a step is a fifth of the fastest period at first.
    assert halvings[-1] == pytest.approx(2.0**order, rel=0.06)

"""What a new parameter takes: one declaration, and its use in a force. Everything else follows from these."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DECLARED = """    wind_drag: float = parameter("""
DECLARATION = """    wind_cover: float = parameter(
        number(above=0),
        1.0,
        doc="share of the wind's pressure that the cloth bears, the rest of which passes through it",
    )
"""
USED = "material.wind_density[fabric]"
USE = "material.wind_cover[fabric] * material.wind_density[fabric]"
CHECK = """
import numpy as np
import warp_fabric as wf
from docs.generate import key_table
from small_run import small_scene
from warp_fabric.fitting.plot import UNITS
from warp_fabric.inputs import differentiable_names

NAME = "environment.wind_cover"
assert wf.__file__.startswith({folder!r}), wf.__file__
base = small_scene(time__duration=0.02, solver__tolerance=1e-12, solver__device="cpu")
scene = base.replace({{NAME: 0.7}})
assert base.get(NAME) == 1.0 and scene.get(NAME) == 0.7
assert wf.Scene.from_toml(scene.to_toml()) == scene
assert NAME in differentiable_names(scene)

seen, run = wf.simulate(scene), wf.simulate(base)
moved = np.abs(seen.position - run.position).max()
assert moved > 1e-5, moved
half = base.replace({{"environment.wind_density": 0.7 * base.environment.wind_density}})
np.testing.assert_allclose(wf.simulate(half).position, seen.position, atol=1e-9)

def loss(value):
    return wf.loss_and_gradient(base.replace({{NAME: value}}), seen, [NAME])

slope = (loss(1.0 + 1e-4)[0] - loss(1.0 - 1e-4)[0]) / 2e-4
gradient = loss(1.0)[1][NAME]
assert slope != 0.0
assert abs(gradient - slope) < 1e-6 * abs(slope), (gradient, slope)

for method in ("gauss-newton", "l-bfgs-b"):
    result = wf.fit(base, seen, [NAME], method=method)
    assert abs(result.values[NAME] - 0.7) < 1e-3, (method, result.values)

row = next(line for line in key_table("environment").splitlines() if "wind_cover" in line)
assert "passes through it" in row and "\\u2202" in row and "above 0" in row, row
assert UNITS["wind_cover"] == ""
print("all of it is there")
"""


def replaced(path: Path, before: str, after: str) -> None:
    """Put text in the place of other text, which must be there."""
    text = path.read_text(encoding="utf-8")
    assert before in text, f"{path} has no {before!r} any more: change this test"
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_parameter_is_one_declaration_and_its_use(tmp_path):
    """Then it is in scene files, simulated, differentiated, fitted, documented and drawn, in a copy of the package."""
    for folder in ("warp_fabric", "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "*.png"))
    replaced(tmp_path / "warp_fabric/scene/settings.py", DECLARED, DECLARATION + DECLARED)
    replaced(tmp_path / "warp_fabric/forces/wind.py", USED, USE)
    script = tmp_path / "check.py"
    script.write_text(CHECK.format(folder=str(tmp_path)), encoding="utf-8")
    places = os.pathsep.join([str(tmp_path), str(ROOT / "tests")])
    own = {"PYTHONPATH": places, "WARP_CACHE_PATH": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env={**os.environ, **own}, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.splitlines()[-1] == "all of it is there"

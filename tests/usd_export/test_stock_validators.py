"""Exports in NVIDIA's validator, usd-validation-nvidia: all of its rules, in the default variant and the others."""

import pytest
from exported import exported
from obstructed import obstructed
from usd_cloth import usd_run

import usd_export

validator = pytest.importorskip("usd_validation_nvidia")

AGAINST_TEXT = "UsdAsciiPerformanceChecker"
"""It would have large text files binary: who asks for text gets text."""
SHADERS = "UsdShadeShaderSdrCompliance"
"""It finds no MaterialX nodes, as PyPI's usd-core is built without MaterialX. Only the variant with them has any."""

LARGE = usd_run(3, fabric__ends=24, fabric__picks=16, pins=[])


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("cloth.usdc", {}),
        ("cloth.usd", {"plies": 3, "unit": "mm"}),
        ("cloth.usda", {}),
        ("cloth.usdz", {"unit": "cm", "up_axis": "Y"}),
        ("cloth.usdc", {"layers": True}),
        ("cloth.usdc", {"clips": 2}),
        ("cloth.usda", {"clips": 1}),
        ("cloth.usdc", {"sim_curves": True, "materials": False}),
        ("cloth.usdc", {"yarns": False}),
        ("cloth.usdc", {"surface": False, "pins": False, "velocities": False}),
    ],
    ids=str,
)
@pytest.mark.parametrize("run", [usd_run(), LARGE], ids=["small", "large"])
def test_exports_are_clean(name, options, run, tmp_path):
    exported(tmp_path, name, run, **options)
    assert found(tmp_path / name, variants=False) <= ({AGAINST_TEXT} if name.endswith(".usda") else set())
    assert found(tmp_path / name, variants=True) <= {AGAINST_TEXT, SHADERS}


@pytest.mark.parametrize("options", [{}, {"obstacle_purpose": "render", "up_axis": "Y"}, {"clips": 2}], ids=str)
def test_obstacles_are_clean(options, tmp_path):
    exported(tmp_path, run=obstructed(tmp_path), **options)
    assert found(tmp_path / "cloth.usdc", variants=False) == set()
    assert usd_export.check(tmp_path / "cloth.usdc") == []


def test_it_is_the_shaders_of_materialx(tmp_path):
    exported(tmp_path)
    results = validator.ValidationEngine().validate(str(tmp_path / "cloth.usdc"))
    assert list(results.issues())
    assert all("'ND_" in issue.message for issue in results.issues())


def test_it_finds_what_is_wrong(tmp_path):
    stage = exported(tmp_path)
    stage.ClearDefaultPrim()
    stage.Save()
    assert found(tmp_path / "cloth.usdc", variants=False)


def found(path, variants: bool) -> set[str]:
    """Names of the rules that found something, whatever its severity."""
    engine = validator.ValidationEngine(variants=variants)
    assert len(list(engine.initialized_rules)) >= 49
    issues = engine.validate(str(path)).issues()
    return {issue.rule.__name__ if issue.rule else str(issue) for issue in issues}

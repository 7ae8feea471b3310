"""The program that checks and measures a GPU, tried on the CPU, where only the numeric packages are."""

import ast
import json
import os
from pathlib import Path

import pytest

from benchmarks.gpu import ROOT, TESTS, Stage, main, run, stages

ABSENT = """
import sys

ABSENT = {"bpy", "dtx_to_wif", "h5py", "hypothesis", "matplotlib", "pxr", "psutil", "pytest_timeout", "rich",
    "threadpoolctl", "tomli_w", "torch", "typer", "xdist"}

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
"""
"""Makes all packages absent that a machine with a GPU may lack."""


@pytest.fixture
def bare(tmp_path, monkeypatch) -> Path:
    """A folder for results; processes that are started see the numeric packages only."""
    (tmp_path / "sitecustomize.py").write_text(ABSENT)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return tmp_path


@pytest.mark.slow
def test_the_program_needs_the_numeric_packages_only(bare, capfd):
    assert main(["--device", "cpu", "--quick", "--folder", str(bare)]) == 0, capfd.readouterr()
    results = {path.name: json.loads(path.read_text()) for path in bare.glob("*.json")}
    assert {*results} == {f"{kind}-cpu.json" for kind in ("gpu", "step", "gradient", "batch")}
    assert [each["outcome"] for each in results["gpu-cpu.json"]["results"]] == ["passed"] * 5
    rates = [rate for name, file in results.items() if "gpu" not in name for rate in _bandwidths(file["results"])]
    assert len(rates) == 3 + 2 + 2 * 2
    assert all(rate["bytes_per_second"] > 0 for rate in rates)
    assert " passed" in capfd.readouterr().out


def _bandwidths(results: list[dict]) -> list[dict]:
    return [rate for result in results for rate in result["bandwidths"].values()]


def test_all_tests_of_the_package_that_take_a_device_are_among_them():
    outside = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        functions = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if _takes_device(node)]
        among = any(path.is_relative_to(ROOT / each) for each in TESTS)
        if functions and not among and "benchmarks" not in path.parts:
            outside.append(path.relative_to(ROOT).as_posix())
    assert outside == []


@pytest.mark.slow
def test_they_can_be_imported_there(bare):
    stage = Stage("tests", 60.0, ("-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", *TESTS))
    assert run(stage, "cpu")["outcome"] == "passed"


def _takes_device(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and any(each.arg == "device" for each in node.args.args)


def test_eight_minutes_are_enough(tmp_path):
    chosen = stages("cpu", tmp_path)
    assert [stage.name for stage in chosen] == ["kernels", "tests", "step", "gradient", "batch"]
    assert sum(stage.seconds for stage in chosen) < 8 * 60


def test_a_device_that_is_not_there(capsys):
    with pytest.raises(SystemExit):
        main(["--device", "cuda:99"])
    assert "there is no device cuda:99 here" in capsys.readouterr().err


def test_stages_that_hang_or_fail_end():
    assert run(Stage("hangs", 1.0, ("-c", "import time; time.sleep(60)")), "cpu")["outcome"] == "stopped at its limit"
    assert run(Stage("fails", 60.0, ("-c", "raise SystemExit(3)")), "cpu")["outcome"] == "failed with code 3"
    fine = run(Stage("fine", 60.0, ("-c", "import sys; assert sys.argv[1:] == ['--device', 'cpu']")), "cpu")
    assert (fine["outcome"], fine["stage"]) == ("passed", "fine")
    assert fine["seconds"] < 60.0


def test_only_some_stages(bare, monkeypatch):
    ran = []
    monkeypatch.setattr("benchmarks.gpu.run", lambda stage, device: ran.append((stage.name, device)) or FAILED)
    assert main(["--device", "cpu", "--stages", "step,batch", "--folder", str(bare / "new")]) == 1
    assert ran == [("step", "cpu"), ("batch", "cpu")]
    assert json.loads((bare / "new" / "gpu-cpu.json").read_text())["results"] == [FAILED, FAILED]


FAILED = {"stage": "step", "outcome": "failed with code 1", "seconds": 0.0}

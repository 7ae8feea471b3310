"""Every example runs as a reader runs it, tells what it does, and asserts what it claims."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "examples"
EXAMPLES = sorted(path for path in FOLDER.glob("[!_]*.py"))
SLOW = {"throw_with_network", "herringbone_render", "draped_render", "drape_on_sphere", "catch_with_gradient"}
NEEDS = {"throw_with_network": "torch", "herringbone_render": "bpy", "draped_render": "bpy"}


def marked(path: Path):
    return pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stem in SLOW else [])


@pytest.mark.parametrize("path", [marked(path) for path in EXAMPLES])
def test_it_runs(path, tmp_path):
    for package in (NEEDS.get(path.stem), "matplotlib"):
        if package and importlib.util.find_spec(package) is None:
            pytest.skip(f"needs {package}")
    text = path.read_text(encoding="utf-8")
    plot = ["--plot", str(tmp_path / "picture.png")] if "--plot" in text else []
    fast = ["--fast"] if "--fast" in text else []
    command = [sys.executable, str(path), *plot, *fast]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert len(run.stdout.splitlines()) >= 3
    if plot:
        assert (tmp_path / "picture.png").stat().st_size > 10_000


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_asserts_and_uses_the_public_api_only(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert any(isinstance(node, ast.Assert) for node in ast.walk(tree)), "it claims nothing"
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    ours = {module for module in modules if module and module.startswith("warp_fabric")}
    assert ours <= {"warp_fabric", "warp_fabric.picture", "warp_fabric.torch_bridge"}


def test_the_exceptions_are_there():
    assert {*SLOW, *NEEDS} <= {path.stem for path in EXAMPLES}

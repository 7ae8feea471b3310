"""What README and the documentation say to do can be done, and what they name is there."""

import importlib.util
import re
import shutil
from pathlib import Path

import pytest
from written import PAGES, ROOT, commands, do, parts

import warp_fabric as wf

SHORT = {"time.duration": 0.125}
"""What makes README's scene short enough to be simulated on every page."""
NOT_HERE = {"docs/blender.md": "tests/blender_addon/test_manual.py", "README.md": "tests/test_readme.py"}
"""Pages whose parts are run by other tests."""
NO_COMMANDS = ("docs/blender.md", "docs/physics.md")
"""Pages whose indented lines are Blender's expressions, and formulas."""
INSTALLS = ("py -m venv", ".venv\\Scripts\\", "pip install")
"""Commands that install: the workflow in .github runs them."""


def lay_out(folder: Path) -> None:
    """What the reader of a page has: README's scene and its run, a weave file, the examples."""
    (text,) = (part.text for part in parts("README.md") if part.kind == "toml")
    scene = wf.Scene.from_toml(text).replace(SHORT)
    scene.save(folder / "scene.toml")
    corners = [{"crossing": [0, 0]}, {"crossing": [0, 9]}]
    small = scene.replace({"fabric.ends": 10, "fabric.picks": 10, "pins": corners, "time.frames_per_second": 80})
    run = wf.simulate(small)
    run.save(folder / "observed.h5")
    run.save(folder / "run.h5")
    if importlib.util.find_spec("pxr") is not None:
        importlib.import_module("usd_export").export(run, folder / "cloth.usdc")
    small.replace({"contact.shear_modulus": 3.0e4}).save(folder / "guess.toml")
    (folder / "out" / "demo").mkdir(parents=True)
    shutil.copy(folder / "scene.toml", folder / "out" / "demo" / "herringbone.toml")


@pytest.mark.parametrize("page", [page for page in PAGES if page not in NOT_HERE])
def test_a_page_can_be_followed(page, tmp_path, monkeypatch):
    found = parts(page)
    if any("usd" in part.text for part in found) and importlib.util.find_spec("pxr") is None:
        pytest.skip("needs usd-core")
    monkeypatch.chdir(tmp_path)
    if any(part.kind == "python" or part.text.startswith("warp-fabric") for part in found):
        lay_out(tmp_path)
    for k, part in enumerate(found):
        if part.text != "warp-fabric demo":  # tests/cli/test_demo.py
            do(part, f"snippet_{k}.py")


@pytest.mark.parametrize("page", PAGES)
def test_other_commands_exist(page):
    """Those that tests cannot run themselves: make's targets, modules and scripts."""
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for command in commands(page):
        if command.startswith(("warp-fabric ", *INSTALLS)) or page in NO_COMMANDS:
            continue
        if command.startswith("make "):
            assert command.split()[1] in targets, command
        elif match := re.search(r"python (-m )?([\w./]+)", command):
            module = importlib.util.find_spec(match[2].partition(".")[0]) if match[1] else ROOT / match[2]
            assert module if match[1] else module.is_file(), command
        else:
            assert command.startswith(("git ", "cd ")), command


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_names_is_there(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    folder = (ROOT / page).parent
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    assert [link for link in links if not (folder / link).exists()] == []
    files = re.findall(r"`((?:warp_fabric|usd_export|blender_addon|tests|benchmarks|examples)/[\w./-]+)`", text)
    assert [name for name in files if "NAME" not in name and not (ROOT / name).exists()] == []


def test_the_workflow_runs_what_make_runs():
    """On Windows, which has no make, the commands are written out."""
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"\bmake ([\w-]+)$", workflow, re.MULTILINE)
    assert {*targets} == {"lint", "test", "test-numeric", "addon"}
    assert all(f"\n{target}:" in makefile for target in targets)
    (parallel,) = re.findall(r"^PARALLEL := (.*)$", makefile, re.MULTILINE)
    assert f'-m pytest {parallel} -m "not slow"' in workflow
    assert workflow.count("playwright install") == workflow.count("CHROMIUM=") == 2  # or the viewer's tests skip


def test_pages_without_a_test_have_another():
    for path in NOT_HERE.values():
        assert (ROOT / path).is_file()

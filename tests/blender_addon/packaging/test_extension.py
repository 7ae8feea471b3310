"""The extension is built as Blender wants it, and works where nothing else is installed."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging_tools import FOLDER, extension, wheel_files

ROOT = FOLDER.parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
STORY = Path(__file__).with_name("installed_story.py")


def names(lines) -> dict[str, str]:
    """Versions by name of "name==version" lines, names as package indexes compare them."""
    pinned = (line.partition("#")[0].strip().partition("==") for line in lines)
    return {plain(name): version for name, _, version in pinned if version}


def plain(requirement: str) -> str:
    """The name that a requirement begins with."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement).group()).lower()


def needed(name: str) -> set[str]:
    """What a distribution needs on some system, without extras, and what that needs, as far as it is installed."""
    try:
        told = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:  # needed on another system only
        told = []
    direct = {plain(each) for each in told if "extra ==" not in each} - {"numpy"}
    return direct | {more for each in direct for more in needed(each)}


@pytest.mark.parametrize("python", extension.PYTHONS)
def test_the_wheels_are_what_we_need_and_all_of_it(python):
    direct = {plain(each) for each in PROJECT["dependencies"]} - {"numpy"} | {"usd-core"}
    assert {*names(extension.requirements(python))} == direct | {more for each in direct for more in needed(each)}


@pytest.mark.parametrize("python", extension.PYTHONS)
def test_the_wheels_are_the_tested_versions(python):
    tested = names((ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines())
    wheels = names(extension.requirements(python))
    different = {name for name, version in wheels.items() if tested.get(name, version) != version}
    assert different <= {"scipy"}


def test_versions_agree():
    manifest = tomllib.loads((extension.ADDON / "blender_manifest.toml").read_text(encoding="utf-8"))
    assert manifest["version"] == PROJECT["version"]
    assert manifest["license"] == [f"SPDX:{PROJECT['license']}"]
    assert manifest["blender_version_min"] == next(iter(extension.PYTHONS.values()))[0]


@pytest.fixture
def few_wheels(monkeypatch, tmp_path):
    """Instead of what is downloaded: a small wheel for all platforms, and one for each, called as USD's is."""

    def downloaded(platform: str, python: str, cache: Path) -> list[Path]:
        tag = f"cp{python.replace('.', '')}-none-{extension.PLATFORMS[platform][0]}"
        files = {"pxr/__init__.py": b""}
        return [
            wheel_files.write_wheel(tmp_path, "everywhere", "1", "py3-none-any", {}),
            wheel_files.write_wheel(tmp_path, extension.USD[0], "1", tag, files),
        ]

    monkeypatch.setattr(extension, "downloaded", downloaded)


@pytest.mark.parametrize("python", extension.PYTHONS)
def test_one_file_for_each_platform(few_wheels, python, tmp_path):
    files = extension.built([*extension.PLATFORMS], python, tmp_path / "out", tmp_path / "build")
    ending = {path.stem.rpartition("-")[2]: path for path in files}
    assert {*ending} == {each.replace("-", "_") for each in extension.PLATFORMS}
    for platform, path in ending.items():
        with zipfile.ZipFile(path) as archive:
            inside = archive.namelist()
            manifest = tomllib.loads(archive.read("blender_manifest.toml").decode())
        first, end = extension.PYTHONS[python]
        assert (manifest["blender_version_min"], manifest.get("blender_version_max")) == (first, end)
        assert {"__init__.py", "weave/editor.py", "LICENSE"} <= {*inside}
        assert not [name for name in inside if "packaging" in name or "__pycache__" in name]
        wheels = [name for name in inside if name.endswith(".whl")]
        assert sorted(name.rpartition("/")[2].partition("-")[0] for name in wheels) == [
            "everywhere",
            "warp_fabric",
            "warp_fabric_usd",
        ]
        usd = next(name for name in wheels if "usd" in name)
        assert extension.PLATFORMS[platform.replace("_", "-")][0] in usd


def test_our_wheel_has_the_packages_with_their_data_but_not_the_addon(few_wheels, tmp_path):
    folder = extension.staged(["linux-x64"], "3.11", tmp_path)
    with zipfile.ZipFile(folder / "wheels" / f"warp_fabric-{PROJECT['version']}-py3-none-any.whl") as archive:
        inside = {*archive.namelist()}
    assert {"warp_fabric/__init__.py", "warp_fabric/yarns.toml", "usd_export/__init__.py"} <= inside
    assert {name.partition("/")[0] for name in inside if ".dist-info" not in name} == {"warp_fabric", "usd_export"}


def bare_python(folder: Path) -> Path:
    """A Python that has Blender and its NumPy, and nothing else."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    site = next(folder.glob("lib/python*/site-packages"), folder / "Lib" / "site-packages")
    for name in ("bpy", "numpy", "numpy.libs"):
        there = Path(importlib.util.find_spec("bpy").origin).parents[1] / name
        if there.is_dir():
            (site / name).symlink_to(there, target_is_directory=True)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


@pytest.mark.slow
@pytest.mark.skipif(
    sys.version_info[:2] != (3, 11) or sys.platform != "linux", reason="builds for Blender 4.5 on Linux"
)
def test_it_installs_simulates_and_goes_without_a_network_or_a_trace(tmp_path):
    files = extension.built(["linux-x64"], "3.11", tmp_path / "out", ROOT / "build")
    python, home = bare_python(tmp_path / "bare"), tmp_path / "home"
    home.mkdir()
    away = "http://127.0.0.1:9"
    environment = {"HOME": str(home), "BLENDER_USER_RESOURCES": str(tmp_path / "user"), "PATH": os.defpath}
    environment |= {"http_proxy": away, "https_proxy": away}
    blend = tmp_path / "my work" / "Tücher.blend"
    blend.parent.mkdir()
    run = subprocess.run([python, STORY, *files, blend], env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    told = json.loads(run.stdout.splitlines()[-1])
    assert told["before"] == told["missing"] == []
    assert {*told["built"], *told["simulated"]} == {"FINISHED"}
    assert len({round(height, 7) for height in told["heights"]}) == 4
    assert told["loaded"] == []
    assert not told["pxr"], "ours would hide Blender's"
    assert told["left"] == told["files"] == []
    assert [*home.rglob("*warp*")] == [], "an extension writes into its own folder only"
    assert {path.name for path in blend.parent.iterdir()} == {blend.name, "Tücher_fabric"}

"""Builds the extension: one file for each platform and Python, in dist/. Run by `make addon`; needs bpy.

    python blender_addon/packaging/extension.py [--platform linux-x64] [--python 3.11] [--out dist]

Downloads are kept in build/wheels, so that it works without a network from the second time on.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import tomli_w
from wheel_files import move_wheel, package_wheel

ADDON = Path(__file__).resolve().parents[1]
ROOT = ADDON.parent
WHEELS = Path(__file__).with_name("wheels.txt")

PLATFORMS = {
    "linux-x64": [f"manylinux_2_{glibc}_x86_64" for glibc in (28, 27, 24, 17)] + ["manylinux2014_x86_64"],
    "windows-x64": ["win_amd64"],
    "macos-arm64": ["macosx_12_0_arm64", "macosx_12_0_universal2"],
}
"""Blender's name of each platform, and what wheels call it, with all that is compatible."""
PYTHONS = {"3.11": ("4.2.0", "5.1.0"), "3.13": ("5.1.0", None)}
"""Blender's Python, by the first version of Blender that has it and the first that has it no more."""
SCIPY = {"3.11": "1.15.3", "3.13": "1.17.1"}
"""Blender 4.2 has NumPy 1.24, on which later versions of SciPy do not run; Blender 5.1 has NumPy 2."""
USD = "usd_core", "warp_fabric_usd"
"""Blender and its other add-ons have a pxr of their own, which ours must not hide: it goes into a folder for the child
process alone."""


def requirements(python: str) -> list[str]:
    """What wheels there must be for a Python: "warp-lang==1.19.0"."""
    lines = (line.partition("#")[0].strip() for line in WHEELS.read_text(encoding="utf-8").splitlines())
    return [f"scipy=={SCIPY[python]}", *filter(None, lines)]


def downloaded(platform: str, python: str, cache: Path) -> list[Path]:
    """All wheels for a platform and Python, from the cache or else from the index.

    Raises:
        SystemExit: where there is no such wheel, or no network.
    """
    folder = cache / f"{platform}-{python}"
    folder.mkdir(parents=True, exist_ok=True)
    asked, done = "\n".join(requirements(python)), folder / "done.txt"
    if not done.is_file() or done.read_text(encoding="utf-8") != asked:
        for old in folder.glob("*.whl"):
            old.unlink()
        tags = [word for tag in PLATFORMS[platform] for word in ("--platform", tag)]
        what = ["--no-deps", "--only-binary=:all:", "--implementation", "cp", "--python-version", python, *tags]
        _run(sys.executable, "-m", "pip", "download", "--quiet", *what, "--dest", folder, *requirements(python))
        done.write_text(asked, encoding="utf-8")
    return sorted(folder.glob("*.whl"))


def staged(platforms: list[str], python: str, build: Path) -> Path:
    """A folder with the add-on, its wheels for some platforms, and the manifest that names them."""
    folder = build / f"addon-{python}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ADDON, folder, ignore=shutil.ignore_patterns("packaging", "__pycache__"))
    shutil.copy(ROOT / "LICENSE", folder)
    manifest = _manifest(ADDON)
    wheels = folder / "wheels"
    wheels.mkdir()
    package_wheel(wheels, "warp_fabric", str(manifest["version"]), [ROOT / "warp_fabric", ROOT / "usd_export"])
    found = {path.name: path for each in platforms for path in downloaded(each, python, build / "wheels")}
    for wheel in found.values():
        if wheel.name.startswith(f"{USD[0]}-"):
            move_wheel(wheel, wheels, USD[1])
        else:
            shutil.copy(wheel, wheels)
    first, end = PYTHONS[python]
    manifest |= {"blender_version_min": first, "platforms": platforms}
    manifest |= {"blender_version_max": end} if end else {}
    manifest["wheels"] = sorted(f"./wheels/{each.name}" for each in wheels.iterdir())
    (folder / "blender_manifest.toml").write_text(tomli_w.dumps(manifest), encoding="utf-8")
    return folder


def built(platforms: list[str], python: str, out: Path, build: Path) -> list[Path]:
    """The extension's files for one Python, validated by Blender's own tool."""
    folder = staged(platforms, python, build)
    name = f"warp_fabric-{_manifest(folder)['version']}-py{python.replace('.', '')}"
    out.mkdir(parents=True, exist_ok=True)
    blender = (sys.executable, _blender_ext())
    whole = out / f"{name}.zip"  # each platform's file has its name appended
    _run(*blender, "build", "--split-platforms", "--source-dir", folder, "--output-filepath", whole)
    files = [out / f"{name}-{platform.replace('-', '_')}.zip" for platform in platforms]
    for path in files:
        _run(*blender, "validate", path)
    return files


def _manifest(folder: Path) -> dict[str, object]:
    return tomllib.loads((folder / "blender_manifest.toml").read_text(encoding="utf-8"))


def _blender_ext() -> Path:
    """The tool for extensions that comes with Blender."""
    spec = importlib.util.find_spec("bpy")
    if spec is None or not spec.origin:
        raise SystemExit("building the extension needs Blender's tool: pip install bpy (for Python 3.11)")
    return next(Path(spec.origin).parent.glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py"))


def _run(*command: object) -> None:
    words = [str(each) for each in command]
    if subprocess.run(words, check=False).returncode:
        raise SystemExit(f"this failed, see above: {' '.join(words)}")


def main() -> None:
    """Build what is asked for, by default everything."""
    parser = argparse.ArgumentParser(description="Build the Blender extension.")
    parser.add_argument("--platform", action="append", choices=PLATFORMS, dest="platforms", help="default: all")
    parser.add_argument("--python", action="append", choices=PYTHONS, dest="pythons", help="default: all")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="for downloads and what is on its way")
    chosen = parser.parse_args()
    for python in chosen.pythons or PYTHONS:
        for path in built(chosen.platforms or list(PLATFORMS), python, chosen.out, chosen.build):
            print(f"{path}  {path.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()

"""How `warp-fabric` is started from Blender: with Blender's own Python, and a path to packages of its own."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import sys
from pathlib import Path

import bpy

import warp_fabric

PACKAGES = (
    "warp-lang",
    "h5py",
    "scipy",
    "threadpoolctl",
    "psutil",
    "typer",
    "click",
    "rich",
    "dtx-to-wif",
    "tomli-w",
    "usd-core",
)
"""What the process needs that Blender has not; where they are, those that they need are too."""
USD = "warp_fabric_usd"
"""The folder in which an installed extension keeps pxr, so that Blender and its other add-ons keep theirs."""
RUNNER = Path(__file__).with_name("runner.py")


def command(*arguments: object) -> list[str]:
    """The command line of `warp-fabric` with these arguments, for `Job`."""
    return [*python(), "-u", str(RUNNER), *map(str, arguments)]


def python() -> list[str]:
    """Blender's own Python, which imports neither from the folder of its script nor from where Blender does not."""
    return [sys.executable, "-P", *(["-s"] if sys.flags.no_user_site else [])]


def environment() -> dict[str, str]:
    """This process's environment, with a path on which our packages come before Blender's."""
    found = {key: value for key, value in os.environ.items() if key not in ("PYTHONHOME", "PYTHONSTARTUP")}
    found["PYTHONPATH"] = os.pathsep.join(map(str, package_folders()))
    found["PYTHONUTF8"] = "1"
    addon = (__package__ or "").rpartition(".")[0]
    if addon.startswith("bl_ext."):  # an extension writes into no other folder than its own
        found.setdefault("WARP_CACHE_PATH", bpy.utils.extension_path_user(addon, path="kernels", create=True))
    return found


def package_folders() -> list[Path]:
    """Folders that hold `warp_fabric` and what it needs, each once."""
    folders = [Path(warp_fabric.__file__).parents[1]]
    if usd := importlib.util.find_spec(USD):
        folders += map(Path, usd.submodule_search_locations or ())
    for name in PACKAGES:
        try:
            folders.append(Path(str(importlib.metadata.distribution(name).locate_file(""))))
        except importlib.metadata.PackageNotFoundError:  # the process says what is missing
            continue
    return list(dict.fromkeys(each.resolve() for each in folders))

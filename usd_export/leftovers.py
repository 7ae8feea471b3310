"""What earlier exports to a path left beside it: files that only they needed, and folders of killed processes."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import sys
import uuid
from pathlib import Path

from pxr import Sdf, Tf

from usd_export.stage import CLIPS, ROOT

SUFFIXES = (".usdc", ".usd", ".usda", ".usdz")
COMPANION = r"(samples|manifest|clip\.\d{4,}(\.\d+)?)\.usdc"
"""What follows NAME in the names of an export's further files."""


def companions_of(target: Path) -> set[str]:
    """Names of the further files of an earlier export to this path that no export of the same stem needs.

    They are those that the earlier root refers to; where it has clips, also clips it does not know (yet): their
    simulation was killed between writing them and it.
    """
    pattern = re.compile(re.escape(target.stem) + r"\." + COMPANION)
    there = {each.name for each in target.parent.iterdir() if pattern.fullmatch(each.name)}
    if not there:
        return set()
    own = _referred(target)
    if any(".clip." in name for name in own):
        own |= {name for name in there if ".clip." in name}
    others = {target.with_suffix(suffix) for suffix in SUFFIXES} - {target}
    return own & there - set().union(*(_referred(each) for each in others))


def workshop_folder(target: Path) -> Path:
    """A new name for a hidden folder beside the target, that tells which process of which computer made it."""
    return target.with_name(f"{_prefix(target)}{os.getpid()}-{uuid.uuid4().hex[:8]}.tmp")


def remove_abandoned(target: Path) -> None:
    """Remove such folders whose process is dead. Those of other computers stay, and on Windows all."""
    pattern = re.compile(re.escape(_prefix(target)) + r"(\d+)-[0-9a-f]{8}\.tmp")
    for each in target.parent.iterdir():
        match = pattern.fullmatch(each.name)
        if match and not _alive(int(match[1])):
            shutil.rmtree(each, ignore_errors=True)


def _prefix(target: Path) -> str:
    host = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
    return f".{target.name[:100]}.{host}-"


def _alive(process: int) -> bool:
    if sys.platform == "win32":  # asking would end it there
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def _referred(root: Path) -> set[str]:
    """Names of the files beside a root of an export that it needs; none where it is no such root."""
    if not root.is_file() or root.suffix.lower() == ".usdz":
        return set()
    try:
        layer = Sdf.Layer.OpenAsAnonymous(str(root))
    except Tf.ErrorException:
        return set()
    prim = layer.GetPrimAtPath(ROOT)
    sets = prim.GetInfo(CLIPS).values() if prim and prim.HasInfo(CLIPS) else ()
    assets = [asset for each in sets for asset in (*each["assetPaths"], each["manifestAssetPath"])]
    return {Path(name).name for name in (*layer.subLayerPaths, *(each.path for each in assets))}

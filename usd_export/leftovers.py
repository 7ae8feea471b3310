"""What earlier exports to a path left beside it: files that only they needed, and folders of killed processes."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import platform
import re
import shutil
import sys
import uuid
from collections.abc import Iterable
from pathlib import Path

from pxr import Sdf, Tf

from usd_export.metadata import SCENE
from usd_export.stage import CLIPS, ROOT

SUFFIXES = (".usdc", ".usd", ".usda", ".usdz")
COMPANION = re.compile(r"(samples|manifest|clip\.\d{4,}(\.\d+)?|growing\.\d+)\.usdc", re.IGNORECASE)
"""What follows NAME, or NAME.2 and so on, in the names of an export's further files."""
PLACED = "placed"
"""In a workshop: names of the files that were put in place for a root that was not yet."""


def free_stem(target: Path) -> str:
    """What the names of an export's further files begin with: NAME, or NAME.2 and so on where any of them is taken.

    So they replace nothing: neither what the root that is there needs until it is replaced itself, nor what is of an
    export to another suffix, nor a file of somebody's own.
    """
    folder = target.parent
    there = [each.name for each in (*folder.iterdir(), *folder.glob(".*.tmp/*.usdc"))]  # others may be at work
    stems = (target.stem if number == 1 else f"{target.stem}.{number}" for number in itertools.count(1))
    return next(stem for stem in stems if not any(_is_companion(name, stem) for name in there))


def companions_of(target: Path) -> set[str]:
    """Names of the further files of an earlier export to this path that no export of the same stem needs.

    They are those that the earlier root refers to; where it has clips, also clips beside them that it does not know
    (yet): their simulation was stopped between writing them and it.
    """
    layer = _opened(target)
    if layer is None or not layer.GetAttributeAtPath(ROOT.AppendProperty(SCENE)):
        return set()  # it is no export
    own, there = _referred(target), {each.name for each in target.parent.iterdir()}
    for stem in {name.rpartition(".clip.")[0] for name in own if ".clip." in name}:
        own |= {name for name in there if ".clip." in name and _is_companion(name, stem)}
    return own & there - _needed_by_others(target)


def remove_unneeded(target: Path, names: Iterable[str]) -> None:
    """Remove those of the files of these names beside a root that neither it nor one of the same stem needs."""
    names = set(names)
    for name in names - _referred(target) - _needed_by_others(target) if names else ():
        with contextlib.suppress(OSError):
            (target.parent / Path(name).name).unlink()


def workshop_folder(target: Path) -> Path:
    """A new name for a hidden folder beside the target, that tells which process of which computer made it."""
    return target.with_name(f"{_prefix(target)}{os.getpid()}-{uuid.uuid4().hex[:8]}.tmp")


def remove_abandoned(target: Path) -> None:
    """Remove such folders whose process is dead, and what it put in place for a root that it did not.

    Those of other computers stay, and on Windows all.
    """
    pattern = re.compile(re.escape(_prefix(target)) + r"(\d+)-[0-9a-f]{8}\.tmp")
    for each in target.parent.iterdir():
        match = pattern.fullmatch(each.name)
        if match and not _alive(int(match[1])):
            with contextlib.suppress(FileNotFoundError):
                remove_unneeded(target, (each / PLACED).read_text(encoding="utf-8").splitlines())
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


def _is_companion(name: str, stem: str) -> bool:
    begin = len(stem) + 1
    return name[:begin].lower() == f"{stem}.".lower() and COMPANION.fullmatch(name, begin) is not None


def _needed_by_others(target: Path) -> set[str]:
    others = {target.with_suffix(suffix) for suffix in SUFFIXES} - {target}
    return set().union(*(_referred(each) for each in others))


def _referred(root: Path) -> set[str]:
    """Names of the further files beside a root of an export that it needs; none where it is no such root."""
    layer = _opened(root)
    if layer is None:
        return set()
    prim = layer.GetPrimAtPath(ROOT)
    sets = prim.GetInfo(CLIPS).values() if prim and prim.HasInfo(CLIPS) else ()
    assets = [asset for each in sets for asset in (*each["assetPaths"], each["manifestAssetPath"])]
    names = {Path(name).name for name in (*layer.subLayerPaths, *(each.path for each in assets))}
    own = re.compile(re.escape(root.stem) + r"(\.\d+)?\." + COMPANION.pattern, re.IGNORECASE)
    return {name for name in names if own.fullmatch(name)}


def _opened(root: Path) -> Sdf.Layer | None:
    if not root.is_file() or root.suffix.lower() == ".usdz":
        return None
    try:
        return Sdf.Layer.OpenAsAnonymous(str(root))
    except Tf.ErrorException:
        return None

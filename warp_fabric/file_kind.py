"""What a file is, by its first bytes or else its name: so that an error can say what was given instead."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path


class FileKind(StrEnum):
    """Kinds of files that users mistake for each other, as errors name them."""

    FOLDER = "a folder"
    RUN = "a run (HDF5)"
    CHECKPOINT = "the checkpoint of an interrupted run"
    USD = "a USD file"
    SCENE = "a scene (TOML)"
    WEAVE = "a weave file"


_BEGINNINGS = {
    b"\x89HDF\r\n\x1a\n": FileKind.RUN,
    b"warp-fabric checkpoint": FileKind.CHECKPOINT,
    b"PXR-USDC": FileKind.USD,
    b"#usda": FileKind.USD,
}
_ENDINGS = {".toml": FileKind.SCENE, ".usdz": FileKind.USD} | dict.fromkeys((".wif", ".dtx", ".wpo"), FileKind.WEAVE)

_FIXES = {
    (FileKind.SCENE, FileKind.FOLDER): "give the scene file (.toml) in it",
    (FileKind.SCENE, FileKind.RUN): "give the scene file (.toml) that it was simulated from",
    (FileKind.SCENE, FileKind.CHECKPOINT): "give the run's scene file (.toml); to resume the run, add --resume",
    (FileKind.SCENE, FileKind.USD): "give a scene file (.toml)",
    (FileKind.SCENE, FileKind.WEAVE): 'name it in a scene file (.toml): draft = "{name}" under [fabric]',
    (FileKind.RUN, FileKind.FOLDER): "give the .h5 file in it",
    (FileKind.RUN, FileKind.SCENE): "simulate it first: warp-fabric simulate {name} -o run.h5",
    (FileKind.RUN, FileKind.CHECKPOINT): "finish the run (simulate ... --resume)",
    (FileKind.RUN, FileKind.USD): "give the run (.h5) that it was exported from",
    (FileKind.USD, FileKind.FOLDER): "give the USD file in it",
    (FileKind.USD, FileKind.RUN): "export it first: warp-fabric export {name} -o cloth.usdc",
    (FileKind.USD, FileKind.SCENE): "simulate and export it first, or simulate it with --usd cloth.usdc",
}


def kind_of(path: str | os.PathLike) -> FileKind | None:
    """What a file is; None where it is missing, or none of these kinds."""
    path = Path(path)
    if path.is_dir():
        return FileKind.FOLDER
    try:
        with open(path, "rb") as file:
            first = file.read(32)
    except (OSError, ValueError):  # ValueError: a path that no file can have
        return None
    known = (kind for beginning, kind in _BEGINNINGS.items() if first.startswith(beginning))
    return next(known, _ENDINGS.get(path.suffix.lower()))


def mistaken(path: str | os.PathLike, wanted: FileKind) -> tuple[str, str] | None:
    """What is wrong and how to fix it, where a file is known to be of another kind than the one wanted; else None."""
    kind = kind_of(path)
    if kind is None or kind is wanted:
        return None
    fix = _FIXES.get((wanted, kind), f"give {wanted}").format(name=Path(path).name)
    return f"this is {kind}, not {wanted}", fix

"""What tests of `warp-fabric simulate` share."""

from pathlib import Path


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}

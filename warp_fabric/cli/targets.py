"""What `--target` names: a file, and after commas how it is to be compared."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warp_fabric.errors import TargetError

if TYPE_CHECKING:
    import numpy as np

    from warp_fabric.fitting.targets.target import Target

YES = {"yes": True, "no": False}


def read_target(text: str, frames: int = 1) -> Target:
    """A target from `FILE` or `FILE,KEY=VALUE,...`; for the keys see `OPTIONS`.

    Args:
        text: A file of that name is taken as it is, commas and all.
        frames: Compare every so many frames, where the text does not say.

    Raises:
        TargetError, TrajectoryError, SceneError: where a file, a key or a value is bad.
    """
    from warp_fabric.fitting.targets.rest_shape import RestShapeTarget
    from warp_fabric.fitting.targets.target import as_target

    path, given = split_options(text)
    options = {}
    for key, value in given.items():
        try:
            options[key] = OPTIONS[key](value)
        except (ValueError, KeyError):
            fix = f"write it as in {EXAMPLES[key]}"
            raise TargetError(f"{value!r} is no value for {key}", where=f"--target {text}", fix=fix) from None
    rest = options.pop("rest", False)
    if not rest and frames > 1:
        options.setdefault("frames", frames)
    try:
        target = as_target(path, **options)
    except TypeError:
        fix = "weight, frames, mask, scene and rest go with every target; sliding with runs; start with runs, markers "
        fix += "and meshes; crossings with markers; frames_per_second, scale, up and direction with meshes"
        what = f"one of {', '.join(options)} does not go with a target of this kind"
        raise TargetError(what, where=f"--target {text}", fix=fix) from None
    return RestShapeTarget(target) if rest else target


def split_options(text: str) -> tuple[str, dict[str, str]]:
    """The file, and values by key; paths may hold commas, colons and equals signs."""
    found: dict[str, str] = {}
    while not Path(text).exists() and (match := re.fullmatch(r"(.*),\s*(\w+)=([^,]*)", text)):
        if match[2] not in OPTIONS:
            fix = f"the keys are {', '.join(OPTIONS)}"
            raise TargetError(f"there is no key {match[2]!r}", where=f"--target {text}", fix=fix)
        if match[2] in found:
            raise TargetError("this key is given twice", where=f"--target {text}: {match[2]}", fix="give it once")
        text = match[1]
        found[match[2]] = match[3].strip()
    return text, found


def _scene(path: str) -> Any:
    from warp_fabric.scene import load_scene

    return load_scene(path)


def read_mask(path: str) -> np.ndarray:
    """[picks, ends] weights from a .npy file, or from text: a line a pick, numbers with commas between them.

    Raises:
        TargetError: where the file cannot be read.
    """
    import numpy as np

    try:
        if path.lower().endswith(".npy"):
            return np.load(path, allow_pickle=False)
        return np.loadtxt(path, delimiter=",", ndmin=2)
    except (OSError, ValueError, EOFError) as error:
        fix = "give a .npy file [picks, ends], or a text with a line a pick and a number an end, commas between"
        raise TargetError(f"the mask cannot be read: {error}", where=path, fix=fix) from error


OPTIONS: dict[str, Callable[[str], Any]] = {
    "weight": float,
    "frames": int,
    "mask": read_mask,
    "scene": _scene,
    "rest": YES.__getitem__,
    "sliding": YES.__getitem__,
    "start": float,
    "frames_per_second": float,
    "scale": float,
    "up": str,
    "direction": str,
    "crossings": str,
}
"""Keys, and what makes their values of text; see `Target` and the classes of targets."""
EXAMPLES = {
    "weight": "weight=2.5",
    "frames": "frames=5",
    "rest": "rest=yes",
    "sliding": "sliding=no",
    "start": "start=0.5",
    "frames_per_second": "frames_per_second=120",
    "scale": "scale=0.001",
}

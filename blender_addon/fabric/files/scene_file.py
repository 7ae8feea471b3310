"""The scene file of a fabric, beside its run: it goes on knowing its obstacles when their folder is moved."""

from __future__ import annotations

import json
import os
from pathlib import Path

from warp_fabric import Scene

from .paths import OBSTACLES, SCENE


def write_scene(scene: Scene, folder: Path) -> None:
    """Write a scene file in which meshes in the fabric's folder are named relative to it.

    Args:
        folder: The scene file's own; the meshes are in it or in the one above.

    Raises:
        OSError: where it cannot be written.
    """
    text = scene.to_toml()
    for home, way in ((folder, ""), (folder.parent, "../")):
        there = os.path.join(os.path.abspath(home), OBSTACLES, "")
        text = text.replace(f'"{json.dumps(there, ensure_ascii=False)[1:-1]}', f'"{way}{OBSTACLES}/')
    (folder / SCENE).write_text(text, encoding="utf-8")

"""The modules that build the extension, which are scripts beside each other and no part of the add-on."""

import sys
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "blender_addon" / "packaging"
sys.path.insert(0, str(FOLDER))
import extension  # noqa: E402
import wheel_files  # noqa: E402

sys.path.remove(str(FOLDER))

__all__ = ["FOLDER", "extension", "wheel_files"]

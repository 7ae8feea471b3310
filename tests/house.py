"""Where the sources are, and which part of the package each belongs to."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "warp_fabric"
SOURCES = sorted(PACKAGE.rglob("*.py"))
ADDON = ROOT / "blender_addon"


def part_of(path: Path) -> str:
    """The file or folder of the package that a source file belongs to."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")

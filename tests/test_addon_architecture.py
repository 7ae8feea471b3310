"""What the add-on may import, and that its rooms stand on those below them."""

import ast
from pathlib import Path

import pytest
from house import ADDON, NOT_IN_BLENDER, ROOT, SOURCES, imports_of, own_parts, packages

import warp_fabric

ADDON_MAY_IMPORT = {
    "__version__",
    "atomic",
    "checkpoint",
    "checks",
    "errors",
    "bundling",
    "fabric",
    "geometry",
    "kept_frames",
    "layout",
    "memory",
    "obstacle_mesh",
    "outline",
    "parameters",
    "plies",
    "progress",
    "scene",
    "srgb",
    "weave",
    "yarn",
}
"""Parts of the package that Blender's own process may load: light, and unable to take Blender down."""
OUTSIDE_BLENDER = {
    "packaging": "builds the extension's files",
    "job/runner.py": "is what a child process runs",
    "fabric/files/usd_reader.py": "reads with pxr",
}
"""Files and folders of the add-on that Blender's own process never imports, and why."""
ADDON_FLOORS = (
    {"handler_lists", "path_options", "previews"},
    {"job"},
    {"fabric/objects"},
    {"fabric/settings"},
    {"fabric/design"},
    {"fabric/files"},
    {"fabric/scene"},
    {"fabric"},
    {"operator"},
    {"job_operator"},
    {"PANELS"},
    {"__init__"},
)
"""The add-on's rooms, its files and folders, from the ground up: each imports from lower floors and from itself alone.

So panels, which are all folders that are not named here, import none of each other.
"""


def outside_blender(path: Path) -> bool:
    """Whether a file of the add-on is for another process than Blender's."""
    return any(path.is_relative_to(ADDON / each) for each in OUTSIDE_BLENDER)


def test_the_addon_knows_the_light_parts_only():
    public = {name: module.split(".")[1] for name, module in warp_fabric._PUBLIC.items()}
    for path in ADDON.rglob("*.py"):
        if not outside_blender(path):
            parts = {public.get(part, part) for part in own_parts(path)}
            assert parts <= ADDON_MAY_IMPORT, path.relative_to(ROOT)
            assert not packages(path) & NOT_IN_BLENDER, path.relative_to(ROOT)
            exporter = {name.split(".")[1] for name in imports_of(path) if name.startswith("usd_export.")}
            assert exporter <= {"options", "yarn_lines"}, path.relative_to(ROOT)  # what works without pxr
            outside = [ADDON / each for each in OUTSIDE_BLENDER]
            modules = {".".join(each.relative_to(ROOT).with_suffix("").parts) for each in outside}
            found = {name for name in imports_of(path) for module in modules if f"{name}.".startswith(f"{module}.")}
            assert not found, f"{path.relative_to(ROOT)} imports {', '.join(found)}"


def room_of(parts: tuple[str, ...], depth: int) -> str:
    """The room that a path in the add-on is in: its folder, at most so deep, or else the file itself."""
    paths = ["/".join(parts[:count]) for count in range(1, depth + 1)]
    return next((each for each in reversed(paths) if (ADDON / each).is_dir()), parts[0].removesuffix(".py"))


def floor_of(room: str) -> int:
    """How high a room is."""
    named = [floor for floor, rooms in enumerate(ADDON_FLOORS) if room in rooms]
    return named[0] if named else ADDON_FLOORS.index({"PANELS"})


def upwards(path: Path, depth: int, types: bool) -> list[str]:
    """What a file of the add-on imports from rooms that are not below its own."""
    own = room_of(path.relative_to(ADDON).parts, depth)
    found = []
    for name in imports_of(path, types):
        if name.startswith("blender_addon."):
            other = room_of(tuple(name.split(".")[1:]), depth)
            if other != own and floor_of(other) >= floor_of(own):
                found.append(name)
    return found


@pytest.mark.parametrize("path", sorted(ADDON.rglob("*.py")), ids=lambda path: path.relative_to(ADDON).as_posix())
def test_rooms_of_the_addon_stand_on_those_below(path):
    """No two folders import each other, panels import no panel, and what a fabric is knows none, not even by type."""
    if path.is_relative_to(ADDON / "packaging"):
        return
    wrong = upwards(path, 1, types=True)
    if path.is_relative_to(ADDON / "fabric"):
        wrong += upwards(path, 2, types=False)  # by type, what Blender shows may know what it keeps
    assert not wrong, f"{path.relative_to(ROOT)} imports {', '.join(sorted({*wrong}))}"


def test_every_floor_of_the_addon_is_there():
    for room in set.union(*ADDON_FLOORS) - {"PANELS"}:
        assert (ADDON / room).is_dir() or (ADDON / f"{room}.py").is_file(), f"{room} is gone: take it out"
    loose = {path.stem for path in ADDON.glob("*.py")}
    assert loose <= set.union(*ADDON_FLOORS), "a file beside the panels has a floor of its own"


def test_the_addon_names_itself_relatively():
    for path in ADDON.rglob("*.py"):
        nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
        absolute = [node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level]
        absolute += [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
        assert "blender_addon" not in {str(name).partition(".")[0] for name in absolute}, path.relative_to(ROOT)


def test_nothing_imports_the_addon():
    for path in [*SOURCES, *(ROOT / "usd_export").rglob("*.py")]:
        assert "blender_addon" not in packages(path), path.relative_to(ROOT)

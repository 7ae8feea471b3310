"""Which parts may know which, and what importing the package costs."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from house import ADDON, ROOT, SOURCES, part_of

import warp_fabric

# Data flows one way; each part may import those named here, besides itself. A part is a file or folder of the package.
FOUNDATION = {"errors", "types", "topology", "clearing", "start"}
MAY_IMPORT = {
    "errors": set(),
    "types": set(),
    "topology": set(),
    "clearing": {"types"},
    "start": {"WARP_WAS_THERE"},
    "checks": {"errors"},
    "atomic": {"errors"},
    "counts": set(),
    "file_kind": set(),
    "png": {"errors", "atomic"},
    "srgb": set(),
    "directions": set(),
    "yarn": {"errors", "checks"},
    "weave": {"errors", "checks", "atomic", "png"},
    "fabric": {"errors", "yarn", "weave"},
    "relief": {"fabric"},
    "loose_ends": {"geometry"},
    "geometry": {"directions", "fabric", "relief"},
    "scene": {"errors", "checks", "atomic", "file_kind", "yarn", "weave", "fabric"},
    "crimped_rest": {"fabric", "scene"},
    "memory": {"parameters", "scene", "topology"},
    "parameters": {"checks", "scene", "yarn"},
    "material": {"parameters", "scene", "types"},
    "model": FOUNDATION | {"material", "parameters", "scene"},
    "state": FOUNDATION | {"model"},
    "forces": FOUNDATION | {"material", "model", "state"},
    "solver": FOUNDATION | {"material", "model", "state", "forces", "scene"},
    "inputs": FOUNDATION | {"checks", "crimped_rest", "limits", "model", "parameters", "state", "scene"},
    "viewer": {
        "checkpoint",
        "directions",
        "errors",
        "fabric",
        "file_kind",
        "geometry",
        "initial",
        "kept_frames",
        "loose_ends",
        "scene",
        "srgb",
        "trajectory",
    },
    "fitting": FOUNDATION
    | {
        "__version__",
        "atomic",
        "checks",
        "fabric",
        "initial",
        "inputs",
        "limits",
        "memory",
        "model",
        "parameters",
        "progress",
        "run",
        "scene",
        "solver",
        "state",
        "threads",
        "trajectory",
    },
}
NUMPY_ONLY = {
    "checks",
    "parameters",
    "atomic",
    "counts",
    "file_kind",
    "png",
    "srgb",
    "directions",
    "errors",
    "yarn",
    "weave",
    "fabric",
    "scene",
    "topology",
    "memory",
    "trajectory",
    "geometry",
    "plies",
    "relief",
}
"""Parts that work without Warp, so that whoever only reads and draws results does not wait for it."""
HEAVY = {"torch", "bpy", "pxr", "matplotlib", "pyvista", "viser", "warp"}
ADDON_MAY_IMPORT = {
    "__version__",
    "checkpoint",
    "checks",
    "errors",
    "fabric",
    "geometry",
    "kept_frames",
    "memory",
    "parameters",
    "plies",
    "progress",
    "scene",
    "srgb",
    "weave",
    "yarn",
}
"""Parts of the package that Blender's own process may load: light, and unable to take Blender down."""
NOT_IN_BLENDER = HEAVY - {"bpy"} | {"h5py", "scipy", "typer"}
"""Packages that Blender's own process must never load: Blender ships its own pxr, and a crash is for a child."""
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


def imports_of(path: Path, types: bool = False) -> set[str]:
    """Modules a file imports, at its top or later; names that only type checkers see count where `types` is set.

    The add-on imports itself relatively, as its package has another name in each Blender: "blender_addon.weave.Weave".
    """
    found = set()
    parents = path.relative_to(ROOT).parts[:-1]

    class Visitor(ast.NodeVisitor):
        def visit_If(self, node: ast.If) -> None:
            if types or "TYPE_CHECKING" not in ast.unparse(node.test):
                self.generic_visit(node)

        def visit_Import(self, node: ast.Import) -> None:
            found.update(alias.name for alias in node.names)

        def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
            assert node.level == 0 or ADDON in path.parents, f"{path} imports relatively"
            above = parents[: len(parents) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            found.update(f"{module}.{alias.name}" for alias in node.names)

    Visitor().visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


def own_parts(path: Path) -> set[str]:
    """Parts of the package that a file imports."""
    return {name.split(".")[1] for name in imports_of(path) if name.startswith("warp_fabric.")}


def packages(path: Path) -> set[str]:
    """Top-level packages that a file imports."""
    return {name.split(".")[0] for name in imports_of(path)}


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_arrows_point_downwards(part):
    files = [path for path in SOURCES if part_of(path) == part]
    assert files, f"warp_fabric/{part} is gone; take it out of MAY_IMPORT"
    for path in files:
        wrong = own_parts(path) - MAY_IMPORT[part] - {part}
        assert not wrong, f"{path.relative_to(ROOT)} imports {', '.join(sorted(wrong))}"


def test_forces_and_solver_know_no_files():
    for path in SOURCES:
        if part_of(path) not in ("forces", "solver"):
            continue
        found = packages(path) & {"h5py", "tomllib", "tomli_w", "pathlib", "os", "io", "json", "pickle", "shutil"}
        assert not found, f"{path.relative_to(ROOT)} imports {', '.join(found)}"
        names = {
            node.id for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Name)
        }
        assert "open" not in names, f"{path.relative_to(ROOT)} opens files"


def test_only_rollouts_know_scenes():
    """The rest of the solver works on models."""
    users = {path.name for path in SOURCES if part_of(path) == "solver" and "scene" in own_parts(path)}
    assert users == {"rollout.py", "side_by_side.py"}


def test_nothing_imports_the_command_line():
    for path in SOURCES:
        if part_of(path) not in ("cli", "__main__"):
            assert "cli" not in own_parts(path), path.relative_to(ROOT)


@pytest.mark.parametrize("part", sorted(NUMPY_ONLY))
def test_parts_without_warp(part):
    for path in SOURCES:
        if part_of(path) == part:
            assert not packages(path) & HEAVY, path.relative_to(ROOT)


def test_exporters_read_trajectories_and_geometry_only():
    # plies are geometry of their own: curves around the centre lines; checks read the scene that is in the file; a run
    # may begin with a frame of another trajectory
    for path in (ROOT / "usd_export").rglob("*.py"):
        allowed = {"counts", "file_kind", "trajectory", "initial", "geometry", "plies", "scene", "errors", "srgb"}
        assert own_parts(path) <= allowed, path.relative_to(ROOT)


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


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a fresh process has loaded after running `code`."""
    code += "\nimport sys; print('\\n', *sorted({name.partition('.')[0] for name in sys.modules}))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return {*run.stdout.splitlines()[-1].split()}


def test_importing_the_package_loads_nothing_heavy():
    loaded = loaded_by("import warp_fabric; dir(warp_fabric)")
    assert "warp_fabric" in loaded
    assert not loaded & (HEAVY | {"numpy", "scipy", "h5py"})


def test_scenes_and_trajectories_need_no_warp():
    loaded = loaded_by("import warp_fabric.trajectory, warp_fabric.geometry, warp_fabric.scene, warp_fabric.weave")
    assert "numpy" in loaded
    assert not loaded & (HEAVY | {"h5py", "tomli_w"})  # which are for files


def test_simulating_needs_no_optional_package():
    loaded = loaded_by("import warp_fabric.simulation, warp_fabric.solver.static")
    assert "warp" in loaded
    assert not loaded & (HEAVY - {"warp"})


@pytest.mark.skipif(importlib.util.find_spec("bpy") is None, reason="needs bpy")
def test_blender_itself_loads_nothing_heavy():
    operators = ("weave_set(pattern='twill22')", "weave_transform(kind='INVERT')", "build()")
    done = " == ".join(f"bpy.ops.fabric.{each}" for each in operators)
    loaded = loaded_by(f"import bpy, blender_addon; blender_addon.register(); assert {done} == {{'FINISHED'}}")
    assert {"bpy", "warp_fabric"} <= loaded
    assert not loaded & NOT_IN_BLENDER

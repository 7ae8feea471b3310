"""Which parts of the package, and of the exporter, may know which."""

import ast

import pytest
from house import HEAVY, ROOT, SOURCES, own_parts, packages, part_of

# Data flows one way; each part may import those named here, besides itself. A part is a file or folder of the package.
FOUNDATION = {"errors", "types", "layout", "topology", "clearing", "start"}
MAY_IMPORT = {
    "errors": set(),
    "types": set(),
    "layout": set(),
    "topology": {"layout"},
    "clearing": {"types"},
    "start": {"WARP_WAS_THERE"},
    "checks": {"errors"},
    "atomic": {"errors"},
    "counts": set(),
    "file_kind": set(),
    "png": {"errors", "atomic"},
    "srgb": set(),
    "directions": {"layout"},
    "yarn": {"errors", "checks"},
    "weave": {"errors", "checks", "atomic", "png"},
    "bundling": {"layout"},
    "bundle_weights": {"fabric", "topology"},
    "bundled_yarns": {"fabric", "material", "types"},
    "fabric": {"bundling", "errors", "layout", "yarn", "weave"},
    "outline": {"errors", "checks"},
    "relief": {"fabric"},
    "loose_ends": {"geometry", "runs"},
    "runs": {"layout"},
    "geometry": {"directions", "fabric", "layout", "relief"},
    "scene": {
        "errors",
        "checks",
        "atomic",
        "file_kind",
        "yarn",
        "weave",
        "fabric",
        "layout",
        "bundling",
        "obstacle_mesh",
        "outline",
    },
    "crimped_rest": {"fabric", "scene"},
    "filling": {"layout"},
    "real_cloth": {"bundling", "filling", "scene"},
    "memory": {"bead_counts", "layout", "parameters", "scene", "topology"},
    "parameters": {"checks", "scene", "yarn"},
    "prescribed": {"layout", "scene", "types"},
    "obstacle_mesh": {"errors"},
    "obstacle_shapes": {"obstacle_mesh", "scene"},
    "obstacles": {"obstacle_mesh", "parameters", "scene", "types"},
    "bead_counts": {"fabric", "layout"},
    "beads": {"bead_counts", "fabric", "layout", "material", "topology", "types"},
    "device_values": {"model", "parameters", "scene"},
    "material": {"parameters", "scene", "types"},
    "model": FOUNDATION
    | {
        "beads",
        "bundle_weights",
        "bundled_yarns",
        "fabric",
        "material",
        "obstacles",
        "parameters",
        "prescribed",
        "scene",
    },
    "state": FOUNDATION | {"model"},
    "forces": FOUNDATION | {"beads", "bundled_yarns", "material", "model", "obstacles", "prescribed", "state"},
    "solver": FOUNDATION | {"filling", "material", "model", "prescribed", "state", "forces", "scene"},
    "inputs": FOUNDATION
    | {"checks", "crimped_rest", "device_values", "limits", "model", "parameters", "state", "scene"},
    "viewer": {
        "checkpoint",
        "directions",
        "errors",
        "fabric",
        "file_kind",
        "geometry",
        "initial",
        "kept_frames",
        "layout",
        "loose_ends",
        "obstacle_shapes",
        "real_cloth",
        "runs",
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
    "bead_counts",
    "bundling",
    "bundle_weights",
    "obstacle_mesh",
    "obstacle_shapes",
    "outline",
    "atomic",
    "counts",
    "file_kind",
    "png",
    "srgb",
    "directions",
    "errors",
    "yarn",
    "weave",
    "layout",
    "fabric",
    "scene",
    "topology",
    "memory",
    "trajectory",
    "geometry",
    "plies",
    "relief",
    "filling",
    "real_cloth",
}
"""Parts that work without Warp, so that whoever only reads and draws results does not wait for it."""


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
    # may begin with a frame of another trajectory; the file says what a yarn's parameters are; obstacles are colliders;
    # panels' frames are turned as fabrics are
    for path in (ROOT / "usd_export").rglob("*.py"):
        allowed = {
            "counts",
            "fabric",
            "file_kind",
            "trajectory",
            "initial",
            "geometry",
            "layout",
            "obstacle_mesh",
            "obstacle_shapes",
            "parameters",
            "plies",
            "real_cloth",
            "runs",
            "scene",
            "errors",
            "srgb",
        }
        assert own_parts(path) <= allowed, path.relative_to(ROOT)

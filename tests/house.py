"""Where the sources are, which part of the package each belongs to, and what each imports."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "warp_fabric"
SOURCES = sorted(PACKAGE.rglob("*.py"))
ADDON = ROOT / "blender_addon"
HEAVY = {"torch", "bpy", "pxr", "matplotlib", "pyvista", "viser", "warp"}
NOT_IN_BLENDER = HEAVY - {"bpy"} | {"h5py", "scipy", "typer"}
"""Packages that Blender's own process must never load: Blender ships its own pxr, and a crash is for a child."""


def part_of(path: Path) -> str:
    """The file or folder of the package that a source file belongs to."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


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

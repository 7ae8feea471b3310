"""The house rules: one test a file, short files, names, no printing."""

import ast
from collections import Counter
from pathlib import Path

import pytest
from house import ADDON, PACKAGE, ROOT, SOURCES, part_of

import warp_fabric

LONGEST = 300
TOP_LEVEL = [folder for folder in (ROOT / "usd_export", ROOT / "blender_addon") if folder.is_dir()]
EVERY_SOURCE = [*SOURCES, *sorted(path for folder in TOP_LEVEL for path in folder.rglob("*.py"))]
YARN_WORDS = {"yarn", "yarns", "radius", "spacing", "count", "color", "threads", "lines", "beam"}
"""Words beside which "warp" would mean yarn rather than the library."""
WITHOUT_TEST = {"__main__.py": "one call of the command line, run as a process by its tests"}
"""Source files without a test file of their own, and why."""


def test_the_library_does_not_talk():
    """Printing is for the command line and the progress display."""
    for path in EVERY_SOURCE:
        if PACKAGE in path.parents and part_of(path) in ("cli", "progress", "__main__"):
            continue
        if path.is_relative_to(ADDON / "packaging"):
            continue
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        printing = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]
        assert not printing, path.relative_to(ROOT)


def test_every_public_name_can_be_had():
    for name in warp_fabric.__all__:
        assert getattr(warp_fabric, name) is not None
    assert {*warp_fabric.__all__} <= {*dir(warp_fabric)}
    with pytest.raises(AttributeError, match="no_such_name"):
        warp_fabric.no_such_name  # noqa: B018


def mirrors(path: Path) -> list[Path]:
    """The test files of a source file; those of an __init__.py are named after its folder.

    As test files need names of their own, something may stand before a source file's name: test_yarn_settings.py.
    """
    inside = path.relative_to(PACKAGE if PACKAGE in path.parents else ROOT)
    name = path.parent.name if path.name == "__init__.py" else path.stem
    folder = ROOT / "tests" / inside.parent
    return [folder / f"test_{name}.py", *folder.glob(f"test_*_{name}.py")]


@pytest.mark.parametrize("path", EVERY_SOURCE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_has_its_tests(path):
    """tests/forces/test_bend.py for warp_fabric/forces/bend.py; what only gathers names is tested through them."""
    if path.name in WITHOUT_TEST or only_gathers(path):
        return
    assert any(each.is_file() for each in mirrors(path)), f"write {mirrors(path)[0].relative_to(ROOT)}"


def only_gathers(path: Path) -> bool:
    """Whether a file has no code of its own: an __init__.py that imports, or settings that Blender is told of."""
    nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    defined = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    own = [node for node in defined if node.name not in ("__getattr__", "__dir__")]
    return not own and (path.stem.endswith("settings") if classes else path.name == "__init__.py")


def test_test_files_have_names_of_their_own():
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []


def test_exceptions_are_needed():
    for name in WITHOUT_TEST:
        assert [*PACKAGE.rglob(name)], f"{name} is gone; take it out of WITHOUT_TEST"


@pytest.mark.parametrize("path", EVERY_SOURCE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_file_is_long(path):
    length = len(path.read_text(encoding="utf-8").splitlines())
    assert length <= LONGEST, f"{path.relative_to(ROOT)} has {length} lines: it is two files"


def test_names_say_end_and_pick():
    """Yarns are never called warp or weft; the library may be. Weave files and readers keep the words of formats."""
    for path in EVERY_SOURCE:
        if PACKAGE in path.parents and part_of(path) == "weave":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node, "id", None) or getattr(node, "arg", None) or getattr(node, "name", None)
            if isinstance(name, str) and not isinstance(node, ast.alias):
                words = {*name.lower().split("_")}
                assert "weft" not in words, f"{path.relative_to(ROOT)}: {name}"
                assert "warp" not in words or not words & YARN_WORDS, f"{path.relative_to(ROOT)}: {name}"

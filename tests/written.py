"""What a page of the documentation tells its reader to do, and doing it."""

from __future__ import annotations

import re
import runpy
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from warp_fabric.cli import app

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))))


@dataclass(frozen=True)
class Part:
    """Something to run: `kind` is "toml", "python" or "command"."""

    kind: str
    text: str


def parts(page: str) -> list[Part]:
    """The scene files, Python snippets and commands of a page, in its order. Commands are the indented lines."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = []
    for block, line in re.findall(r"^```(\w*\n.*?)^```|^    (\S[^\n]*)$", text, re.MULTILINE | re.DOTALL):
        kind, _, content = block.partition("\n")
        if kind in ("toml", "python"):
            found.append(Part(kind, content))
        elif line:
            found.append(Part("command", line.partition("  #")[0].strip()))
    return found


def commands(page: str) -> list[str]:
    """The commands of a page."""
    return [part.text for part in parts(page) if part.kind == "command"]


def do(part: Part, name: str) -> str:
    """Do in the working folder what a reader would, and give what that prints.

    Args:
        part: A scene is saved as scene.toml, and tables that are no whole scene are added to it; a Python snippet is run; so are commands of `warp-fabric`, no others.
            Pictures are drawn small.
        name: Of the snippet's file; Warp reads kernels from it.
    """
    if part.kind == "toml":
        with open("scene.toml", "w" if "[fabric]" in part.text else "a", encoding="utf-8") as file:
            file.write(part.text)
    elif part.kind == "python":
        Path(name).write_text(part.text, encoding="utf-8")
        runpy.run_path(name, run_name="__main__")
    elif part.text.startswith("warp-fabric "):
        words = shlex.split(part.text)[1:]
        if words[0] == "view":
            return _shown(words)
        result = CliRunner().invoke(app, words + (["--size", "160", "120"] if words[0] == "picture" else []))
        assert result.exit_code == 0, f"{part.text}\n{result.output}"
        return result.output
    return ""


def _shown(words: list[str]) -> str:
    """The page of `warp-fabric view`, closed as soon as it is there."""
    pytest.importorskip("viser")
    from warp_fabric.viewer.showing import Showing

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Showing, "wait", lambda self: None)
        result = CliRunner().invoke(app, [*words, "--no-browser"])
    assert result.exit_code == 0, result.output
    return result.output

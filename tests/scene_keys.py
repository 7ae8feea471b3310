"""Which keys of scene files a file uses: in TOML, in changes of scenes, in settings made in Python."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docs.generate import SECTIONS

CLASSES = {each.__name__: section for section, each in SECTIONS.items()}


def used_keys(path: Path) -> set[str]:
    """Keys with their section, such as "time.step"; names of yarns and numbers of pins are left out."""
    text = path.read_text(encoding="utf-8")
    return set(_of_toml(text) if path.suffix == ".toml" else _of_python(ast.parse(text)))


def _of_toml(text: str) -> Iterator[str]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    for section in SECTIONS.keys() & tables.keys():
        yield from _of_table(section, tables[section])


def _of_table(section: str, table: Any) -> Iterator[str]:
    """A section's table, list of tables (pins) or table of tables (yarns)."""
    if isinstance(table, list):
        for each in table:
            yield from _of_table(section, each)
    elif isinstance(table, dict):
        for name, value in table.items():
            yield f"{section}.{name}"
            yield from _of_table(section, value)


def _of_python(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and "\n" in (text := _text(node)):
            yield from _of_toml(text)
        elif isinstance(node, ast.Dict):
            for name, value in zip(node.keys, node.values):
                if name is not None:
                    yield from _of_change(_text(name), value)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            yield from _of_change(_text(node.slice), None)
        elif isinstance(node, ast.Call):
            made = CLASSES.get(node.func.attr if isinstance(node.func, ast.Attribute) else _text(node.func))
            for each in node.keywords:
                if each.arg is not None:
                    yield from _of_change(each.arg.replace("__", "."), each.value)
                    yield from [f"{made}.{each.arg}"] if made else []


def _of_change(name: str, value: ast.AST | None) -> Iterator[str]:
    """A change such as "time.step": 1e-3, or "time": {"step": 1e-3}."""
    section, *_, key = name.split(".") if "." in name else (name, "")
    if section in SECTIONS:
        yield from [f"{section}.{key}"] if key else _of_table(section, _plain(value))


def _plain(node: ast.AST | None) -> Any:
    """Dictionaries and lists of them as they are written; None in place of everything else."""
    if isinstance(node, ast.Dict):
        return {_text(name): _plain(value) for name, value in zip(node.keys, node.values) if name is not None}
    return [_plain(each) for each in node.elts] if isinstance(node, ast.List | ast.Tuple) else None


def _text(node: ast.AST) -> str:
    """A string; 1 stands for what an f-string fills in. The name of a variable."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(each) if isinstance(each, ast.Constant) else "1" for each in node.values)
    if isinstance(node, ast.Name):
        return node.id
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""

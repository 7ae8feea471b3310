"""`docs/scene.md` is what the declarations say, and each of its keys is used in a test or an example."""

import re
import tomllib
from pathlib import Path

import pytest

import warp_fabric as wf
from docs.generate import PAGE, SECTIONS, TABLES, filled, keys
from warp_fabric.cli.targets import OPTIONS
from warp_fabric.inputs import INITIAL_WIDTHS, differentiable_names
from warp_fabric.parameters import TABLES as PARAMETER_TABLES
from warp_fabric.parameters import of_table

ROOT = Path(__file__).parent.parent
TEXT = PAGE.read_text(encoding="utf-8")
USERS = [
    path.read_text(encoding="utf-8")
    for folder in ("tests", "examples", "warp_fabric/demo")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".py", ".toml") and path != Path(__file__)
]


def test_the_tables_are_up_to_date():
    assert filled(TEXT) == TEXT, "run `make docs`"


@pytest.mark.parametrize("change", ["<!-- weaves -->", "<!-- keys of time -->"])
def test_a_table_that_is_missing_is_an_error(change):
    with pytest.raises(ValueError, match="the page has the tables"):
        filled(TEXT.replace(change, ""))


def test_every_key_says_what_it_means_and_what_holds_without_it():
    for name, make in TABLES.items():
        head, _, *rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in make().splitlines()]
        for row in rows:
            assert len(row) == len(head), (name, row)
            cells = dict(zip([cell.strip() for cell in head], [cell.strip() for cell in row]))
            assert all(text for column, text in cells.items() if column != "Unit"), (name, row)


@pytest.mark.parametrize("name", [f"{section}.{key}" for section in SECTIONS for key in keys(section)])
def test_every_key_is_used(name):
    section, key = name.split(".")
    ways = rf"^{key} = |\b{section}\.(\w+\.)?{key}\b|\b{key}=|[\"'{{]{key}[\"']: "
    assert any(re.search(ways, text, re.MULTILINE) for text in USERS), name


def test_keys_with_gradients_are_marked():
    changes = {"environment.gusts": [[0.0, 0, 0, 0]], "pins": [{"crossing": [0, 0]}]}
    scene = wf.load_scene(ROOT / "tests" / "data" / "cotton_3x3.toml").replace(changes)
    (yarn,) = scene.yarns
    names = {each for each in differentiable_names(scene) if not each.startswith("initial.")}
    parents = {"yarns": f"yarns.{yarn}", "pins": "pins.0"}
    fitted = {table: [*of_table(table)] for table in PARAMETER_TABLES}
    assert names <= {f"{parents.get(section, section)}.{key}" for section, some in fitted.items() for key in some}
    for section, some in fitted.items():
        marked = re.findall(r"^\| `(\w+)` ∂", TABLES[f"keys of {section}"](), re.MULTILINE)
        assert {*marked} == {*some}
    assert [name for name in INITIAL_WIDTHS if f"| `initial.{name}` |" not in TEXT] == []


def test_every_option_of_a_target_is_there():
    part = TEXT[TEXT.index("| Option |") :].split("\n\n")[0]
    assert {*re.findall(r"^\| `(\w+)=", part, re.MULTILINE)} == {*OPTIONS}


def test_its_smallest_scene_is_one():
    (text,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert wf.Scene.from_toml(text).fabric.ends == tomllib.loads(text)["fabric"]["ends"]

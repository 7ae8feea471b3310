"""`docs/scene.md` is what the declarations say, and each of its keys is used in a test or an example."""

import re
import tomllib
from pathlib import Path

import pytest
from scene_keys import used_keys

import warp_fabric as wf
from docs.generate import PAGE, SECTIONS, TABLES, filled, keys
from warp_fabric.cli.targets import OPTIONS
from warp_fabric.inputs import INITIAL_WIDTHS, differentiable_names
from warp_fabric.parameters import TABLES as PARAMETER_TABLES
from warp_fabric.parameters import of_table
from warp_fabric.scene.doubts import doubts

ROOT = Path(__file__).parent.parent
TEXT = PAGE.read_text(encoding="utf-8")
WRITTEN = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
USERS = ("tests", "examples", "warp_fabric/demo")


@pytest.fixture(scope="module")
def used() -> set[str]:
    """Keys that tests and examples use."""
    paths = [path for folder in USERS for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".toml")]
    return {name for path in paths if path != Path(__file__) for name in used_keys(path)}


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
def test_every_key_is_used(name, used):
    assert name in used, f"set {name} in a test or an example"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('run.replace({"time.step": 1e-3, "yarns.wool.radius": 1})', "time.step yarns.radius"),
        ('{f"pins.{k}.path": path}', "pins.path"),
        ('changes["contact.friction"] = 0.0', "contact.friction"),
        ('Scene(pins=[{"crossing": (0, 0)}], time={"step": 1e-3})', "pins.crossing time.step"),
        ('wf.Time(step=1e-3)\nsmall_scene(solver__device="cpu")', "time.step solver.device"),
        ('SCENE = """\n[fabric]\nends = 3\n[yarns.a]\nradius = 1\n"""', "fabric.ends yarns.radius yarns.a"),
        ('f"[time]\\nstep = {step}\\n"', "time.step"),
        ('draw(step=1e-3)\nassert error.where == "time.step"\nprint("ends = 3\\n")', ""),
    ],
)
def test_what_counts_as_a_use(text, found, tmp_path):
    path = tmp_path / "some.py"
    path.write_text(text)
    assert used_keys(path) == {*found.split()}


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
    text, _ = WRITTEN
    assert wf.Scene.from_toml(text).fabric.ends == tomllib.loads(text)["fabric"]["ends"]


def test_its_obstacles_are_some():
    smallest, text = WRITTEN
    scene = wf.Scene.from_toml(smallest + text)
    assert [each.shape for each in scene.obstacles] == ["plane", "sphere"]
    assert doubts(scene) == []


def test_panels_can_be_added_to_it():
    text, *others = re.findall(r"```(?:toml)?\n(\[.*?)```", TEXT, re.DOTALL)
    (panels,) = [each for each in others if "[[panels]]" in each]
    scene = wf.Scene.from_toml(text.replace("[[pins]]", '[[pins]]\npanel = "front"') + panels)
    assert [part.grid for part in scene.parts] == [(20, 20), (24, 20)]
    assert [len(part.pins) for part in scene.parts] == [1, 1]

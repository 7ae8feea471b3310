import os
import re
import shutil
import tomllib
from pathlib import Path

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import warp_fabric as wf
from warp_fabric.errors import SceneError, WarpFabricError
from warp_fabric.scene import Contact, Environment, FabricSettings, Initial, Pin, Scene, SolverSettings, Time
from warp_fabric.weave.files import write_draft
from warp_fabric.weave.patterns import pattern, pattern_names
from warp_fabric.yarn import Yarn, library_names

DATA = Path(__file__).parents[1] / "data"
GOLDEN = sorted((DATA / "golden").glob("*.toml"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_scenes_load_and_come_back(path, tmp_path):
    scene = wf.load_scene(path)
    raw = tomllib.loads(path.read_text())
    assert scene.fabric.picks == raw["fabric"]["picks"]
    assert {name: yarn.radius for name, yarn in scene.yarns.items()} == {
        name: table["radius"] for name, table in raw["yarns"].items()
    }
    assert [list(pin.crossing) for pin in scene.pins] == [pin["crossing"] for pin in raw.get("pins", [])]
    assert wf.load_scene(scene.save(tmp_path / "again.toml")) == scene
    assert scene.build().drawdown.shape == (scene.fabric.picks, scene.fabric.ends)


def test_gusts_come_back(small_text):
    gusts = ((0.0, 0.0, 0.0, 0.0), (0.25, 0.0, 3.5, -1.0))
    scene = Scene.from_toml(small_text).replace({"environment.gusts": gusts, "time.integrator": "bdf2"})
    again = Scene.from_toml(scene.to_toml())
    assert again == scene
    assert [tuple(row) for row in again.environment.gusts or ()] == [*gusts]


def test_the_page_that_describes_the_format_shows_a_scene_that_loads(tmp_path, small_text):
    text = small_text.replace("[yarns.thin]\nlibrary", "[yarns.thin] # a comment\r\nlibrary").replace("4", "0x4", 1)
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert wf.load_scene(tmp_path / "a.toml") == Scene.from_toml(small_text)


def test_a_saved_scene_needs_no_other_file(tmp_path, small_text):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    write_draft(pattern("houndstooth"), first / "hounds.wif")
    text = small_text.replace("[fabric]", '[fabric]\ndraft = "hounds.wif"').replace(
        "[time]", '[initial]\nstate = "run.h5"\nframe = 3\n[time]'
    )
    (first / "a.toml").write_text(text)
    scene = wf.load_scene(first / "a.toml")
    saved = scene.save(second / "b.toml")
    shutil.rmtree(first)
    again = wf.load_scene(saved)
    assert again == scene
    assert again.initial == Initial(state=str(first / "run.h5"), frame=3)
    assert again.fabric.end_colors == pattern("houndstooth").end_colors
    assert (again.build().drawdown == pattern("houndstooth").repeated(3, 4).drawdown).all()
    assert not re.search("library|draft|hounds", saved.read_text())


def test_saved_files_read_well():
    yarn = Yarn(radius=1e-4, linear_density=1e-3, young_modulus=1e5, bending_modulus=1e-4)
    fabric = FabricSettings(
        ends=1, picks=1, end_spacing=1e-3, pick_spacing=1e-3, threading=[*range(1, 80)] * 2, lift_plan=[79]
    )
    lines = Scene(fabric=fabric, yarns={"cotton": yarn, 'odd "name" é': yarn}).to_toml().splitlines()
    assert lines[0] == "[fabric]"
    assert "ends = 1" in lines
    assert max(map(len, lines)) < 125
    assert len(lines) < 66


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[fabric\n", r"a\.toml: .*line 1"),
        ("[fabric]\nends = 3\nends = 4\n", r"a\.toml: .*line 3"),
        ("a = 2024-13-45", r"a\.toml: .*TOML"),
        ("a = " + "[" * 100_000, r"a\.toml: .*TOML"),
        ("a = " + "9" * 10_000, r"a\.toml: .*(TOML|no such key)"),
        ("", r"a\.toml: fabric\.ends: .*missing"),
        ("[fabric]\nwave = 'plain'", r"a\.toml: fabric\.wave: .*\n.*did you mean weave"),
        ("\x00", r"a\.toml: .*TOML"),
    ],
)
def test_errors_name_the_file_the_key_and_the_fix(tmp_path, text, says):
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(SceneError, match=says) as caught:
        wf.load_scene(tmp_path / "a.toml")
    assert caught.value.fix


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe\x00")
    for path in ("nowhere.toml", "a.toml", ".", "a\0b"):
        with pytest.raises(SceneError) as caught:
            wf.load_scene(tmp_path / path)
        assert caught.value.where == str(tmp_path / path)
        assert caught.value.fix


def test_places_where_no_scene_can_be_saved(tmp_path, small):
    for path in ("missing/a.toml", ".", "a\0b", "x" * 300):
        with pytest.raises(SceneError, match="cannot be saved"):
            small.save(tmp_path / path)
    assert os.listdir(tmp_path) == []


def test_a_yarn_may_have_any_name_that_dotted_keys_can_hold(small):
    for name in ["äöü", "a b", 'say "x"', "c:\\d", "#1", "true", "1"]:
        scene = small.replace({"yarns." + name: small.yarns["thin"], "fabric.pick_yarns": [name]})
        assert Scene.from_toml(scene.to_toml()) == scene


# Any valid scene comes back equal


def floats(low, high):
    return st.floats(low, high, allow_nan=False, allow_subnormal=False)


vectors = st.tuples(*[floats(-1e6, 1e6)] * 3)
colors = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
yarns = st.builds(
    Yarn,
    radius=floats(1e-9, 5e-4),
    linear_density=floats(1e-12, 1e3),
    young_modulus=floats(1e-12, 1e15),
    bending_modulus=floats(0, 1e15),
    color=colors,
)
yarn_names = st.text(st.characters(categories=["L", "N"], include_characters=" -_\"'\\#"), min_size=1, max_size=9)
sets = st.lists(st.lists(st.integers(1, 4), max_size=4, unique=True), min_size=1, max_size=5)
weaves = st.one_of(
    st.fixed_dictionaries({"weave": st.sampled_from(pattern_names())}),
    st.fixed_dictionaries({"threading": st.lists(st.integers(0, 4), min_size=1), "lift_plan": sets}).map(
        lambda weave: {**weave, "lift_plan": [*weave["lift_plan"], [1, 2, 3, 4]]}
    ),
    st.fixed_dictionaries(
        {
            "threading": st.lists(st.integers(0, 4), min_size=1),
            "tie_up": sets.map(lambda tied: [*tied, 4]),
            "treadling": st.lists(st.just(1) | st.lists(st.just(2), max_size=1), min_size=1),
        }
    ),
)


@st.composite
def times(draw):
    if draw(st.booleans()):
        return Time(integrator="static")
    rate = draw(floats(0.1, 1e5))
    duration = draw(st.integers(1, 10_000)) / rate
    return Time(
        duration=duration,
        step=draw(floats(1e-6, 10)),
        frames_per_second=rate,
        integrator=draw(st.sampled_from(["bdf2", "euler"])),
    )


@st.composite
def pins(draw, picks, ends):
    crossing = (draw(st.integers(0, picks - 1)), draw(st.integers(0, ends - 1)))
    moments = sorted(draw(st.sets(floats(-10, 10), min_size=1, max_size=4)))
    path = draw(st.none() | st.just([(moment, *draw(vectors)) for moment in moments]))
    return Pin(crossing, stiffness=draw(floats(1e-9, 1e9)), path=path)


@st.composite
def scenes(draw):
    table = draw(st.dictionaries(yarn_names.filter(str.strip), yarns, min_size=1, max_size=4))
    names = st.lists(st.sampled_from(sorted(table)), min_size=1, max_size=5)
    picks, ends = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    fabric = FabricSettings(
        ends=ends,
        picks=picks,
        end_spacing=draw(floats(1e-3, 1.0)),
        pick_spacing=draw(floats(1e-3, 1.0)),
        end_yarns=draw(names),
        pick_yarns=draw(names),
        end_colors=draw(st.none() | st.lists(colors, min_size=1, max_size=3)),
        pose=draw(st.sampled_from(["flat", "hanging"])),
        origin=draw(vectors),
        **draw(weaves),
    )
    time = draw(times())
    return Scene(
        fabric=fabric,
        yarns=table,
        contact=Contact(friction=draw(floats(0, 9)), friction_stiffness=draw(floats(1e-9, 1e9))),
        environment=Environment(
            gravity=draw(vectors),
            wind=(0, 0, 0) if time.integrator == "static" else draw(vectors),
            wind_drag=draw(floats(0, 9)),
        ),
        pins=draw(st.lists(pins(picks, ends), max_size=4, unique_by=lambda pin: pin.crossing)),
        time=time,
        initial=draw(st.just(Initial()) | st.builds(Initial, state=st.just("/a b/r\"un'é.h5"), frame=st.integers())),
        solver=SolverSettings(tolerance=draw(st.none() | floats(1e-15, 1))),
    )


@given(scenes())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_every_scene_comes_back_equal(scene):
    again = Scene.from_toml(scene.to_toml(), folder="/elsewhere")
    assert again == scene
    assert list(again.yarns) == list(scene.yarns)
    assert (again.build().drawdown == scene.build().drawdown).all()
    assert again.to_toml() == scene.to_toml()


# Any damaged scene file is one of our errors, or a scene

junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**40), 10**40),
    st.floats(),
    st.text(max_size=5),
    st.dates(),
    st.sampled_from(["cotton", "thin", "plain", "static", "cuda:0", "#fff", *library_names()]),
    st.recursive(
        st.integers(-3, 9) | st.floats() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=6,
    ),
)
KEYS = "fabric yarns contact environment pins time initial solver weave draft threading tie_up treadling lift_plan ends"
KEYS = [
    *KEYS.split(),
    "picks",
    "end_spacing",
    "library",
    "tex",
    "crossing",
    "path",
    "state",
    "frame",
    "radius",
    "wind",
    "x.y",
]


def places(node, path=()):
    """Every place in a tree of dicts and lists."""
    yield path
    if isinstance(node, (dict, list)):
        for key in node if isinstance(node, dict) else range(len(node)):
            yield from places(node[key], (*path, key))


@st.composite
def damaged(draw, tree):
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([place for place in places(tree) if place]))
        node = tree
        for key in path[:-1]:
            node = node[key]
        value, key = draw(junk), path[-1]
        if isinstance(node, dict) and draw(st.booleans()):
            key = draw(st.sampled_from(KEYS) | st.text(max_size=4))
        if value is not None:
            node[key] = value
        elif isinstance(node, list) or key in node:
            del node[key]
    return tree


@given(st.data())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damaged_files_are_scenes_or_errors_that_name_file_key_and_fix(data):
    tree = data.draw(st.sampled_from(GOLDEN).map(lambda path: tomllib.loads(path.read_text())).flatmap(damaged))
    text = tomli_w.dumps(tree)
    try:
        Scene.from_toml(text, where="dir/bad.toml").build()
    except WarpFabricError as error:
        assert re.match(r"dir/bad\.toml: [^\s:]", str(error))  # noqa: PT017
        assert error.fix  # noqa: PT017


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_an_error(text):
    with pytest.raises(SceneError, match=r"bad\.toml") as caught:
        Scene.from_toml(text, where="bad.toml")
    assert caught.value.fix

import pytest

import warp_fabric as wf
from warp_fabric.file_kind import FileKind, kind_of, mistaken

CONTENTS = {
    "run.h5": b"\x89HDF\r\n\x1a\n and more",
    "run.h5.checkpoint": b"warp-fabric checkpoint 1\n",
    "cloth.usdc": b"PXR-USDC and more",
    "cloth.usda": b"#usda 1.0",
    "cloth.usdz": b"PK\x03\x04",
    "scene.toml": b"[fabric]",
    "twill.wif": b"[WIF]",
    "notes.txt": b"",
}
KINDS = [
    FileKind.RUN,
    FileKind.CHECKPOINT,
    FileKind.USD,
    FileKind.USD,
    FileKind.USD,
    FileKind.SCENE,
    FileKind.WEAVE,
    None,
]


@pytest.fixture
def folder(tmp_path):
    for name, content in CONTENTS.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_kinds(folder):
    assert [kind_of(folder / name) for name in CONTENTS] == KINDS
    assert kind_of(folder) is FileKind.FOLDER
    assert kind_of(folder / "missing.h5") is None


def test_what_a_file_holds_counts_and_not_its_name(folder):
    (folder / "run.h5").rename(folder / "renamed.toml")
    assert kind_of(folder / "renamed.toml") is FileKind.RUN


@pytest.mark.parametrize("wanted", [FileKind.RUN, FileKind.SCENE, FileKind.USD])
def test_every_mistake_has_a_fix(folder, wanted):
    for name, kind in zip([*CONTENTS, "."], [*KINDS, FileKind.FOLDER]):
        found = mistaken(folder / name, wanted)
        if kind in (None, wanted):
            assert found is None
        else:
            assert found is not None
            what, fix = found
            assert what == f"this is {kind}, not {wanted}"
            assert "{" not in fix
            assert fix.startswith(("give", "name", "simulate", "export", "finish"))


def test_scenes_and_runs_are_told_apart(folder):
    with pytest.raises(wf.SceneError, match=r"run\.h5: this is a run \(HDF5\), not a scene \(TOML\)") as caught:
        wf.load_scene(folder / "run.h5")
    assert caught.value.fix == "give the scene file (.toml) that it was simulated from"
    with pytest.raises(wf.SceneError, match="this is a folder"):
        wf.load_scene(folder)
    with pytest.raises(wf.TrajectoryError, match=r"scene\.toml: this is a scene \(TOML\)") as caught:
        wf.load_trajectory(folder / "scene.toml")
    assert caught.value.fix == "simulate it first: warp-fabric simulate scene.toml -o run.h5"
    with pytest.raises(wf.TrajectoryError, match="this is a folder"):
        wf.load_trajectory(folder)

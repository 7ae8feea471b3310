"""Other units and other places, of each kind of target."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from observed_cloth import GRID, SCENE, STATIC, made_up_run

from warp_fabric.errors import TargetError
from warp_fabric.fitting.targets import FramesTarget, MarkerTarget, MeshTarget, RestShapeTarget, TargetWarning
from warp_fabric.fitting.targets.marker_files import Markers
from warp_fabric.fitting.targets.mesh_files import MeshSequence
from warp_fabric.fitting.targets.place import check_place
from warp_fabric.layout import Layout
from warp_fabric.topology import build_topology

IDS = ["1:1", "1:3", "4:1", "4:3"]


def targets(change):
    """A target of each kind, with positions [..., 3] changed, and the scene it is compared with."""
    run = made_up_run()
    moved = replace(run, position=change(run.position))
    crossings = [tuple(map(int, each.split(":"))) for each in IDS]
    tracks = np.stack([moved.position[:, pick, end] for pick, end in crossings], axis=1)
    vertices = moved.position.reshape(len(run.time), -1, 3)
    mesh = MeshSequence(vertices, build_topology([Layout.full(*GRID)]).triangle, run.time, "mesh.npz")
    return {
        "run": (FramesTarget(moved), SCENE),
        "markers": (MarkerTarget(Markers(run.time, IDS, tracks)), SCENE),
        "one marker": (MarkerTarget(Markers(run.time, IDS[3:], tracks[:, 3:])), SCENE),
        "nameless markers": (MarkerTarget(Markers(run.time, list("abcd"), tracks)), SCENE),
        "mesh": (MeshTarget(mesh), SCENE),
        "rest shape": (RestShapeTarget(moved.position[-1]), STATIC),
        "last frame at rest": (RestShapeTarget(moved), STATIC),
    }


KINDS = list(targets(lambda position: position))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("factor", [1000.0, 100.0])
def test_millimetres_and_centimetres(kind, factor):
    target, scene = targets(lambda position: factor * position)[kind]
    with pytest.raises(TargetError) as caught:
        target.compare(scene)
    assert f"{1.0 / factor:.4g}" in caught.value.fix
    assert ("millimetres" if factor == 1000.0 else "centimetres") in caught.value.fix
    assert (caught.value.fix.startswith("give scale=0.0")) == (kind == "mesh")


OTHER_UNITS = [
    (1.0 / 0.0254, "they are in inches"),
    (25.4, "millimetres were taken for inches"),
    (1.0 / 25.4, "inches were taken for millimetres"),
    (1e-3, "they have been scaled twice"),
]


@pytest.mark.parametrize("kind", ["run", "markers", "mesh", "rest shape"])
@pytest.mark.parametrize(("factor", "told"), OTHER_UNITS)
def test_other_units(kind, factor, told):
    target, scene = targets(lambda position: factor * position)[kind]
    with pytest.raises(TargetError) as caught:
        target.compare(scene)
    coarse = kind == "mesh" and factor == 1.0 / 25.4  # a mesh may be of a part
    assert caught.value.fix.endswith("0.001 for mm, 0.01 for cm" if coarse else told)


@pytest.mark.parametrize(("unit", "given", "right"), [(1.0, 1e-3, "1"), (1e-3, 0.0254, "0.001"), (1e-3, 1.0, "0.001")])
def test_the_scale_of_a_mesh_that_would_fit(unit, given, right):
    """Whatever scale was given: `unit` is that of the file, in metres."""
    run = made_up_run()
    vertices = run.position.reshape(len(run.time), -1, 3) / unit
    mesh = MeshSequence(vertices, build_topology([Layout.full(*GRID)]).triangle, run.time, "mesh.npz")
    with pytest.raises(TargetError) as caught:
        MeshTarget(mesh, scale=given).compare(SCENE)
    assert caught.value.fix.startswith(f"give scale={right}: ")
    MeshTarget(mesh, scale=float(right)).compare(SCENE)


@pytest.mark.parametrize("kind", [each for each in KINDS if each != "nameless markers"])
def test_nowhere_near(kind):
    """By another origin; the cloth is 7 mm in size."""
    away = np.array([0.0, 20.0, 0.0])
    target, scene = targets(lambda position: position + away)[kind]
    with pytest.raises(TargetError, match=r"20 m from the cloth's start, 2\.9e\+03 times the cloth's size"):
        target.compare(scene)
    target, scene = targets(lambda position: position + 0.05 * away)[kind]
    with pytest.warns(TargetWarning, match="look at its unit and origin"):
        target.compare(scene)


@pytest.mark.parametrize("kind", KINDS)
def test_cloth_in_its_place_is_not_doubted(kind):
    """Nor if it has moved by a few times its size, or is crumpled."""
    middle, aside = SCENE.build().position.mean(axis=(0, 1)), np.array([0.0, 0.05, 0.0])
    changes = [lambda position: position, lambda position: position + aside]
    changes.append(lambda position: middle + 0.4 * (position - middle))
    for change in changes[: 1 if kind == "nameless markers" else None]:
        target, scene = targets(change)[kind]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            target.compare(scene)


def test_far_too_large_by_no_unit():
    cloth = np.random.default_rng(0).normal(size=(30, 3))
    with pytest.raises(TargetError, match="times as large as the cloth"):
        check_place(300.0 * cloth, cloth, 5.0, "markers", "multiply by {}")
    check_place(cloth[:0], cloth[:0], 5.0, "markers", "")
    check_place(1e9 * cloth, cloth, 0.0, "a single crossing", "")

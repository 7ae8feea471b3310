"""Identities: the same for the same fit, different for any other."""

import json
from dataclasses import replace

import numpy as np
import pytest
from small_run import small_scene

import warp_fabric as wf
from warp_fabric.fitting.identity import PARTS, difference, identity
from warp_fabric.fitting.parameters import Parameters
from warp_fabric.fitting.problem import Problem
from warp_fabric.trajectory import Trajectory

SCENE = small_scene(time__duration=0.015)
NAMES = ["contact.friction", "environment.wind"]


@pytest.fixture(scope="module")
def run() -> Trajectory:
    return wf.simulate(SCENE)


def of(run, scene=SCENE, names=NAMES, bounds=None, method="gauss-newton", forces=None, seen=None, **options):
    problem = Problem(scene, wf.FramesTarget(run, scene=seen, **options), names, "cpu", forces)
    return identity(problem, Parameters(scene, names, problem.values(), bounds), method)


def shifted(run: Trajectory) -> Trajectory:
    other = replace(run, position=run.position.copy())
    other.position[-1, 2, 3, 1] += 1e-9
    return other


def test_the_same_fit_is_the_same_even_after_rounding(run):
    one, other = of(run), of(run)
    assert difference(one, json.loads(json.dumps(other))) is None
    other["observations"][0][0][1][1] *= 1 + 1e-13
    assert difference(one, other) is None
    assert {*one} == {*PARTS}


MASK = np.ones((6, 5))
MASK[2, 2] = 0.5
OTHERS = {
    "scene": lambda run: of(run, SCENE.replace({"yarns.soft.young_modulus": 4e5})),
    "start": lambda run: of(run, forces=np.full((15, 6, 5, 3), 1e-9)),
    "observations": lambda run: of(shifted(run)),
    "frames": lambda run: of(run, frames=2),
    "weight": lambda run: of(run, weight=1.5),
    "mask": lambda run: of(run, mask=MASK),
    "sliding": lambda run: of(run, sliding=False),
    "parameters": lambda run: of(run, names=NAMES[::-1]),
    "fewer": lambda run: of(run, names=NAMES[:1]),
    "bounds": lambda run: of(run, bounds={"contact.friction": (0.1, None)}),
    "method": lambda run: of(run, method="l-bfgs-b"),
}


PART_OF = {"frames": "observations", "weight": "observations", "mask": "observations", "sliding": "observations"}


@pytest.mark.parametrize("kind", OTHERS)
def test_another_fit_differs(kind, run):
    told = difference(of(run), OTHERS[kind](run))
    assert told == PARTS[{**PART_OF, "fewer": "parameters"}.get(kind, kind)]


def test_another_mesh_differs(run, tmp_path):
    flap = tmp_path / "flap.obj"
    scene = SCENE.replace({"obstacles": [{"shape": "mesh", "file": str(flap)}]})
    found = []
    for height in ("-9", "-9.0", "-8"):
        flap.write_text(f"v 0 0 {height}\nv 1 0 {height}\nv 0 1 {height}\nf 1 2 3\n")
        found.append(of(run, scene))
    assert difference(found[0], found[1]) is None
    assert difference(found[0], found[2]) == PARTS["meshes"]


def test_targets_seen_under_another_scene_differ(run):
    calm, calmer = (SCENE.replace({"environment.wind": [0.0, speed, 0.0]}) for speed in (1.0, 0.5))
    one, other = (of(run, names=NAMES[:1], seen=scene) for scene in (calm, calmer))
    assert difference(one, other) == PARTS["scenes"]
    assert difference(one, of(run, names=NAMES[:1])) == PARTS["scenes"]

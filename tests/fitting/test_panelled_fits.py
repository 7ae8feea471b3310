"""Losses, gradients and fits of scenes with panels, and what is compared with them."""

from contextlib import nullcontext

import numpy as np
import pytest
from panelled_scene import panelled_scene
from touching_panels import GRIDS, SPACING, touching_panels

import warp_fabric as wf
from warp_fabric.errors import SceneError, TargetError
from warp_fabric.fitting.parameters import Parameters
from warp_fabric.fitting.problem import Problem
from warp_fabric.fitting.targets import FramesTarget, MarkerTarget, RestShapeTarget
from warp_fabric.fitting.targets.marker_files import Markers
from warp_fabric.fitting.targets.mesh_files import MeshSequence
from warp_fabric.fitting.targets.mesh_sequence import MeshTarget
from warp_fabric.inputs import differentiable_names
from warp_fabric.scene.doubts import SceneWarning
from warp_fabric.topology import build_topology

NOTHING = 1e-24
"""m2, of what rounding and the tolerance leave."""
NAMES = ["yarns.yarn.bending_modulus"]


@pytest.mark.parametrize("present", [None, ["#######", "#######", "###.###", "#######", "#######"]])
def test_the_loss_of_all_panels_is_the_mean_over_all_crossings(present):
    scene = panelled_scene(time__duration=0.004, solver__tolerance=1e-13)
    scene = scene.replace({"panels.left side.present": present})
    target = wf.simulate(scene.replace({"environment.gravity": [1.0, 2.0, -15.0]}))
    names = ["environment.gravity", "yarns.yarn.radius", "pins.1.path", "initial.velocity"]
    loss, gradient = wf.loss_and_gradient(scene, target, names)
    losses, gradients = zip(
        *(
            wf.loss_and_gradient(part, run, [name.replace("pins.1", "pins.0") for name in names])
            for part, run in zip(scene.parts, target.parts)
        )
    )
    shares = np.array([30, 35 - (present is not None)]) / scene.crossing_count
    assert loss == pytest.approx(shares @ losses, rel=1e-9)
    for name in names[:2]:
        expected = sum(share * each[name] for share, each in zip(shares, gradients))
        np.testing.assert_allclose(gradient[name], expected, rtol=1e-7, atol=1e-9 * np.abs(expected).max())
    np.testing.assert_allclose(
        gradient["pins.1.path"], shares[0] * gradients[0]["pins.0.path"], rtol=1e-7, atol=1e-9 * loss
    )
    assert gradient["initial.velocity"].shape == (65, 3)
    both = np.concatenate([s * g["initial.velocity"].reshape(-1, 3) for s, g in zip(shares, gradients)])
    np.testing.assert_allclose(gradient["initial.velocity"], both, rtol=1e-6, atol=1e-7 * np.abs(both).max())


@pytest.mark.parametrize("yarn", SPACING)
def test_a_fit_finds_what_touches_how(yarn):
    """Gauss-Newton, with directions that are pushed along through contact."""
    truth = touching_panels(yarn, "slips", "euler", steps=4, solver__tolerance=1e-12)
    start = {
        "collision.stiffness": 50.0,
        "obstacles.0.radius": 1.01 * truth.obstacles[0].radius,
        "panels.above.pick_crimp": 0.022,
        "yarns.yarn.linear_density": 1.1 * truth.yarns["yarn"].linear_density,
    }
    result = wf.fit(truth.replace(start), wf.simulate(truth), list(start), uncertainty=False)
    assert result.outcome == "converged"
    for name, value in result.values.items():
        assert value == pytest.approx(truth.get(name), rel=1e-5), name
        assert result.scene.get(name) == value
    assert result.scene.fabric == truth.fabric


def test_directions_that_are_pushed_along_are_what_gradients_say():
    scene = touching_panels("cotton", "sticks", "bdf2")
    target = wf.simulate(scene.replace({"environment.gravity": [1.0, 5.0, -80.0]}))
    names = [name for name in differentiable_names(scene) if name not in ("initial.sliding_velocity",)]
    problem = Problem(scene, target, names)
    unknowns = Parameters(scene, names, problem.values())
    _, gradient = problem.loss_and_gradient(problem.values())
    expected = unknowns.chain(unknowns.start, gradient)
    rng = np.random.default_rng(0)
    ways = rng.standard_normal((3, unknowns.size))
    base = unknowns.values(unknowns.start)
    slopes = []
    for each in ways:
        step = each * unknowns.to_value_units(unknowns.start)
        change = {name: np.nan_to_num(x) for name, x in unknowns.split(step).items()}
        (linearised,) = [problem.linearise(base, [change])]
        slopes.append(sum(2.0 * float(frame.residual @ frame.jacobian[:, 0]) for frame in linearised.frames))
    np.testing.assert_allclose(slopes, ways @ expected, rtol=1e-7, atol=1e-9 * np.abs(expected).max())


def test_a_panel_can_be_compared_alone():
    scene = panelled_scene(time__duration=0.004, solver__tolerance=1e-12)
    target = wf.simulate(scene.replace({"environment.gravity": [1.0, 2.0, -15.0]}))
    weights = np.random.default_rng(2).uniform(size=(5, 7))
    loss, _ = wf.loss_and_gradient(scene, FramesTarget(target, mask={"left side": weights}), NAMES)
    alone = FramesTarget(target.panels["left side"], mask=weights)
    assert loss == pytest.approx(wf.loss_and_gradient(scene.parts[1], alone, NAMES)[0], rel=1e-9)
    whole, _ = wf.loss_and_gradient(scene, FramesTarget(target, mask={"front": True, "left side": np.True_}), NAMES)
    assert whole == pytest.approx(wf.loss_and_gradient(scene, target, NAMES)[0], rel=1e-12)
    for mask, says in (
        (weights, "has panels"),
        ({"back": True}, "no panel 'back'"),
        ({"front": weights}, r"shape \(5, 7\), the scene 5 picks x 6 ends"),
        ({"front": False}, "leaves no crossing"),
    ):
        with pytest.raises(TargetError, match=says):
            wf.loss_and_gradient(scene, FramesTarget(target, mask=mask), NAMES)
    with pytest.raises(TargetError, match=r"shape \(\) does not fit") as told:
        FramesTarget(target, mask={"front": 1})
    assert told.value.where == "mask['front']"
    assert told.value.fix.startswith("give True, or an array [picks, ends]")
    with pytest.raises(TargetError, match="has no panels"):
        wf.loss_and_gradient(scene.parts[0], FramesTarget(target.panels["front"], mask={"front": True}), NAMES)


def test_markers_are_on_panels():
    scene = panelled_scene(time__duration=0.004, solver__tolerance=1e-12)
    run = wf.simulate(scene)
    tracks = np.stack([run.panels["front"].position[:, 2, 3], run.panels["left side"].position[:, 4, 1]], axis=1)
    markers = Markers(run.time, ["a", "b"], tracks)
    named = {"a": ("front", 2, 3), "b": ("left side", 4, 1)}
    for target in (MarkerTarget(markers), MarkerTarget(markers, crossings=named)):
        assert wf.loss_and_gradient(scene, target, NAMES)[0] < NOTHING
    swapped = {"a": named["b"], "b": named["a"]}
    assert wf.loss_and_gradient(scene, MarkerTarget(markers, crossings=swapped), NAMES)[0] > 1e-9
    masked = MarkerTarget(markers, crossings={"a": named["a"], "b": ("left side", 4, 2)}, mask={"front": True})
    assert wf.loss_and_gradient(scene, masked, NAMES)[0] < NOTHING
    for crossing in ((2, 3), ("back", 2, 3), ("front", 2, 6)):
        with pytest.raises(TargetError, match=r"no crossing of a panel|outside a fabric of 5 picks x 6 ends"):
            wf.loss_and_gradient(scene, MarkerTarget(markers, crossings={"a": crossing}), NAMES)


def test_marker_files_name_panels(tmp_path):
    scene = panelled_scene(time__duration=0.004, solver__tolerance=1e-12)
    run = wf.simulate(scene)

    def written(name: str, header: str, said: list[str]) -> MarkerTarget:
        tracks = (run.panels["front"].position[:, 2, 3], run.panels["left side"].position[:, 4, 1])
        rows = [
            ",".join([str(time), words, *map(str, x)])
            for words, track in zip(said, tracks)
            for time, x in zip(run.time.tolist(), track.tolist())
        ]
        (tmp_path / name).write_text("\n".join([f"time,{header},x,y,z", *rows]))
        return MarkerTarget(tmp_path / name)

    named = written("named.csv", "id,panel,pick,end", ["a,front,2,3", "b,left side,4,1"])
    assert wf.loss_and_gradient(scene, named, NAMES)[0] < NOTHING
    swapped = written("swapped.csv", "id,panel,pick,end", ["b,left side,4,1", "a,front,2,3"])
    assert wf.loss_and_gradient(scene, swapped, NAMES)[0] > 1e-9
    (tmp_path / "ids.csv").write_text("id,panel,pick,end\na,front,2,3\nb,left side,4,1\n")
    by_ids = MarkerTarget(tmp_path / "named.csv", crossings=tmp_path / "ids.csv")
    assert wf.loss_and_gradient(scene, by_ids, NAMES)[0] < NOTHING
    for header, said in (("id,pick,end", ["a,2,3", "b,4,1"]), ("id", ["2:3", "4:1"])):
        with pytest.raises(TargetError, match=r"\(2, 3\) is no crossing of a panel") as told:
            wf.loss_and_gradient(scene, written("bare.csv", header, said), NAMES)
        assert told.value.fix.startswith('give columns panel,pick,end (such as "front", 0, 0), or crossings=')
    alone, plain = scene.parts[0], {"a": (2, 3), "b": (4, 1)}  # without panels, the column is skipped
    losses = [
        wf.loss_and_gradient(alone, MarkerTarget(named.markers, crossings=each), NAMES)[0] for each in (None, plain)
    ]
    assert losses[0] == losses[1]
    explicit = MarkerTarget(named.markers, crossings={"a": ("front", 2, 3)})
    with pytest.raises(TargetError, match="no crossing"):
        wf.loss_and_gradient(alone, explicit, NAMES)


def test_a_mesh_of_all_panels_or_of_one():
    scene = panelled_scene(time__duration=0.004, solver__tolerance=1e-12)
    run = wf.simulate(scene)
    layouts = [part.build().layout for part in scene.parts]
    meshes = MeshSequence(run.position, build_topology(layouts).triangle, run.time, "all.npz")
    assert wf.loss_and_gradient(scene, MeshTarget(meshes), NAMES)[0] < NOTHING
    one = run.panels["left side"]
    mesh = MeshSequence(one.position.reshape(3, -1, 3), build_topology(layouts[1:]).triangle, run.time, "one.npz")
    assert wf.loss_and_gradient(scene, MeshTarget(mesh, mask={"left side": True}), NAMES)[0] < NOTHING
    assert wf.loss_and_gradient(scene, MeshTarget(mesh), NAMES)[0] > 1e-9
    other = MeshTarget(mesh, mask={"front": True}, direction="to_cloth")
    assert other.compare(scene).triangles.max() < 30


def test_what_has_other_panels_is_refused():
    scene = panelled_scene(time__duration=0.004)
    run = wf.simulate(scene)
    with pytest.raises(TargetError, match="has the panels front, left side, and the scene no panels"):
        wf.loss_and_gradient(scene.parts[0], run, NAMES)
    with pytest.raises(TargetError, match="has no panels, and the scene the panels front, left side"):
        wf.loss_and_gradient(scene, run.panels["front"], NAMES)
    with pytest.raises(TargetError, match="it holds 5 picks x 7 ends, the scene 5 x 8"):
        wf.loss_and_gradient(scene.replace({"panels.left side.ends": 8}), run, NAMES)
    with pytest.raises(TargetError, match="shape of one fabric"):
        wf.loss_and_gradient(scene, RestShapeTarget(run.panels["front"].position[-1]), NAMES)
    crimps = {f"panels.{panel.name}.{key}": 0.05 for panel in scene.panels for key in ("end_crimp", "pick_crimp")}
    crimped = scene.replace(crimps)
    with pytest.raises(SceneError, match="each panel has a value of its own"):
        wf.loss_and_gradient(crimped, run, ["fabric.end_crimp"])


def test_forces_go_by_panel():
    scene = panelled_scene(time__duration=0.004)
    push = 1e-5 * np.random.default_rng(3).standard_normal((4, 5, 7, 3))
    whole = np.concatenate([np.zeros((4, 30, 3)), push.reshape(4, 35, 3)], axis=1)
    target = wf.simulate(scene)
    found = [wf.loss_and_gradient(scene, target, ["forces"], forces=each) for each in (whole, {"left side": push})]
    assert found[0][0] == found[1][0] > 0.0
    assert found[0][1]["forces"].shape == (4, 65, 3)
    np.testing.assert_array_equal(found[0][1]["forces"], found[1][1]["forces"])


def test_forces_on_panels_and_first_states_are_fitted():
    scene = touching_panels("cotton", "sticks", "euler", steps=2)
    shape = (2, sum(picks * ends for picks, ends in GRIDS.values()), 3)
    unknowns = Parameters(
        scene, ["forces", "initial.velocity"], {"forces": np.zeros(shape), "initial.velocity": np.zeros(shape[1:])}
    )
    assert unknowns.size == 24 * 3 * 3
    assert np.ptp(unknowns.to_value_units(unknowns.start)[-72:].reshape(24, 3), axis=1).max() == 0.0


@pytest.mark.parametrize("ask", [wf.loss_and_gradient, wf.fit])
def test_panels_that_start_in_one_place_are_refused(ask):
    scene = touching_panels("cotton", steps=1)
    target = wf.simulate(scene)
    same = {"origin": [0.0, 0.0, 0.0], "rotation": [0.0, 0.0, 0.0], "end_crimp": 0.03, "pick_crimp": 0.05}
    same = {f"panels.above.{key}": value for key, value in same.items()}
    says = "of panel 'above' start where those of panel 'below' are"
    with pytest.warns() if ask is wf.fit else nullcontext(), pytest.raises(SceneError, match=says):
        ask(scene.replace(same), target, NAMES)


def test_a_first_state_in_an_obstacle_is_warned_of_as_in_runs(tmp_path):
    scene = touching_panels("cotton", steps=1, obstacles=[])
    run = wf.simulate(scene)
    x = run.panels["above"].position[-1, 1, 1].tolist()
    inside = {"initial.state": str(run.save(tmp_path / "run.h5")), "collision.stiffness": 100.0}
    inside = scene.replace({**inside, "obstacles": [{"shape": "sphere", "center": x, "radius": 1e-4}]})
    with pytest.warns(SceneWarning, match="starts? inside obstacle 0") as by_run:
        target = wf.simulate(inside)
    with pytest.warns(SceneWarning, match="starts? inside obstacle 0") as by_fit:
        wf.fit(inside, target, NAMES, evaluations=1, uncertainty=False)
    assert [str(each.message) for each in by_fit] == [str(each.message) for each in by_run]

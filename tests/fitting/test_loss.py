"""wf.loss_and_gradient: the golden gradients, all of them, and what it gives back."""

import pickle
import warnings

import numpy as np
import pytest
from moving_cloth import trajectory
from sample_cloth import difference, golden, golden_scene, largest
from small_run import halve_steps, small_scene

import warp_fabric as wf
from warp_fabric.errors import SceneError, TargetError
from warp_fabric.inputs import differentiable_names

ROLLOUTS = [
    "hang_plain_euler",
    "hang_plain_bdf2",
    "pull_twill_bdf2",
    "snag_plain_bdf2",
    "crimp_hang_cotton_bdf2",
    "crimp_flatten_plain_euler",
    "crimp_pull_plain_euler",
    "damped_hang_twill_bdf2",
    "contact_fall_sphere_bdf2",
    "contact_fold_small_euler",
    "contact_moving_sphere_euler",
]
MOVED = [*ROLLOUTS[:4], *ROLLOUTS[-3:]]
FREE = ("contact_fall_sphere_bdf2",)
"""Cloth that begins flat, unheld and without tension: how far yarn has slid then matters at second order only."""
"""Those whose first state was differentiated by too."""
AGREEMENT = 1e-7
"""Of the largest scaled component; the golden data promise 1e-5."""
YARN = {
    "rho": "linear_density",
    "Y": "young_modulus",
    "B": "bending_modulus",
    "R": "radius",
    "cohesion": "cohesion",
    "tb": "damping",
}
CONTACT = {
    "S": "shear_modulus",
    "mu": "friction",
    "kf": "friction_stiffness",
    "df": "sliding_damping",
    "kc": "parallel_stiffness",
    "J": "twist_rigidity",
    "kx": "crossing_stiffness",
    "ts": "shear_damping",
}
COLLISION = ("stiffness", "friction", "slip_speed")
OBSTACLE = {"mu": "friction"} | {key: key for key in ("center", "radius", "point", "normal", "thickness")}
SIZES = {"position": 1e-3, "sliding": 1e-3, "velocity": 0.1, "sliding_velocity": 0.1}


def changed(name: str) -> tuple[wf.Scene, wf.Trajectory]:
    """The scene that golden gradients were computed for, and what it was compared with."""
    scene, expected = golden_scene(name), golden(f"{name}_gradient")
    changes: dict[str, object] = {key: np.asarray(value).tolist() for key, value in numbers(name, "value").items()}
    arrays = golden(name)
    if "steps" in expected:
        changes["time.duration"] = int(expected["steps"]) / scene.time.frames_per_second
        arrays = {key: arrays[key] for key in ("time", "position", "sliding")}
    else:
        changes["solver.tolerance"] = 1e-12
        arrays = {key: arrays[key][None] for key in ("position", "sliding")}
    return scene.replace(changes), trajectory(scene, **arrays)


def numbers(name: str, what: str) -> dict[str, np.ndarray]:
    """What golden gradients hold of the scene's numbers, by dotted name: their "value" or "gradient"."""
    expected, found = golden(f"{name}_gradient"), {}
    for short, key in YARN.items():
        for k, yarn in enumerate(golden_scene(name).yarns if f"{what}_{short}" in expected else ()):
            found[f"yarns.{yarn}.{key}"] = expected[f"{what}_{short}"][k]
    for short, key in CONTACT.items():
        if f"{what}_{short}" in expected:
            found[f"contact.{key}"] = expected[f"{what}_{short}"]
    for key in COLLISION:
        if f"{what}_collision_{key}" in expected:
            found[f"collision.{key}"] = expected[f"{what}_collision_{key}"]
    for short, key in OBSTACLE.items():
        if f"{what}_obstacle0_{short}" in expected:
            found[f"obstacles.0.{key}"] = expected[f"{what}_obstacle0_{short}"]
    if f"{what}_obstacle0_path" in expected:
        times = np.array(golden_scene(name).obstacles[0].path)[:, :1] * (what == "value")
        found["obstacles.0.path"] = np.hstack([times, expected[f"{what}_obstacle0_path"]])
    if f"{what}_crimp" in expected:
        found |= dict(zip(("fabric.end_crimp", "fabric.pick_crimp"), expected[f"{what}_crimp"]))
    if f"{what}_set" in expected:
        found["fabric.crimp_set"] = expected[f"{what}_set"]
    return found


def golden_gradient(name: str) -> tuple[dict[str, float | np.ndarray], dict[str, float | np.ndarray]]:
    """Gradients and scales by dotted name."""
    expected = golden(f"{name}_gradient")
    gradient, scale = numbers(name, "gradient"), numbers(name, "value")
    for key in ("wind", "gravity"):
        gradient[f"environment.{key}"] = expected[f"gradient_{key}"]
        value = np.asarray(expected[f"value_{key}"])
        # Across flat crimped cloth gravity moves nothing at first order: there the component's own value, 0, tells.
        scale[f"environment.{key}"] = np.abs(value) if "crimp" in name else np.linalg.norm(value)
    for key, size in SIZES.items():
        if f"gradient_initial_{key}" in expected:
            gradient[f"initial.{key}"], scale[f"initial.{key}"] = expected[f"gradient_initial_{key}"], size
    return gradient, scale


@pytest.mark.parametrize("name", [*ROLLOUTS, "static_strip", "contact_static_drape_sphere"])
def test_golden_gradients(device, name):
    scene, target = changed(name)
    expected, scale = golden_gradient(name)
    loss, gradient = wf.loss_and_gradient(scene, target, list(expected), device=device)
    assert loss == pytest.approx(float(golden(f"{name}_gradient")["loss"]), rel=1e-9)
    assert list(gradient) == list(expected)
    values = [key for key in expected if not key.startswith("initial.")]
    assert len(values) >= 4 * len(scene.yarns) + 5 + 2
    largest_scaled = max(largest(expected[key] * scale[key]) for key in values)
    for key in values:
        assert largest((gradient[key] - expected[key]) * scale[key]) < AGREEMENT * largest_scaled, key
        # Yarns are what the loss depends on: each of their components for itself.
        if key.startswith("yarns.") and abs(expected[key] * scale[key]) > 1e-4 * largest_scaled:
            assert gradient[key] == pytest.approx(float(expected[key]), rel=1e-6), key
    arrays = [key for key in expected if key.startswith("initial.")]
    assert len(arrays) == (4 if name in MOVED else 0)
    for key in arrays:
        if key == "initial.sliding" and name in FREE:
            continue
        assert difference(gradient[key], expected[key]) < AGREEMENT, key


@pytest.mark.parametrize("name", ["hang_plain_bdf2", "pull_twill_bdf2", "snag_plain_bdf2", "static_strip"])
def test_all_gradients_and_their_shapes(name):
    scene, target = changed(name)
    if name in ROLLOUTS:
        scene = scene.replace({"time.duration": 0.004})
    some = {"yarns.y0.radius", "pins.1.path", "environment.wind_density", "initial.velocity"}
    loss, gradient = wf.loss_and_gradient(scene, target, device="cpu")
    assert {*gradient} == {*differentiable_names(scene)} >= some
    assert isinstance(loss, float)
    grid = (scene.fabric.picks, scene.fabric.ends)
    for value in gradient.values():
        if isinstance(value, np.ndarray):
            assert np.isfinite(value).all()
        else:
            assert isinstance(value, float)
    assert gradient["environment.wind"].shape == (3,)
    for k, pin in enumerate(scene.pins):
        assert gradient[f"pins.{k}.path"].shape == (len(pin.path or [0]), 4)
    for key in ("position", "velocity"):
        assert gradient[f"initial.{key}"].shape == (*grid, 3)
    for key in ("sliding", "sliding_velocity"):
        assert gradient[f"initial.{key}"].shape == (*grid, 2)
        assert not gradient[f"initial.{key}"][~scene.build().slides].any()
    same, few = wf.loss_and_gradient(scene, target, ["initial.velocity", "yarns.y0.radius"], device="cpu")
    assert same == pytest.approx(loss, rel=1e-9)
    assert few.keys() == {"initial.velocity", "yarns.y0.radius"}
    assert few["yarns.y0.radius"] == pytest.approx(gradient["yarns.y0.radius"], rel=1e-6)


def test_the_loss_is_what_the_scene_file_says():
    """The mean over shared frames of the mean over crossings of |dx|^2 + |ds|^2."""
    scene, target = changed("snag_plain_bdf2")
    scene = scene.replace({"time.duration": 0.006})
    run = wf.simulate(scene, device="cpu")
    dx, ds = (getattr(run, name) - getattr(target, name)[:7] for name in ("position", "sliding"))
    squares = (dx**2).sum(axis=-1) + (ds**2).sum(axis=-1)
    loss, _ = wf.loss_and_gradient(scene, target, ["contact.friction"], device="cpu")
    assert (ds**2).sum() > 1e-3 * (dx**2).sum()
    assert loss == pytest.approx(squares[1:].mean(axis=(1, 2)).mean(), rel=1e-9)
    twice, gradient = wf.loss_and_gradient(scene, [target, target], ["contact.friction"], device="cpu")
    assert twice == pytest.approx(2.0 * loss, rel=1e-12)
    assert gradient["contact.friction"] != 0.0


def test_friction_counts_only_where_yarns_slip():
    """Far below their limits crossings are springs, and no limit is seen, but for rounding."""
    for name, slips in (("hang_plain_bdf2", False), ("snag_plain_bdf2", True)):
        scene, target = changed(name)
        _, gradient = wf.loss_and_gradient(scene, target, ["contact.friction", "yarns.y0.radius"], device="cpu")
        scaled = gradient["contact.friction"] * scene.contact.friction
        share = abs(scaled / (gradient["yarns.y0.radius"] * scene.yarns["y0"].radius))
        assert share > 1e-2 if slips else share < 1e-20, name


def test_forces(tmp_path):
    """Their gradient, by finite differences along a random direction; from a file, too."""
    scene, target = changed("hang_plain_bdf2")
    scene = scene.replace({"time.duration": 0.003, "solver.tolerance": 1e-12})
    rng = np.random.default_rng(41)
    forces, change = (1e-4 * rng.standard_normal((3, 5, 5, 3)) for _ in range(2))
    path = target.save(tmp_path / "seen.h5")

    def loss(amount: float) -> float:
        return wf.loss_and_gradient(scene, path, ["forces"], forces=forces + amount * change, device="cpu")[0]

    _, gradient = wf.loss_and_gradient(scene, target, ["forces"], forces=forces, device="cpu")
    assert gradient["forces"].shape == forces.shape
    slope = (loss(1e-2) - loss(-1e-2)) / 2e-2
    assert np.vdot(gradient["forces"], change) == pytest.approx(slope, rel=1e-6)
    _, without = wf.loss_and_gradient(scene, target, ["forces"], device="cpu")
    _, zero = wf.loss_and_gradient(scene, target, ["forces"], forces=0.0 * forces, device="cpu")
    np.testing.assert_allclose(without["forces"], zero["forces"], rtol=1e-9, atol=1e-20)


@pytest.mark.parametrize("checkpoint", [1, 4])
def test_checkpoints_do_not_matter(checkpoint):
    scene, target = changed("snag_plain_bdf2")
    names = ["contact.friction", "initial.sliding"]
    _, expected = wf.loss_and_gradient(scene, target, names, device="cpu")
    _, gradient = wf.loss_and_gradient(scene, target, names, device="cpu", checkpoint=checkpoint)
    for name in names:
        assert difference(np.asarray(gradient[name]), np.asarray(expected[name])) < 1e-9


def test_what_does_not_fit():
    scene, target = changed("hang_plain_bdf2")
    with pytest.raises(SceneError, match=r"fabric\.ends"):
        wf.loss_and_gradient(scene, target, ["fabric.ends"])
    with pytest.raises(SceneError, match="forces"):
        wf.loss_and_gradient(scene, target, ["contact.friction"], forces=np.zeros((3, 5, 5, 3)))
    with pytest.raises(TargetError):
        wf.loss_and_gradient(scene, 17, ["contact.friction"])
    with pytest.raises(TargetError):
        wf.loss_and_gradient(scene, changed("snag_plain_bdf2")[1], ["contact.friction"])
    with pytest.raises(SceneError, match="nothing to compare"):
        wf.loss_and_gradient(scene, [], ["contact.friction"])
    strip, still = changed("static_strip")
    with pytest.raises(SceneError, match="forces"):
        wf.loss_and_gradient(strip, still, ["contact.friction"], forces=np.zeros((1, 8, 5, 3)))


def test_one_name_is_no_list_of_names():
    with pytest.raises(SceneError, match="is not a list of names"):
        wf.loss_and_gradient(golden_scene("hang_plain_euler"), "run.h5", "contact.friction")  # pyright: ignore


@pytest.mark.parametrize("integrator", ["bdf2", "euler"])
def test_it_says_how_accurate_it_is_and_how_many_steps_were_halved(integrator, monkeypatch):
    scene = small_scene(time__duration=0.01, time__integrator=integrator)
    run = wf.simulate(scene)
    _, gradient = wf.loss_and_gradient(scene.replace({"environment.gravity": [0, 0, -9]}), run, ["yarns.soft.radius"])
    assert 0.0 < gradient.accuracy < 1e-10
    assert gradient.halved_steps == 0
    assert dict(gradient) == pickle.loads(pickle.dumps(gradient))
    assert pickle.loads(pickle.dumps(gradient)).accuracy == gradient.accuracy
    halve_steps(monkeypatch, 1e-3, 3)
    _, gradient = wf.loss_and_gradient(scene, run, ["yarns.soft.radius"])
    assert gradient.halved_steps == 3


def test_gradients_of_crimped_cloth_are_not_doubted():
    """Warp warns where what is on a tape cannot be pulled back through."""
    scene = small_scene(fabric__crimp="touching", contact__crossing_stiffness=10.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wf.loss_and_gradient(scene, target=wf.simulate(scene), parameters=["contact.crossing_stiffness"])

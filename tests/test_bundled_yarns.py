"""Yarns of bundles are made of the scene's."""

import numpy as np
import pytest
import warp as wp
from bundled_cloth import square

from warp_fabric import Scene
from warp_fabric.bundled_yarns import OF_YARNS, make_yarns, with_yarns
from warp_fabric.model import Model
from warp_fabric.parameters import IN_MATERIAL
from warp_fabric.types import f64

THICK = {"radius": 2e-4, "tex": 60.0, "young_modulus": 1e9, "bending_modulus": 0.02, "cohesion": 3.0, "damping": 2e-3}


def mixed(bundle: int, picks: list[str] | None = None) -> Scene:
    """Cotton, with two thick yarns between its ends."""
    yarns = {"yarns.thick": {**THICK}, "fabric.end_yarns": ["yarn", "thick", "thick"]}
    yarns |= {"fabric.pick_yarns": picks or ["yarn"], "fabric.end_spacing": 6e-4, "fabric.pick_spacing": 6e-4}
    plain = square(25)
    return Scene.from_toml(plain.to_toml() + _table("thick", THICK)).replace(
        {name: value for name, value in yarns.items() if name != "yarns.thick"}
        | {"fabric.bundle": bundle, "fabric.sliding": None}
    )


def _table(name: str, keys: dict) -> str:
    return f"\n[yarns.{name}]\n" + "\n".join(f"{key} = {value}" for key, value in keys.items()) + "\n"


def made(model: Model, requires_grad: bool = False):
    """The material of its bundles, in arrays of its own."""
    assert model.bundles is not None
    with wp.ScopedDevice(model.device):
        new = {key: wp.zeros(len(model.bundles.reach), dtype=f64, requires_grad=requires_grad) for key in OF_YARNS}
    return with_yarns(model.material, new)


def test_all_fields_of_yarns_are_made():
    assert {each.array for each in IN_MATERIAL if each.table == "yarns"} == {*OF_YARNS}


def test_real_yarns_are_not_in_bundles(device):
    model = Model(mixed(1), device)
    assert model.bundles is None


def test_bundles_are_the_sums_of_their_yarns(device):
    model = Model(mixed(6), device)
    found = made(model)
    make_yarns(model.bundles, model.material, found)
    mix = model.bundles.strands.numpy()
    kind = model.grid.end_yarn.numpy()[2]  # an end in the midst, of 2 cotton yarns and 4 thick ones
    np.testing.assert_allclose(mix[kind], [2.0, 4.0], atol=0.5)
    own = {key: getattr(model.material, key).numpy() for key in OF_YARNS}
    got = {key: getattr(found, key).numpy()[kind] for key in OF_YARNS}
    area = own["radius"] ** 2
    radius = mix[kind] @ own["radius"] / 6.0
    assert got["radius"] == pytest.approx(radius)
    assert got["linear_density"] == pytest.approx(mix[kind] @ own["linear_density"])
    for key in ("young_modulus", "bending_modulus"):
        assert got[key] * radius**2 == pytest.approx(mix[kind] @ (own[key] * area))
    loose = mix[kind] @ (own["bending_modulus"] * area / own["cohesion"])
    assert got["bending_modulus"] * radius**2 / got["cohesion"] == pytest.approx(36.0 * loose)
    damped = mix[kind] @ (own["bending_modulus"] * area * own["damping"])
    assert got["damping"] * got["bending_modulus"] * radius**2 == pytest.approx(damped)


def test_yarns_add_up(device):
    scene = mixed(6, picks=["thick", "yarn", "yarn", "yarn"])
    model, real = Model(scene, device), scene.real_fabric
    density = np.array([yarn.linear_density for yarn in real.yarns])
    found = made(model)
    make_yarns(model.bundles, model.material, found)
    each = found.linear_density.numpy()
    picks, ends = (kinds.numpy().reshape(5, 5) for kinds in (model.grid.pick_yarn, model.grid.end_yarn))
    assert each[picks[:, 2]].sum() == pytest.approx(density[real.pick_yarn].sum(), rel=1e-2)
    assert each[ends[2]].sum() == pytest.approx(density[real.end_yarn].sum(), rel=1e-2)


def test_limp_yarns_stay_limp(device):
    model = Model(square(9, 2, yarns__yarn__bending_modulus=0.0), device)
    found = made(model)
    make_yarns(model.bundles, model.material, found)
    assert (found.bending_modulus.numpy() == 0.0).all()
    assert (found.cohesion.numpy() == 1.0).all()


@pytest.mark.parametrize("key", OF_YARNS)
def test_gradients_go_through(key, device):
    model = Model(mixed(6), device)
    found = made(model, requires_grad=True)
    seeds = {
        name: np.random.default_rng(k).uniform(0.5, 1.5, len(model.bundles.reach)) for k, name in enumerate(OF_YARNS)
    }

    def value() -> float:
        make_yarns(model.bundles, model.material, found, record=False)
        return sum(float(seeds[name] @ (getattr(found, name).numpy() / size[name])) for name in OF_YARNS)

    size = dict.fromkeys(OF_YARNS, 1.0)
    make_yarns(model.bundles, model.material, found, record=False)
    size = {name: float(getattr(found, name).numpy().max()) or 1.0 for name in OF_YARNS}
    with wp.Tape() as tape:
        make_yarns(model.bundles, model.material, found)
    grads = {getattr(found, name): wp.array(seeds[name] / size[name], dtype=f64, device=device) for name in OF_YARNS}
    tape.backward(grads=grads)
    array = getattr(model.material, key)
    base, exact = array.numpy().copy(), array.grad.numpy().copy()
    for yarn in range(len(base)):
        step, both = 1e-5 * max(base[yarn], 1e-3), []
        for sign in (1.0, -1.0):
            changed = base.copy()
            changed[yarn] += sign * step
            array.assign(changed)
            both.append(value())
        array.assign(base)
        assert exact[yarn] == pytest.approx((both[0] - both[1]) / (2.0 * step), rel=1e-6, abs=1e-9)

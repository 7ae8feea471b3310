"""Beads against the obstacles of the golden elements, from an independent program: energies, forces and Jacobian."""

import tomllib

import numpy as np
import pytest
import warp as wp
from differences import Pointwise
from sample_cloth import GOLDEN, difference, golden
from touched_mesh import touch

from warp_fabric.forces.contact.law import contact_push, contact_stiffness
from warp_fabric.forces.contact.solids import solid_derivative, solid_energy, solid_force
from warp_fabric.obstacle_mesh import MeshTables, box_mesh, mesh_tables, read_mesh
from warp_fabric.obstacles import CAPSULE, PLANE, SPHERE
from warp_fabric.types import f64, mat33, vec3

EXACT = 1e-9
SOLIDS = {"plane": PLANE, "sphere": SPHERE, "capsule": CAPSULE}


@wp.kernel(enable_backward=False)
def _solid(
    shape: wp.array(dtype=wp.int32),
    k: wp.array(dtype=f64),
    touch: wp.array(dtype=f64),
    x: wp.array(dtype=vec3),
    first: wp.array(dtype=vec3),
    second: wp.array(dtype=vec3),
    radius: wp.array(dtype=f64),
    energy: wp.array(dtype=f64),
    force: wp.array(dtype=vec3),
    derivative: wp.array(dtype=mat33),
):
    i = wp.tid()
    energy[i] = solid_energy(shape[i], k[i], touch[i], x[i], first[i], second[i], radius[i])
    force[i] = solid_force(shape[i], k[i], touch[i], x[i], first[i], second[i], radius[i])
    derivative[i] = solid_derivative(shape[i], k[i], touch[i], x[i], first[i], second[i], radius[i], True)


@wp.kernel(enable_backward=False)
def _pair(
    k: wp.array(dtype=f64),
    r: wp.array(dtype=f64),
    d: wp.array(dtype=f64),
    push: wp.array(dtype=f64),
    stiffness: wp.array(dtype=f64),
):
    i = wp.tid()
    push[i] = contact_push(k[i], r[i], d[i])
    stiffness[i] = contact_stiffness(k[i], r[i], d[i])


class Beads:
    """Those of the golden elements: what of each crossing they have, [K, N], their places and radii."""

    def __init__(self) -> None:
        self.golden = golden("contact_elements")
        self.scene = tomllib.loads((GOLDEN / "contact_elements.toml").read_text())
        node, weight = self.golden["bead_nodes"], self.golden["bead_weight"]
        position = self.golden["position"].reshape(-1, 3)
        self.share = np.zeros((len(node), len(position)))
        np.add.at(self.share, (np.arange(len(node)), node[:, 0]), weight)
        np.add.at(self.share, (np.arange(len(node)), node[:, 1]), 1.0 - weight)
        self.x, self.radius = self.share @ position, self.golden["bead_radius"]
        self.k = self.scene["collision"]["stiffness"]

    def against(self, number: int, device: str):
        """Of obstacle `number`: energy, force [K, 3], derivative [K, 3, 3], and which centres are inside."""
        obstacle = self.scene["obstacles"][number]
        touching, count = self.radius + obstacle["thickness"], len(self.x)
        if obstacle["shape"] not in SOLIDS:
            found = touch(self.mesh(obstacle), self.x, self.k, touching, device)
            return found.energy.sum(), found.force, found.derivative, found.inside
        first = next(obstacle[key] for key in ("point", "center", "start") if key in obstacle)
        second = np.array(obstacle.get("normal") or obstacle.get("end") or [0.0, 0.0, 0.0])
        second = second / np.linalg.norm(second) if "normal" in obstacle else second
        inputs = [np.full(count, int(SOLIDS[obstacle["shape"]]), np.int32), np.full(count, self.k), touching, self.x]
        inputs += [np.tile(each, (count, 1)) for each in (np.array(first), second)]
        inputs.append(np.full(count, obstacle.get("radius", 0.0)))
        energy, force, derivative = Pointwise(_solid, [(), (3,), (3, 3)], device)(*inputs)
        return energy.sum(), force, derivative, np.zeros(count, bool)

    def mesh(self, obstacle) -> MeshTables:
        if obstacle["shape"] == "mesh":
            return read_mesh(GOLDEN / obstacle["file"])
        unit = box_mesh()
        corners = np.array(obstacle["center"]) + np.array(obstacle["size"]) * unit.vertices
        return mesh_tables(unit.times, corners, unit.faces, "box")

    def pairs(self, device: str) -> np.ndarray:
        """[3 K, 3 K] N/m, of beads with each other."""
        a, b = self.golden["active_pairs"].T
        arm = self.x[a] - self.x[b]
        d = np.linalg.norm(arm, axis=1)
        r = self.radius[a] + self.radius[b]
        push, stiffness = Pointwise(_pair, [(), ()], device)(np.full(len(d), self.k), r, d)
        n = arm / d[:, None]
        nn = n[:, :, None] * n[:, None, :]
        block = -stiffness[:, None, None] * nn + (push / d)[:, None, None] * (np.eye(3) - nn)
        total = np.zeros((len(self.x), 3, len(self.x), 3))
        for i, j, each in zip(a, b, block):
            total[i, :, i] += each
            total[j, :, j] += each
            total[i, :, j] -= each
            total[j, :, i] -= each
        return total


@pytest.fixture(scope="module")
def beads() -> Beads:
    return Beads()


@pytest.mark.parametrize("number", range(6))
def test_energy_and_force(device, beads, number):
    energy, force, _, inside = beads.against(number, device)
    assert energy == pytest.approx(float(beads.golden[f"energy_contact_obstacle{number}"]), rel=EXACT)
    expected = beads.golden[f"force_contact_obstacle{number}"].reshape(-1, 3)
    assert difference(beads.share.T @ force, expected) < EXACT
    assert inside.any() == (beads.scene["obstacles"][number]["shape"] == "box")
    touching = beads.golden[f"held_obstacle{number}_bead"]
    np.testing.assert_array_equal(np.flatnonzero(force.any(axis=1)), touching)
    size = np.linalg.norm(force[touching], axis=1)
    assert difference(size, beads.golden[f"held_obstacle{number}_Fn"]) < EXACT


def test_jacobian(device, beads):
    total = beads.pairs(device)
    for number in range(6):
        _, _, derivative, _ = beads.against(number, device)
        for i, each in enumerate(derivative):
            total[i, :, i] += each
    found = np.einsum("an,aibj,bm->nimj", beads.share, total, beads.share, optimize=True)
    expected = beads.golden["jacobian_contact"]
    assert difference(found.reshape(expected.shape), expected) < EXACT

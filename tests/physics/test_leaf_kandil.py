"""Crimped cloth in tension: Leaf and Kandil's modulus and Poisson ratio, and yarns that lock once they are straight.

Yarns are a thousand times as stiff in stretch as cotton is, so that they bend and do not stretch. Cloth is deformed
evenly, and what pulls in a segment between inner crossings is read from the elements.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

import warp_fabric as wf
from warp_fabric.forces import Elements, Moment, empty_held, hold
from warp_fabric.forces.crimp.crimp import Crimp
from warp_fabric.model import Model
from warp_fabric.state import State
from warp_fabric.yarn import library_entry

CRIMP = Crimp()
COUNT = 6
COTTON = library_entry("cotton").yarn
P1, P2 = 0.38e-3, 0.5e-3
SHARES = {  # rises of picks and ends, m, and how much stiffer in bending ends are than picks
    "not balanced": (0.09e-3, 0.15e-3, 2.0),
    "balanced": (0.11e-3, 0.11e-3, 1.0),
    "steep picks": (0.2e-3, 0.06e-3, 0.5),
}
RIGIDITY = 1.327e-9  # N m2, kb of the picks


def cloth(rise_1: float, rise_2: float, ratio: float, p1: float = P1, p2: float = P2) -> wf.Scene:
    """A plain weave; picks are system 1, whose crossings are p1 apart."""
    area = np.pi * COTTON.radius**2
    stiff = replace(COTTON, young_modulus=1000 * COTTON.young_modulus)
    return wf.Scene(
        fabric=wf.FabricSettings(
            ends=COUNT,
            picks=COUNT,
            end_spacing=p1,
            pick_spacing=p2,
            end_yarns=["end"],
            pick_yarns=["pick"],
            pick_crimp=float(np.hypot(1, rise_1 / p1) - 1),
            end_crimp=float(np.hypot(1, rise_2 / p2) - 1),
        ),
        yarns={
            "pick": replace(stiff, bending_modulus=RIGIDITY / area),
            "end": replace(stiff, bending_modulus=ratio * RIGIDITY / area),
        },
        time=wf.Time(integrator="static"),
    )


class Even:
    """A cloth that is deformed evenly."""

    def __init__(self, scene: wf.Scene, device: str) -> None:
        self.model = Model(scene, device)
        self.elements, self.held = Elements(self.model), empty_held(self.model)
        self.state = State.rest(self.model)
        hold(self.model, Moment.of(self.state), self.held)
        middle = COUNT * (COUNT // 2) + COUNT // 2
        first, second = self.model.topology.segment.T
        self.rows = [int(np.flatnonzero((first == middle) & (second == middle + step))[0]) for step in (1, COUNT)]

    def pull(self, strain_1: float, strain_2: float) -> np.ndarray:
        """[2] N, what a pick and an end pull with."""
        self.state.position.assign(self.model.rest_position * [1 + strain_1, 1 + strain_2, 1])
        self.elements.clear()
        CRIMP.add_force(self.model, self.state, self.held, self.elements, 1.0)
        parts = self.elements.forces["segment"].numpy()
        return np.array([parts[self.rows[axis], axis] for axis in (0, 1)])

    def free(self, strain_1: float, lowest: float = -0.25) -> tuple[float, float]:
        """What a pick pulls with where nothing holds the ends, N, and their strain."""
        strain_2 = brentq(lambda strain: self.pull(strain_1, strain)[1], lowest, 0.05, xtol=1e-14)
        return float(self.pull(strain_1, strain_2)[0]), strain_2


def theory(rise_1: float, rise_2: float, ratio: float, p1: float = P1, p2: float = P2) -> tuple[float, float]:
    """Leaf and Kandil's modulus of picks [N/m] and Poisson ratio."""
    t1, t2 = np.arctan(rise_1 / p1), np.arctan(rise_2 / p2)
    l1, l2 = np.hypot(p1, rise_1), np.hypot(p2, rise_2)
    kb1, kb2 = RIGIDITY, ratio * RIGIDITY
    straight = 12 * kb1 * p1 / (p2 * l1**3 * np.sin(t1) ** 2)
    modulus = straight * (1 + kb2 * l1**3 * np.cos(t1) ** 2 / (kb1 * l2**3 * np.cos(t2) ** 2))
    return modulus, p1 * np.tan(t2) / (p2 * np.tan(t1))


def test_theory_is_the_published_one():
    assert theory(*SHARES["not balanced"])[0] == pytest.approx(7132.4, rel=1e-5)


@pytest.mark.parametrize("case", SHARES)
def test_modulus_and_poisson_ratio(device, case):
    even, strain = Even(cloth(*SHARES[case]), device), 1e-6
    slope = np.array([(a - b) / (2 * strain) for a, b in zip(even.pull(strain, 0), even.pull(-strain, 0))])
    across = (even.pull(0, strain) - even.pull(0, -strain)) / (2 * strain)
    ratio = slope[1] / across[1]  # how much the cloth narrows where ends pull with nothing
    modulus = (slope[0] - across[0] * ratio) / P2
    expected = theory(*SHARES[case])
    assert modulus == pytest.approx(expected[0], rel=1e-3)
    assert ratio == pytest.approx(expected[1], rel=1e-3)


@pytest.mark.parametrize("case", SHARES)
def test_pulled_yarns_lock_once_they_are_straight(device, case):
    scene = cloth(*SHARES[case])
    even, crimp = Even(scene, device), scene.fabric.pick_crimp
    before = even.free(0.97 * crimp)[0]
    strains = crimp + np.array([0.002, 0.004])
    pulls = [even.free(strain)[0] for strain in strains]
    assert before < 0.02 * pulls[0]
    stretch = np.pi * COTTON.radius**2 * 1000 * COTTON.young_modulus
    assert (pulls[1] - pulls[0]) / (strains[1] - strains[0]) * (1 + crimp) == pytest.approx(stretch, rel=1e-3)
    locking = strains[0] - pulls[0] * (strains[1] - strains[0]) / (pulls[1] - pulls[0])
    assert locking == pytest.approx(crimp, rel=1e-3)


def test_ends_take_the_rise_that_picks_lose(device):
    """Peirce's sum of rises is kept, and the cloth narrows by what the ends' yarn then spans."""
    rise_1, rise_2, _ = SHARES["not balanced"]
    even = Even(cloth(*SHARES["not balanced"]), device)
    share = 0.9 * float(np.hypot(1, rise_1 / P1) - 1)
    _, strain = even.free(share)
    left = np.sqrt(rise_1**2 + P1**2 - ((1 + share) * P1) ** 2)
    narrowed = np.sqrt(P2**2 + rise_2**2 - (rise_1 + rise_2 - left) ** 2) / P2 - 1
    assert strain < -0.04
    assert strain == pytest.approx(narrowed, rel=1e-3)

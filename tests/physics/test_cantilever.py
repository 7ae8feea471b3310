"""Strips that bend under their own weight, straight and crimped, against the exact heavy elastica; and their weight."""

from dataclasses import replace

import numpy as np
import pytest
from rig import pin_force

import warp_fabric as wf
from warp_fabric.yarn import library_entry

CHORDS = {1: 7.10, 2: 13.86, 4: 25.53, 8: 41.49, 15: 56.03, 20: 61.79}
"""Degrees by which the chord of a heavy elastica dips, by its load number w L^3 / B."""
ROWS, ENDS = 40, 3
COTTON = library_entry("cotton").yarn
SPACING = library_entry("cotton").spacing
CRIMPED = {"pick_crimp": 0.07, "end_crimp": 0.05, "crimp_set": 0.5}
"""Not wholly set, so that yarns press on each other and picks stay where they are."""


def strip(load: float, crimp: dict[str, float]) -> wf.Scene:
    """Ends along +y, clamped by their first two picks, which weigh next to nothing beside them."""
    length = (ROWS - 0.5) * SPACING  # the clamp is level in the middle of its segment
    longer = 1 + crimp.get("end_crimp", 0.0)
    rigidity = COTTON.bending_modulus * np.pi * COTTON.radius**2 / longer  # of an end, by the cloth's length
    gravity = load * rigidity / (longer * COTTON.linear_density * length**3)
    pins = [wf.Pin(crossing=(pick, end), stiffness=1e4) for pick in (0, 1) for end in range(ENDS)]
    return wf.Scene(
        fabric=wf.FabricSettings(
            ends=ENDS,
            picks=ROWS + 1,
            end_spacing=SPACING,
            pick_spacing=SPACING,
            end_yarns=["cotton"],
            pick_yarns=["light"],
            **crimp,
        ),
        yarns={"cotton": COTTON, "light": replace(COTTON, linear_density=1e-4 * COTTON.linear_density)},
        contact=wf.Contact(friction=10.0),
        environment=wf.Environment(gravity=[0, 0, -gravity]),
        time=wf.Time(integrator="static"),
        pins=pins,
    )


@pytest.mark.parametrize(
    ("load", "crimp"),
    [*((load, {}) for load in CHORDS), *((load, CRIMPED) for load in (2, 8, 20))],
    ids=lambda value: "crimped" if value == CRIMPED else str(value or "straight"),
)
def test_chord_of_a_strip(simulate, load, crimp):
    run = simulate(strip(load, crimp))
    tip = run.position[-1, -1].mean(axis=0) - [SPACING, SPACING / 2, 0.0]
    assert abs(tip[0]) < 1e-3 * SPACING
    assert np.degrees(np.arctan2(-tip[2], tip[1])) == pytest.approx(CHORDS[load], rel=0.01)


@pytest.mark.parametrize("weave", ["plain", "twill22"])
def test_weight_is_what_pins_bear(simulate, weave):
    """Of the yarn that is there, crimp included: areal weights of crimped cloth are so much larger."""
    fabric = wf.FabricSettings(
        ends=7,
        picks=6,
        weave=weave,
        end_spacing=SPACING,
        pick_spacing=1.1 * SPACING,
        end_yarns=["cotton"],
        pick_yarns=["cotton"],
        pose="hanging",
        end_crimp=0.08,
        pick_crimp=0.12,
    )
    scene = wf.Scene(
        fabric=fabric,
        yarns={"cotton": COTTON},
        time=wf.Time(integrator="static"),
        pins=[wf.Pin(crossing=(0, 0)), wf.Pin(crossing=(0, 6))],
    )
    run = simulate(scene)
    drawdown = scene.build().drawdown
    changes = [(drawdown[:, 1:] != drawdown[:, :-1]).sum(), (drawdown[1:] != drawdown[:-1]).sum()]
    picks = 6 * 6 * SPACING + 0.12 * SPACING * changes[0]
    ends = 7 * 5 * 1.1 * SPACING + 0.08 * 1.1 * SPACING * changes[1]
    force = sum(pin_force(run, k) for k in range(2))
    weight = COTTON.linear_density * (picks + ends) * 9.8
    np.testing.assert_allclose(force, [0.0, 0.0, weight], rtol=1e-6, atol=1e-6 * weight)
    assert weight > 1.04 * COTTON.linear_density * SPACING * (36 + 38.5) * 9.8

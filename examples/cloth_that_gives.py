"""Cotton cloth pulled along its picks, with straight yarns and with the waves that weaving gives them.

    python examples/cloth_that_gives.py

Straight yarns have to stretch at once. Crimped ones straighten first, and the ends, which cross them, take over their
waves: the cloth is many times softer, and becomes narrower.
"""

from __future__ import annotations

import numpy as np

import warp_fabric as wf

SPACING = 0.38e-3
YARNS = 12
PULL = 0.02
CRIMP = {"end_crimp": 0.06, "pick_crimp": 0.06}


def scene(crimp: dict[str, float]) -> wf.Scene:
    """A flat piece of cotton whose two outer ends are held, one of them moved outwards by `PULL` of its width."""
    width = (YARNS - 1) * SPACING
    pins = []
    for pick in range(YARNS):
        pins.append(wf.Pin([pick, 0], stiffness=1e6))
        aim = [width * (1.0 + PULL), pick * SPACING, 0.0]
        pins.append(wf.Pin([pick, YARNS - 1], stiffness=1e6, path=[[0.0, *aim]]))
    return wf.Scene(
        fabric=wf.FabricSettings(ends=YARNS, picks=YARNS, end_spacing=SPACING, pick_spacing=SPACING, **crimp),
        yarns={"cotton": wf.library_yarn("cotton")},
        environment=wf.Environment(gravity=[0.0, 0.0, 0.0]),
        pins=pins,
    )


def tension(run: wf.Trajectory) -> float:
    """Force per width [N/m] that the moved pins take."""
    held = [pin for pin in run.scene.pins if pin.crossing[1] == YARNS - 1]
    stretched = sum(pin.stiffness * (pin.path[0][1] - run.position[-1][pin.crossing][0]) for pin in held)
    return float(stretched / (YARNS * SPACING))


def main() -> None:
    straight, wavy = wf.simulate(scene({})), wf.simulate(scene(CRIMP))
    stiff, soft = tension(straight), tension(wavy)
    rise = wavy.scene.build().pick_rise
    left = rise - 2.0 * np.median(wavy.interchange[-1])
    narrower = 1.0 - np.ptp(wavy.position[-1][:, YARNS // 2, 1]) / ((YARNS - 1) * SPACING)
    print(f"pulled by {PULL:.0%}: {stiff:.0f} N/m with straight yarns, {soft:.0f} N/m with crimp")
    print(f"picks rise {1e6 * left:.0f} um between crossings, at rest {1e6 * rise:.0f} um")
    print(f"the cloth is {narrower:.1%} narrower, as its ends are wavier")
    assert stiff > 10.0 * soft
    assert left < 0.9 * rise
    assert narrower > 0.005


if __name__ == "__main__":
    main()

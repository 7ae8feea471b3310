"""Cloth that fits begin from."""

from sample_cloth import AT_ORIGIN, golden_scene

import warp_fabric as wf

YARN_PAIRS = {
    "1+2": ((0.002, 5e5, 1.4e-4), (0.0025, 1.7e5, 1.1e-4), 1000.0),
    "2+3": ((0.0025, 1.7e5, 1.1e-4), (0.0024, 1.2e5, 9e-5), 200.0),
}
KEYS = ("linear_density", "young_modulus", "bending_modulus")
WRONG = ((1.12, 0.67, 1.11), (0.98, 1.15, 0.91))
"""Where the paper's learning starts, as factors of the truth."""
PATH = [[0.0, 0.004, 0.0, 0.0], [0.02, 0.0042, 0.0, 0.0]]
HANGING = golden_scene("hang_plain_bdf2").replace(
    AT_ORIGIN | {"pins": [{"crossing": [0, 0]}, {"crossing": [0, 4], "path": PATH}], "time.duration": 0.01}
)
BEND = "yarns.y0.bending_modulus"


def paper(size: int, pair: str = "1+2", **changes) -> tuple[wf.Scene, dict[str, float]]:
    """The paper's experiment, a cloth of two yarns pinned at two corners in the wind; and wrong yarns to start from."""
    *yarns, shear = YARN_PAIRS[pair]
    values = {
        "fabric.ends": size,
        "fabric.picks": size,
        "pins": [{"crossing": [0, 0]}, {"crossing": [0, size - 1]}],
        "time.duration": 0.025,
        "contact.shear_modulus": shear,
    }
    start = {}
    for k, (numbers, factors) in enumerate(zip(yarns, WRONG)):
        for key, number, factor in zip(KEYS, numbers, factors):
            values[f"yarns.y{k}.{key}"], start[f"yarns.y{k}.{key}"] = number, factor * number
    return golden_scene("hang_plain_bdf2").replace(values | changes), start

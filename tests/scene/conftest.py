"""One small scene that every test of this folder may change."""

import pytest

from warp_fabric.scene import Scene

SMALL = """
[fabric]
ends = 4
picks = 3
end_spacing = 2.0e-3
pick_spacing = 1.0e-3
end_yarns = ["cotton", "thin"]

[yarns.cotton]
radius = 5.0e-4
linear_density = 2.0e-3
young_modulus = 5.0e5
bending_modulus = 1.4e-4

[yarns.thin]
library = "silk"

[[pins]]
crossing = [0, 3]

[[pins]]
crossing = [2, 0]
stiffness = 50.0
path = [[0.0, 0, 0, 0], [0.5, 0, 0, 1]]

[time]
duration = 0.5
step = 1.0e-3
"""


@pytest.fixture(scope="session")
def small_text() -> str:
    return SMALL


@pytest.fixture(scope="session")
def small(small_text) -> Scene:
    return Scene.from_toml(small_text)

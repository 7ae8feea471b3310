"""Numbers of beads, without making any."""

import numpy as np
import pytest
from sample_cloth import golden, golden_scene
from textile_cloth import textile_scene

from warp_fabric.bead_counts import beads_between, segment_bead_count


def test_golden_fabric():
    expected = golden("contact_elements")["bead_nodes"]
    between = int((expected[:, 0] != expected[:, 1]).sum())
    assert segment_bead_count(golden_scene("contact_elements").build()) == between > 100


@pytest.mark.parametrize("yarn", ["cotton", "wool", "paper-yarn-1"])
def test_closed_cloth_has_none(yarn):
    radius = textile_scene(yarn, (3, 4)).yarns["yarn"].radius
    for shape in ((3, 4), (1, 4), (3, 1), (1, 1)):
        sizes = {f"fabric__{axis}_spacing": 4.0 * radius for axis in ("end", "pick")}
        assert segment_bead_count(textile_scene(yarn, shape, **sizes).build()) == 0
        sizes = {f"fabric__{axis}_spacing": 4.1 * radius for axis in ("end", "pick")}
        segments = shape[0] * (shape[1] - 1) + shape[1] * (shape[0] - 1)
        assert segment_bead_count(textile_scene(yarn, shape, **sizes).build()) == 2 * segments


def test_beads_between():
    """At most a diameter from each other, however rounding falls where a length is a whole number of diameters."""
    radius = 1.02e-4 * np.ones(6)
    length = 8.0 * 1.02e-4
    thick = length * np.array([0.2, 0.999, 1.0 - 1e-12, 1.0, 1.0 + 1e-12, 2.0])
    for shift in (-1e-13, 0.0, 1e-13):
        np.testing.assert_array_equal(beads_between(length * (1.0 + shift), thick, radius), [3, 3, 0, 0, 0, 0])
    np.testing.assert_array_equal(beads_between(length, 0.5 * thick[:2], 10.0 * radius[:2]), [0, 0])

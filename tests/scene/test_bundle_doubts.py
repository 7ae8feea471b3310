"""What is doubted of scenes in bundles."""

import pytest
from bundled_cloth import square

from warp_fabric.scene.doubts import doubts


def away(scene, crossing, shift):
    """A pin that is led away from where its crossing is at rest."""
    return {"crossing": [*crossing], "path": [[0.5, *(scene.real_fabric.position[crossing] + shift)]]}


@pytest.mark.parametrize("held", ["quarter", "half"])
def test_clamps_are_not_doubted(held):
    assert doubts(square(33, 4, held=held)) == []


def test_clamps_that_move_are_not_doubted():
    scene = square(33, 4, held="half")
    pins = [away(scene, pin.crossing, (0.0, 0.0, 0.01)) for pin in scene.pins]
    assert doubts(scene.replace({"pins": pins})) == []


def test_yarns_of_a_bundle_that_are_led_apart():
    scene = square(33, 4)
    pins = [away(scene, crossing, (0.0, 0.0, 0.01 * k)) for k, crossing in enumerate([(0, 0), (0, 32), (1, 1)])]
    (found,) = doubts(scene.replace({"pins": pins}))
    assert found.startswith("pins 0 and 2 lead yarns of one bundle of 4 to different places")
    assert doubts(scene.replace({"pins": pins, "fabric.bundle": 1})) == []


def test_a_snag():
    scene = square(33, 4, held="corners")
    pin = away(scene, (16, 15), (0.0, 0.01, 0.0))
    (found,) = doubts(scene.replace({"pins": [*[{"crossing": [*pin.crossing]} for pin in scene.pins], pin]}))
    assert found.startswith("pins.2 is led away from within the cloth, and pulls on 4 yarns each way")
    assert "fabric.bundle = 1" in found


def test_pins_of_a_panel_of_bundles_have_the_numbers_of_the_scene():
    scene = square(33, 4)
    held = [away(scene, crossing, (0.0, 0.0, 0.01 * k)) for k, crossing in enumerate([(0, 0), (0, 32), (1, 1)])]
    pins = [{"panel": "other", "crossing": [0, 0]}, *({"panel": "one", **pin} for pin in held)]
    panels = [{"name": "one"}, {"name": "other", "origin": [0.0, 0.1, 0.0]}]
    (torn,) = doubts(scene.replace({"panels": panels, "pins": pins}))
    assert torn.startswith("panel 'one': pins 1 and 3 lead yarns")
    pins[1:] = [{"panel": "one", **away(scene, (16, 15), (0.0, 0.01, 0.0))}]
    (snag,) = doubts(scene.replace({"panels": panels, "pins": pins}))
    assert snag.startswith("panel 'one': pins.1 is led away")

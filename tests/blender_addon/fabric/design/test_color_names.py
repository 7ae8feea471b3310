"""Names of colours."""

import pytest

from blender_addon.fabric.design.color_names import NAMES, color_name, distance


@pytest.mark.parametrize("name", NAMES)
def test_each_colour_has_its_own_name(name):
    assert color_name(NAMES[name]) == name


@pytest.mark.parametrize(
    ("color", "name"), [("#ff0000", "red"), ("#000000", "black"), ("#0000ff", "blue"), ("#00ff00", "green")]
)
def test_colours_of_weave_files(color, name):
    assert color_name(color) == name


def test_distance():
    assert distance("#123456", "#123456") == 0
    assert distance("#000000", "#ffffff") == distance("#ffffff", "#000000")
    assert distance("#000000", "#ffffff") > distance("#000000", "#808080") > distance("#000000", "#101010")

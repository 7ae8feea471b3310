"""A scene of two panels, for tests of all that several fabrics in one scene are used for."""

from warp_fabric.scene import Scene
from warp_fabric.yarn import library_entry

WIND = [0.3, 1.0, 0.0]


def panelled_scene(yarn: str = "cotton", **changes) -> Scene:
    """A twill that hangs by two corners, and beside it a larger plain weave, turned by 90 degrees about the vertical,
    that hangs by three crossings; in wind, 6 frames of 2 steps. Changes by dotted key where __ stands for the dot."""
    spacing = library_entry(yarn).spacing
    text = f"""
    [fabric]
    weave = "twill22"
    ends = 6
    picks = 5
    end_spacing = {spacing}
    pick_spacing = {spacing}
    end_yarns = ["yarn"]
    pick_yarns = ["yarn"]
    pose = "hanging"

    [[panels]]
    name = "front"

    [[panels]]
    name = "left side"
    weave = "plain"
    ends = 7
    origin = [0.0, {-10 * spacing}, 0.0]
    rotation = [0.0, 0.0, 90.0]

    [yarns.yarn]
    library = "{yarn}"

    [environment]
    wind = {WIND}

    [[pins]]
    panel = "left side"
    crossing = [0, 0]

    [[pins]]
    panel = "front"
    crossing = [0, 0]

    [[pins]]
    panel = "left side"
    crossing = [0, 6]

    [[pins]]
    panel = "front"
    crossing = [0, 5]

    [[pins]]
    panel = "left side"
    crossing = [0, 3]

    [time]
    duration = 0.012
    step = 1.0e-3
    frames_per_second = 500.0
    """
    return Scene.from_toml(text).replace({name.replace("__", "."): value for name, value in changes.items()})


STILL = {"time.integrator": "static", "environment.wind": None}
"""What makes a search for its equilibrium of it."""

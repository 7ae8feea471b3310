"""What people call a colour, for naming yarns after theirs."""

from __future__ import annotations

NAMES = {
    "black": "#101010",
    "dark grey": "#484848",
    "grey": "#808080",
    "light grey": "#c0c0c0",
    "white": "#ffffff",
    "cream": "#f2ead8",
    "beige": "#d8c3a5",
    "brown": "#6b4423",
    "dark red": "#7a1420",
    "red": "#d02030",
    "pink": "#f0a0b8",
    "orange": "#f08020",
    "yellow": "#f0d830",
    "olive": "#7a7a20",
    "light green": "#98d880",
    "green": "#309040",
    "dark green": "#184828",
    "turquoise": "#40c0b8",
    "light blue": "#98c0e8",
    "blue": "#2858c8",
    "dark blue": "#182858",
    "violet": "#7038a0",
    "magenta": "#c03090",
}


def color_name(color: str) -> str:
    """The name nearest to "#rrggbb"."""
    return min(NAMES, key=lambda name: distance(NAMES[name], color))


def distance(one: str, other: str) -> float:
    """How different two colours "#rrggbb" look: squared, weighted by how well eyes tell red, green and blue apart."""
    (r0, g0, b0), (r1, g1, b1) = (bytes.fromhex(color[1:]) for color in (one, other))
    red = (r0 + r1) / 512
    return (2 + red) * (r0 - r1) ** 2 + 4 * (g0 - g1) ** 2 + (3 - red) * (b0 - b1) ** 2

"""Numbers as Blender keeps them and panels show them, and as a scene has them, in SI units."""

UNITS = {"MPa": ("Pa", 1e-6), "mN": ("N", 1e3), "tex": ("kg/m", 1e6), "ms": ("s", 1e3), "%": ("", 100.0)}
"""Units of the panels: the scene's unit for the same kind of number, and what a number in that is multiplied by."""


def exact(value: float) -> float:
    """A number without the digits that single precision, which Blender keeps, made up."""
    return float(f"{value:.7g}")


def in_si(value: float, unit: str) -> float:
    """A number of a panel as the scene has it."""
    return exact(value / UNITS[unit][1])

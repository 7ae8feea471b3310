"""The shape that a cloth is cut to: outlines from lists, named shapes and files, and the crossings that lie in them.

An outline is a list of closed loops, arrays [points, 2] of x (across the ends) and y (along them) in metres. What lies
in an odd number of them is cloth. The last point of a loop is joined to its first, which is not repeated.
"""

FLATNESS = 1e-5
"""How far a straight piece of an outline may be from the curve that it stands for, m: a twentieth of the spacing of the
finest yarns of the library, and finer than cloth is cut."""

METRES = {"m": 1.0, "cm": 1e-2, "mm": 1e-3, "um": 1e-6, "in": 0.0254, "pt": 0.0254 / 72, "px": 0.0254 / 96}
"""Units that coordinates of drawings may be in, and the length of each, m."""

"""Units of lengths that outlines come in."""

METRES = {"m": 1.0, "cm": 1e-2, "mm": 1e-3, "um": 1e-6, "in": 0.0254, "pt": 0.0254 / 72, "px": 0.0254 / 96}
"""The length of each, m."""

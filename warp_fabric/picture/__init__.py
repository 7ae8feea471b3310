"""Pictures in which one sees yarns interlace: lit, shaded tubes of the yarns' true radii.

Drawn by the package's own ray tracer (`tracer`), which needs no display, graphics driver or further library.
"""

from warp_fabric.picture.look import Look
from warp_fabric.picture.movie import film
from warp_fabric.picture.still import render

__all__ = ["Look", "film", "render"]

"""A page in the browser that shows runs, scenes and USD files. Needs viser: `pip install warp-fabric[view]`."""

from __future__ import annotations

from warp_fabric.viewer.showing import Showing, view

__all__ = ["Showing", "view"]

"""How cloth is looked at in a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warp_fabric.errors import PictureError
from warp_fabric.layout import Layout
from warp_fabric.picture.camera import SIDES, VIEWS

LARGEST = 16384  # pixels a side


@dataclass(frozen=True)
class Look:
    """How cloth is looked at.

    Attributes:
        size: Width and height in pixels.
        view: "three-quarter", or "top": straight onto the cloth and without perspective; in a flat cloth ends go up
            and picks to the right.
        side: "face", the side on which ends with a True drawdown lie, "back", or "auto": the one that is in sight
            where the run begins, from above or from the front.
        camera: Where the camera stands in place of `view` and `side`: azimuth and elevation in degrees, as seen from
            the cloth; azimuth 0 is towards -y, 90 towards +x.
        zoom: 1 shows all of the cloth, 4 a quarter of that width.
        focus: Crossing `(pick, end)` in the middle of the picture; None: all of the cloth, or its middle crossing
            where `zoom` is more than 1. With panels, one of the first, before which the camera stands.
        plies: Strands the yarns look twisted from; 0 for smooth yarns.
        samples_per_crossing: Samples of a yarn from one crossing to the next.
        obstacles: Whether the scene's obstacles are drawn.
        rays: Camera rays a pixel; more is smoother and slower.
    """

    size: tuple[int, int] = (1600, 1200)
    view: str = "three-quarter"
    side: str = "auto"
    camera: tuple[float, float] | None = None
    zoom: float = 1.0
    focus: tuple[int, int] | None = None
    plies: int = 3
    samples_per_crossing: int = 8
    obstacles: bool = True
    rays: int = 5

    def check(self, layout: Layout) -> None:
        """Check for a fabric of such crossings.

        Raises:
            PictureError: Names the first setting that is impossible.
        """
        (picks, ends), focus = layout.shape, self.focus
        zoom, plies, camera = self.zoom, self.plies, self.camera
        inside = focus is None or (0 <= focus[0] < picks and 0 <= focus[1] < ends)
        cut_off = focus is not None and inside and layout.node[focus] < 0
        near = layout.nearest(*focus) if focus is not None and cut_off else None
        above = camera is None or (np.isfinite(camera).all() and abs(camera[1]) <= 90)
        for sound, where, what, fix in (
            (
                all(1 <= k <= LARGEST for k in self.size),
                "size",
                f"{self.size} pixels cannot be drawn",
                f"give 1 to {LARGEST}",
            ),
            (
                self.samples_per_crossing >= 1,
                "samples_per_crossing",
                f"{self.samples_per_crossing} samples do not make a line",
                "give at least 1",
            ),
            (self.view in VIEWS, "view", f"there is no view {self.view!r}", f"give one of {', '.join(VIEWS)}"),
            (self.side in SIDES, "side", f"there is no side {self.side!r}", f"give one of {', '.join(SIDES)}"),
            (above, "camera", f"the camera cannot stand at {camera}", "give degrees: azimuth, and elevation -90 to 90"),
            (np.isfinite(zoom) and zoom > 0, "zoom", f"{zoom} is not a magnification", "give a number above 0"),
            (inside, "focus", f"there is no crossing {focus}", f"give a pick below {picks} and an end below {ends}"),
            (not cut_off, "focus", f"there is no crossing {focus}: it is cut off", f"give another, such as {near}"),
            (plies >= 0, "plies", f"a yarn of {plies} plies cannot be drawn", "give 0 for smooth yarns, or more"),
            (self.rays >= 1, "rays", f"{self.rays} rays per pixel show nothing", "give at least 1"),
        ):
            if not sound:
                raise PictureError(what, where=where, fix=fix)

"""The controls beside the picture. They change `Choices` and the playback; nothing is drawn here."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warp_fabric.viewer.crossing_panel import CrossingPanel
from warp_fabric.viewer.detail import Shape
from warp_fabric.viewer.playback import SPEEDS, Playback
from warp_fabric.viewer.quantities import Quantity

if TYPE_CHECKING:
    import viser

DRAFT, BY_RUN = "draft colours", "run"
"""Ways to colour besides the quantities."""
BESIDE, OVER = "side by side", "over each other"
TINTS = ((0.12, 0.42, 0.72), (0.93, 0.52, 0.13), (0.20, 0.60, 0.30), (0.60, 0.30, 0.65), (0.55, 0.35, 0.25))
"""Colours of the runs where each has one of its own."""


@dataclass
class Choices:
    """What the user has chosen.

    Attributes:
        color: `DRAFT`, `BY_RUN` or the name of a quantity.
        shape: Yarns, surface, or what suits the size.
        beside: Whether several things stand next to each other.
        pins, obstacles: Whether they are shown.
        follow: Whether to go to the last frame when one comes.
    """

    color: str = DRAFT
    shape: Shape = Shape.automatic
    beside: bool = True
    pins: bool = True
    obstacles: bool = True
    follow: bool = True


class Page:
    """The controls.

    Attributes:
        choices: What has been chosen with them.
        crossing: The part that is about one crossing.

    Args:
        server: Whose page it is.
        playback: What the first of them control.
        quantities: What can be coloured by.
        count: How many things are shown.
        changed: Called where something is to be drawn anew.
        look_at_all: Called where the camera is to see everything.
        beside: See `Choices`, at first.
    """

    def __init__(
        self,
        server: viser.ViserServer,
        playback: Playback,
        quantities: Sequence[Quantity],
        count: int,
        changed: Callable[[], None],
        look_at_all: Callable[[], None],
        beside: bool = True,
    ) -> None:
        self.choices = Choices(beside=beside)
        self._playback, self._changed, self._gui = playback, changed, server.gui
        gui = server.gui
        gui.set_panel_label("Warp Fabric")
        gui.main_panel.dock_right()
        gui.configure_theme(show_logo=False, show_share_button=False, control_width="large", brand_color=(32, 53, 107))
        self._about = gui.add_html("")
        with gui.add_folder("Playback"):
            self._add_playback()
        with gui.add_folder("Colours"):
            names = [DRAFT, *(each.name for each in quantities), *([BY_RUN] if count > 1 else [])]
            self._color = gui.add_dropdown("Yarns by", names, initial_value=DRAFT)
            self._legend = gui.add_html("")
        self.crossing = CrossingPanel(server, quantities, changed)
        with gui.add_folder("View"):
            self._add_view(count, look_at_all)
        self._color.on_update(self._choose)

    def show_legend(self, text: str) -> None:
        """Show what the colours mean [HTML]."""
        self._legend.content = text

    def show_sources(self, lines: Sequence[tuple[str, str, str]]) -> None:
        """Say what is shown: a name, how it stands, and its colour ("" where it has none of its own)."""
        rows = []
        for name, state, color in lines:
            dot = f'<span style="color: {color}">&#9679;</span> ' if color else ""
            rows.append(
                f"<div>{dot}<b>{html.escape(name)}</b> <span style='opacity:.7'>{html.escape(state)}</span></div>"
            )
        self._about.content = f'<div style="padding: 0 1em; font-size: 0.85em">{"".join(rows)}</div>'

    def show_moment(self, growing: bool) -> None:
        """Bring the playback's controls up to date with it."""
        playback = self._playback
        self._frame.max = max(playback.last, 1)
        self._frame.disabled = self._play.disabled = playback.last == 0
        if self._frame.value != playback.index:
            self._frame.value = playback.index
        self._moment.content = (
            f'<div style="padding: 0 1em; font-size: 0.85em">{playback.time:.4f} s, '
            f"frame {playback.index} of {playback.last}</div>"
        )
        self._follow.visible = growing
        self._speed.value = _speed_name(playback.speed)
        self._play.label = "Pause" if playback.playing else "Play"

    def _add_playback(self) -> None:
        gui, playback = self._gui, self._playback
        self._play = gui.add_button("Play")
        self._frame = gui.add_slider("Frame", 0, max(playback.last, 1), 1, playback.index)
        self._moment = gui.add_html("")
        speeds = {_speed_name(each): each for each in SPEEDS}
        self._speed = gui.add_dropdown(
            "Speed",
            tuple(speeds),
            initial_value=_speed_name(playback.speed),
            hint="At 1/10, a second of the run takes ten.",
        )
        self._follow = gui.add_checkbox("Follow the run", True, visible=False, hint="Show new frames as they come.")

        @self._play.on_click
        def _(_event) -> None:
            playback.playing = not playback.playing
            self._changed()

        @self._frame.on_update
        def _(event) -> None:
            if event.client is not None and event.target.value != playback.index:
                playback.playing = False
                playback.seek(event.target.value)
                self._follow.value = self.choices.follow = playback.index == playback.last
                self._changed()

        @self._speed.on_update
        def _(event) -> None:
            if event.client is not None:
                playback.choose_speed(speeds[event.target.value])

        self._follow.on_update(self._choose)

    def _add_view(self, count: int, look_at_all: Callable[[], None]) -> None:
        gui = self._gui
        several = count > 1
        self._layout = gui.add_dropdown(
            "Runs", (BESIDE, OVER), initial_value=BESIDE if self.choices.beside else OVER, visible=several
        )
        self._shape = gui.add_dropdown(
            "Cloth as",
            tuple(each.value for each in Shape),
            hint="automatic: large cloth is a surface, with yarns near the camera.",
        )
        self._pins = gui.add_checkbox("Pins", True)
        hint = "Their own surfaces, which cloth stays away from by their thickness and its own."
        self._obstacles = gui.add_checkbox("Obstacles", True, hint=hint)
        self._everything = gui.add_button("See everything")
        self._everything.on_click(lambda _event: look_at_all())
        self._layout.on_update(self._choose)
        self._shape.on_update(self._choose)
        self._pins.on_update(self._choose)
        self._obstacles.on_update(self._choose)

    def _choose(self, event) -> None:
        if event.client is None:
            return
        choices = self.choices
        over = self._layout.value == OVER
        if over and choices.beside and self._color.value == DRAFT:
            self._color.value = BY_RUN  # runs in the same place and the same colours could not be told apart
        choices.color, choices.beside = self._color.value, not over
        choices.shape, choices.pins = Shape(self._shape.value), self._pins.value
        choices.obstacles, choices.follow = self._obstacles.value, self._follow.value
        self._changed()


def _speed_name(speed: float) -> str:
    if speed == 1.0:
        return "real time"
    return f"{speed:g} x" if speed > 1.0 else f"1/{1.0 / speed:g}"

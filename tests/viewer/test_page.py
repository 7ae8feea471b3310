from types import SimpleNamespace

import numpy as np
import pytest

from warp_fabric.viewer.detail import Shape
from warp_fabric.viewer.page import BESIDE, BY_RUN, DRAFT, OVER, Page
from warp_fabric.viewer.playback import Playback
from warp_fabric.viewer.quantities import QUANTITIES


@pytest.fixture
def made(server):
    playback, calls = Playback([np.linspace(0, 1, 5)]), []
    page = Page(server, playback, QUANTITIES, 2, lambda: calls.append("changed"), lambda: calls.append("see"))
    return SimpleNamespace(page=page, playback=playback, calls=calls, user=object())


def use(handle, user, value=None) -> None:
    """What viser does when a user changes a control."""
    if value is not None:
        handle._impl.value = value
    event = SimpleNamespace(client=user, target=handle)
    for callback in handle._impl.update_cb:
        callback(event)


def test_colours_are_chosen_by_name(made):
    assert made.page._color.options == (DRAFT, *(each.name for each in QUANTITIES), BY_RUN)
    use(made.page._color, made.user, "sliding")
    assert made.page.choices.color == "sliding"
    assert made.calls == ["changed"]


def test_play_and_pause(made):
    use(made.page._play, made.user)
    assert made.playback.playing
    made.page.show_moment(False)
    assert made.page._play.label == "Pause"
    use(made.page._play, made.user)
    assert not made.playback.playing


def test_scrubbing_stops_and_ends_following(made):
    made.playback.playing = True
    use(made.page._frame, made.user, 2)
    assert made.playback.index == 2
    assert not made.playback.playing
    assert not made.page.choices.follow
    use(made.page._frame, made.user, 4)
    assert made.page.choices.follow  # at the end again


def test_what_the_program_sets_is_no_choice(made):
    made.playback.playing = True
    use(made.page._frame, None, 3)
    use(made.page._speed, None, "1/2")
    assert made.playback.playing
    assert made.playback.index == 0
    assert made.playback.speed != 0.5


def test_speed_and_shape_and_what_is_hidden(made):
    use(made.page._speed, made.user, "1/20")
    assert made.playback.speed == 0.05
    use(made.page._shape, made.user, "surface")
    use(made.page._pins, made.user, False)
    assert made.page.choices.shape is Shape.surface
    assert (made.page.choices.pins, made.page.choices.obstacles) == (False, True)
    use(made.page._obstacles, made.user, False)
    assert not made.page.choices.obstacles


def test_runs_in_the_same_place_are_told_apart_by_colour(made):
    use(made.page._layout, made.user, OVER)
    assert not made.page.choices.beside
    assert made.page.choices.color == BY_RUN
    use(made.page._color, made.user, "stretch")
    use(made.page._layout, made.user, BESIDE)
    assert made.page.choices.beside
    assert made.page.choices.color == "stretch"


def test_everything_can_be_seen_again(made):
    use(made.page._everything, made.user)
    assert made.calls == ["see"]


def test_the_moment_is_shown(made):
    made.playback.seek(3)
    made.page.show_moment(True)
    assert made.page._frame.value == 3
    assert "0.7500 s, frame 3 of 4" in made.page._moment.content
    assert made.page._follow.visible


def test_a_single_moment_cannot_be_played(server):
    page = Page(server, Playback([np.zeros(1)]), [], 1, lambda: None, lambda: None)
    page.show_moment(False)
    assert page._play.disabled
    assert page._frame.disabled
    assert not page._layout.visible


def test_names_are_shown_as_text(made):
    made.page.show_sources([("<b>run.h5", "6 picks x 5 ends", "#ff0000"), ("other", "curves", "")])
    text = made.page._about.content
    assert "&lt;b&gt;run.h5" in text
    assert text.count("#ff0000") == 1

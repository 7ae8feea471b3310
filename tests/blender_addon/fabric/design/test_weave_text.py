"""A weave as one line of text, and back."""

import numpy as np
import pytest

from blender_addon.fabric.design.weave_text import Weave, library_weave
from warp_fabric import Draft, DraftError
from warp_fabric.weave import pattern, pattern_names


@pytest.mark.parametrize("name", pattern_names())
@pytest.mark.parametrize("lift_plan", [False, True])
def test_text_gives_the_weave_back(name, lift_plan):
    draft = pattern(name)
    weave = Weave.of(draft.with_lift_plan() if lift_plan else draft, (0, 2), (1,))
    assert "\n" not in weave.to_text()
    assert Weave.from_text(weave.to_text()) == weave


def test_empty_rows_and_unused_shafts_survive():
    draft = Draft(threading=[0, 1], tie_up=np.zeros((5, 2), bool), treadling=np.zeros((3, 2), bool), name='"q" ü')
    assert Weave.from_text(Weave.of(draft).to_text()).draft == draft


def test_no_text_is_plain_weave_of_the_first_two_yarns():
    weave = Weave.from_text("")
    assert (weave.end_yarns, weave.pick_yarns) == ((0, 0), (1, 1))
    assert weave.draft.drawdown.tolist() == [[True, False], [False, True]]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"threading":[1]}',
        '{"threading":[1],"shafts":1,"lift_plan":[[2]],"end_yarns":[0],"pick_yarns":[0]}',
        '{"threading":[1],"shafts":1,"lift_plan":[[1]],"end_yarns":[0,1],"pick_yarns":[0]}',
    ],
)
def test_damaged_text_says_how_to_go_on(text):
    with pytest.raises(DraftError, match=r"(?s)weave.*fix:"):
        Weave.from_text(text)


def test_a_yarn_for_each_end_and_pick():
    with pytest.raises(DraftError, match="1 yarns for 2 ends"):
        Weave(pattern("plain"), (0,), (1, 1))


def test_colours_of_a_pattern_become_the_first_yarns():
    weave = library_weave("houndstooth", 2)
    assert weave.end_yarns == (0, 0, 0, 0, 1, 1, 1, 1)
    assert library_weave("houndstooth", 1).end_yarns == (0,) * 8
    assert library_weave("plain", 1).pick_yarns == (0, 0)
    with pytest.raises(DraftError, match="no weave called"):
        library_weave("plane", 2)


def test_yarns_renumbered():
    weave = Weave.of(pattern("plain"), (0, 2), (1,))
    moved = weave.renumbered({0: 1, 1: 0, 2: 2}.get)
    assert (moved.end_yarns, moved.pick_yarns) == ((1, 2), (0, 0))

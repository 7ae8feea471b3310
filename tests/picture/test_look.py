import pytest

from warp_fabric.errors import PictureError
from warp_fabric.layout import Layout
from warp_fabric.picture import Look


def test_what_is_left_out_is_sound():
    Look().check(Layout.full(5, 7))
    Look(focus=(4, 6), camera=(-720.0, 90.0), plies=0, rays=1, zoom=0.5).check(Layout.full(5, 7))


@pytest.mark.parametrize("focus", [(5, 0), (0, 7), (-1, 0)])
def test_a_focus_is_a_crossing(focus):
    with pytest.raises(PictureError) as caught:
        Look(focus=focus).check(Layout.full(5, 7))
    assert caught.value.where == "focus"
    assert "below 5" in caught.value.fix

import io

import numpy as np
from dtx_to_wif import read_wif

from warp_fabric.weave import Draft
from warp_fabric.weave.wif_text import draft_to_wif_text


def test_the_text_that_is_written():
    draft = Draft.from_lists(
        [1, 0], tie_up=[[1, 2], []], treadling=[[1, 2], 0], end_colors=["#ff8000"] * 2, name="small"
    )
    lines = draft_to_wif_text(draft).splitlines()
    assert lines[0] == "[WIF]"
    sections = "\n".join(lines).split("\n\n")
    assert "[THREADING]\n1=1\n2=0" in sections
    assert "[TIEUP]\n1=1,2\n2=0" in sections
    assert "[TREADLING]\n1=1,2\n2=0" in sections
    assert "[WARP COLORS]\n1=1\n2=1" in sections
    assert "[COLOR TABLE]\n1=255,128,0" in "\n".join(sections)
    assert "[WEFT COLORS]" not in sections
    assert "LIFTPLAN=true" not in lines


def test_dtx_to_wif_reads_what_is_written():
    draft = Draft.from_lists([1, 2], lift_plan=[1, [1, 2]], end_colors=["#102030"] * 2, pick_colors=["#000000"] * 2)
    data = read_wif(io.StringIO(draft_to_wif_text(draft)))
    assert data.threading == {1: {1}, 2: {2}}
    assert data.liftplan == {1: {1}, 2: {1, 2}}
    assert data.color_table[data.warp.color] == (16, 32, 48)
    np.testing.assert_array_equal(data.color_range, (0, 255))

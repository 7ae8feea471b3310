"""What is cloth of a mask of crossings: those that yarns join, if one of these can bend."""

import numpy as np
import pytest

from warp_fabric.errors import SceneError
from warp_fabric.scene.outlined import joined_cloth


@pytest.mark.parametrize(
    ("rows", "longest"), [(["...", "..."], 0), (["#.#", ".#."], 0), (["##.", ".##"], 2), ([".#", "##"], 2)]
)
def test_cloth_needs_a_yarn_of_three_crossings(rows, longest):
    present = np.array([*map(list, rows)]) == "#"
    with pytest.raises(SceneError) as caught:
        joined_cloth(present, "too little", where="there", fix="more")
    assert caught.value.what == f"too little: none has 3 crossings in a row, the longest has {longest}"


def test_cloth_is_without_crossings_that_no_yarn_joins():
    present = np.array([*map(list, ["###..", "....#", "##..."])]) == "#"
    found = joined_cloth(present, "", where="", fix="")
    assert np.array_equal(found, [[1, 1, 1, 0, 0], [0, 0, 0, 0, 0], [1, 1, 0, 0, 0]])
    assert not found.flags.writeable

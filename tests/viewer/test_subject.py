import pytest
from waving_cloth import waving

from warp_fabric.viewer.cloth import Cloth


@pytest.mark.parametrize(
    ("time", "frame"), [(-1.0, 0), (0.0, 0), (0.1, 0), (0.125, 1), (0.125 - 1e-12, 1), (0.124, 0), (0.5, 4), (9.0, 4)]
)
def test_the_last_frame_up_to_a_time_is_seen(time, frame):
    assert Cloth(waving(), "run").frame_at(time) == frame

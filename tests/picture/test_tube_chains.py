import numpy as np
from drawn_cloth import woven

from warp_fabric.geometry import centre_lines
from warp_fabric.loose_ends import OVERHANG
from warp_fabric.picture.tube_chains import yarn_tubes


def test_every_yarn_is_a_tube_cut_at_both_ends():
    fabric = woven(np.indices((4, 6)).sum(0) % 2 == 0)
    tubes = yarn_tubes(fabric, fabric.position, np.zeros(3), 1.0, 4, 3)
    cuts = tubes.cuts()
    assert [(cuts & end > 0).sum() for end in (1, 2)] == [10, 10]
    ends, picks = centre_lines(fabric, fabric.position, 4)
    assert len(tubes.point) == ends.size // 3 + picks.size // 3 + 2 * 10
    assert len(tubes.segment) == len(tubes.point) - 10
    first = tubes.segment[cuts & 1 > 0]
    np.testing.assert_allclose(tubes.point[first[:6] + 1], ends[:, 0])
    reach = np.linalg.norm(tubes.point[first[6:]] - tubes.point[first[6:] + 1], axis=1)
    np.testing.assert_allclose(reach, OVERHANG * fabric.end_spacing, rtol=0.2)


def test_frames_stand_across_and_lengths_grow():
    fabric = woven(np.indices((4, 6)).sum(0) % 2 == 0)
    tubes = yarn_tubes(fabric, fabric.position, np.zeros(3), 1e-4, 8, 3)
    np.testing.assert_allclose(np.sum(tubes.frame * tubes.tangent, axis=1), 0.0, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(tubes.frame, axis=1), 1.0)
    step = tubes.length[tubes.segment + 1] - tubes.length[tubes.segment]
    between = np.linalg.norm(tubes.point[tubes.segment + 1] - tubes.point[tubes.segment], axis=1)
    np.testing.assert_allclose(step, between)

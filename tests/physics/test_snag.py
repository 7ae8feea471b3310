"""A snag: the middle crossing of a framed cloth pulled out of plane draws yarn through its neighbours."""

import numpy as np
import pytest
from rig import lines, yarn

import warp_fabric as wf

COUNT, SPACING = 9, 1.5e-3
MIDDLE = COUNT // 2
STIFFNESS = 300.0  # N/m, of friction's anchors
SMALL, LARGE = 0.4e-3, 3.0e-3  # m, heights
UP, BACK = 6, 12  # frames


def snag(simulate, friction, height):
    """Up in 30 ms, held until frame `UP`, back in 30 ms, left alone until frame `BACK`."""
    middle = [MIDDLE * SPACING] * 2
    path = [[0.0, *middle, 0], [0.03, *middle, height], [0.06, *middle, height], [0.09, *middle, 0]]
    edge = [(j, i) for j in range(COUNT) for i in range(COUNT) if {j, i} & {0, COUNT - 1}]
    scene = wf.Scene(
        fabric=wf.FabricSettings(
            ends=COUNT,
            picks=COUNT,
            end_spacing=SPACING,
            pick_spacing=SPACING,
            end_yarns=["yarn"],
            pick_yarns=["yarn"],
        ),
        yarns={"yarn": yarn(stretch=0.3, bend=3.0e-9, density=2.0e-3, radius=5.0e-4)},
        pins=[
            *(wf.Pin(crossing=one, stiffness=2000.0) for one in edge),
            wf.Pin(crossing=(MIDDLE, MIDDLE), stiffness=2000.0, path=path),
        ],
        environment=wf.Environment(gravity=[0, 0, 0], wind_density=0.0),
        contact=wf.Contact(
            friction=friction, friction_stiffness=STIFFNESS, sliding_damping=0.02, parallel_stiffness=0.0
        ),
        # Euler's damping brings it to rest before the frames that are looked at.
        time=wf.Time(duration=0.12, step=1.0e-3, frames_per_second=100.0, integrator="euler"),
        solver=wf.SolverSettings(tolerance=1e-9),
    )
    return simulate(scene)


def slid(run, frame):
    """Yarn [m] that has come from the right through the crossings right of the middle, along the middle pick; and from
    above through those above it, along the middle end."""
    drawn = run.sliding[frame] - run.fabric.sliding
    return drawn[MIDDLE, MIDDLE + 1 : -1, 0], drawn[MIDDLE + 1 : -1, MIDDLE, 1]


def pulls(run, frame):
    """What the yarns' tension and bending pull through the crossings of `slid` [N]: minus dE/ds at fixed positions."""
    result = []
    for group in lines(run):
        x, s = group.x[frame, MIDDLE], group.s[frame, MIDDLE]
        along = np.diff(x, axis=0)
        length = np.linalg.norm(along, axis=1)
        tension = group.stretch[MIDDLE] / 2 * ((length / np.diff(s)) ** 2 - 1)
        angle = np.arccos(np.minimum(np.einsum("ij,ij->i", along[1:], along[:-1]) / length[1:] / length[:-1], 1))
        bent = group.bend[MIDDLE] * (angle / (s[2:] - s[:-2])) ** 2  # of the crossings 1 to COUNT - 2
        bent = np.pad(bent, 1)
        pull = tension[:-1] - tension[1:] + bent[:-2] - bent[2:]  # on crossings 1 to COUNT - 2
        result.append(pull[MIDDLE : COUNT - 2])
    return result


def limits(run, frame):
    """What friction can bear at the crossings of `slid` [N]."""
    bears = run.scene.contact.friction * run.compression[frame]
    return bears[MIDDLE, MIDDLE + 1 : -1], bears[MIDDLE + 1 : -1, MIDDLE]


@pytest.fixture(scope="module")
def snags(simulate):
    """Runs by friction coefficient."""
    return {friction: snag(simulate, friction, LARGE) for friction in (0.0, 0.03, 0.12, 0.5, 2.0, 8.0)}


def test_less_yarn_is_drawn_the_more_friction(snags):
    drawn = {friction: sum(part.sum() for part in slid(run, UP)) for friction, run in snags.items()}
    rising = [drawn[friction] for friction in (0.0, 0.03, 0.12, 0.5, 2.0)]
    assert (np.diff(rising) < -0.05 * drawn[0.0]).all()
    assert drawn[8.0] == pytest.approx(drawn[2.0], rel=1e-6)  # all that touches holds by then
    # What has slid stays slid, in part, after the snag is let go.
    assert snags[0.12].sliding[BACK, MIDDLE, MIDDLE + 2, 0] - snags[0.12].fabric.sliding[MIDDLE, MIDDLE + 2, 0] > 2e-5


@pytest.mark.parametrize("friction", [0.03, 0.12, 0.5])
def test_slipping_yarn_is_held_by_coulombs_limit(snags, friction):
    """mu times compression, whose soft clamp and last motions leave some per cent."""
    run = snags[friction]
    for pull, limit, drawn in zip(pulls(run, UP), limits(run, UP), slid(run, UP)):
        assert (np.abs(pull) < 1.12 * limit + 4e-5).all()  # the last: N, of what is not quite at rest
        assert drawn[1] > 3 * limit[1] / STIFFNESS
        assert pull[1] == pytest.approx(limit[1], rel=0.07)


def test_sticking_yarn_is_held_by_its_anchors_spring(snags):
    """All but the two crossings next to the middle where the pick is lifted off the ends."""
    run = snags[2.0]
    (lifted, *_), _ = limits(run, UP)
    assert lifted == 0
    for first, pull, limit, drawn in zip((1, 0), pulls(run, UP), limits(run, UP), slid(run, UP)):
        assert pull[first:] == pytest.approx(drawn[first:] * STIFFNESS, rel=1e-5)
        assert (pull[first:] < 0.9 * limit[first:]).all()
    moved = np.abs(run.anchor[UP] - run.fabric.sliding).max(-1)
    assert (moved.ravel() > 1e-15).sum() == 2


def test_below_the_limit_no_yarn_is_drawn(simulate):
    """Anchors never move, yarn comes as far as their springs give, and goes back; friction's size does not matter."""
    held, free = snag(simulate, 0.03, SMALL), snag(simulate, 0.0, SMALL)
    assert (held.anchor == held.fabric.sliding).all()
    for drawn, pull, limit, loose in zip(slid(held, UP), pulls(held, UP), limits(held, UP), slid(free, UP)):
        assert pull == pytest.approx(drawn * STIFFNESS, rel=5e-3)  # not quite at rest
        assert (drawn > 0).all()
        assert (drawn * STIFFNESS < 0.9 * limit).all()
        assert (loose > 20 * drawn).all()
    came, stays = (np.abs(held.sliding[frame] - held.fabric.sliding).max() for frame in (UP, BACK))
    assert stays < 0.02 * came
    rough = snag(simulate, 8.0, SMALL)
    assert np.abs(rough.sliding[UP] - held.sliding[UP]).max() < 1e-12

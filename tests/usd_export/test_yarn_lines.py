import numpy as np
import pytest
from crimped_cloth import straightening
from usd_cloth import motion, usd_scene

from usd_export.options import Options
from usd_export.yarn_lines import YarnLines
from warp_fabric.geometry import arc_lengths, centre_lines, frame_relief
from warp_fabric.plies import typical_twist

SCENE = usd_scene()


def lines_of(scene=SCENE, **options) -> YarnLines:
    return YarnLines(scene.build(), Options(**options))


def test_one_group_for_each_yarn_and_direction():
    groups = lines_of().groups
    assert [(each.direction, each.yarn.name, each.members.tolist()) for each in groups] == [
        ("end", "thin", [0, 2, 4, 6]),
        ("end", "thick", [1, 3, 5]),
        ("pick", "thin", [0, 1, 2, 3, 4]),
    ]
    assert [each.counts.tolist() for each in groups] == [4 * [17], 3 * [17], 5 * [25]]
    np.testing.assert_allclose([each.radius for each in groups], [2e-4, 2.4e-4, 2e-4])
    np.testing.assert_allclose(groups[1].color, [[0, 1, 0], [1, 0, 0], [0, 0, 1]])


def test_lines_are_the_centre_lines():
    lines, frame = lines_of(samples_per_crossing=3), motion(SCENE, 0.01)
    ends, picks = centre_lines(SCENE.build(), frame["position"], 3)
    thin, thick, across = lines.at(frame["position"], frame["sliding"])
    np.testing.assert_array_equal(thin, ends[::2].reshape(-1, 3))
    np.testing.assert_array_equal(thick, ends[1::2].reshape(-1, 3))
    np.testing.assert_array_equal(across, picks.reshape(-1, 3))


@pytest.mark.parametrize("plies", [0, 3])
@pytest.mark.parametrize("far", [0.0, 100.0])
def test_velocities_are_the_rate_of_the_lines(plies, far):
    scene = usd_scene(fabric__origin=[far, 0.0, -far])
    lines, step = lines_of(scene, plies=plies), 1e-5
    _, velocities = lines.moving(motion(scene, 0.02))
    around = [lines.at(*(motion(scene, 0.02 + dt)[name] for name in ("position", "sliding"))) for dt in (-step, step)]
    for before, after, velocity in zip(*around, velocities):
        expected = (after - before) / (2 * step)
        np.testing.assert_allclose(velocity, expected, atol=1e-5 * np.abs(expected).max())


def test_cloth_at_rest_does_not_move():
    frame = motion(SCENE, 0.0)
    frame["velocity"] = np.zeros_like(frame["velocity"])
    assert all((each == 0).all() for each in lines_of().moving(frame)[1])


def test_fractions_run_from_0_to_1():
    for fraction, group in zip(lines_of(plies=2).fractions(), lines_of(plies=2).groups):
        fraction = fraction.reshape(group.curves, -1)
        assert (fraction[:, 0] == 0).all()
        assert (fraction[:, -1] == 1).all()
        assert (np.diff(fraction) > 0).all()


def test_plies_wind_around_their_yarn_and_fill_it():
    smooth, plied = lines_of(samples_per_crossing=8), lines_of(samples_per_crossing=8, plies=3)
    frame = motion(SCENE, 0.01)
    whole, strands = (each.at(frame["position"], frame["sliding"]) for each in (smooth, plied))
    for yarn, group, line, strand in zip(smooth.groups, plied.groups, whole, strands):
        assert group.curves == 3 * yarn.curves
        offset = strand.reshape(yarn.curves, 3, -1, 3) - line.reshape(yarn.curves, 1, -1, 3)
        np.testing.assert_allclose(np.linalg.norm(offset, axis=-1), yarn.radius - group.radius, rtol=1e-9)
        np.testing.assert_allclose(offset.sum(axis=1), 0.0, atol=1e-12)


def test_plies_have_their_twist_along_the_yarn():
    """And not along the cloth, which is shorter by 7 % here."""
    scene = usd_scene(fabric__weave="plain", fabric__end_yarns=["thick"], fabric__pick_spacing=1e-3)
    fabric = scene.build()
    rest, sliding = fabric.position, fabric.sliding
    smooth, plied = lines_of(scene, samples_per_crossing=16), lines_of(scene, samples_per_crossing=16, plies=2)
    line, strand = (each.at(rest, sliding)[0] for each in (smooth, plied))
    line = line.reshape(smooth.groups[0].curves, -1, 3)
    offset = strand.reshape(len(line), 2, *line.shape[1:])[:, 0] - line
    offset /= np.linalg.norm(offset, axis=-1, keepdims=True)
    across = np.cross([1.0, 0.0, 0.0], np.gradient(line, axis=1))
    across /= np.linalg.norm(across, axis=-1, keepdims=True)
    turned = np.unwrap(np.arctan2(np.sum(offset * across, axis=-1), offset[..., 0]), axis=1)
    length = arc_lengths(line)
    assert (length[:, -1] > 1.07 * 4e-3).all()
    inside = slice(16, -16)  # beside the first and last crossing, the lines' tangents are one-sided
    rate = np.abs(turned[:, inside][:, -1] - turned[:, inside][:, 0]) / (2 * np.pi * np.ptp(length[:, inside], axis=1))
    np.testing.assert_allclose(rate, abs(typical_twist(9e-5)), rtol=0.01)


def test_strong_twist_gets_the_samples_it_needs():
    assert lines_of(plies=3, ply_twist=2000.0).samples == 20
    assert lines_of(plies=3, ply_twist=100.0).samples == 4
    assert lines_of(plies=1, ply_twist=2000.0).samples == 4


@pytest.mark.parametrize(("picks", "ends", "kept"), [(1, 7, ["pick"]), (5, 1, ["end"]), (1, 1, [])])
def test_yarns_that_cross_a_single_one_are_left_out(picks, ends, kept):
    scene = usd_scene(fabric__picks=picks, fabric__ends=ends, fabric__end_yarns=["thin"], pins=[])
    lines = lines_of(scene)
    assert [each.direction for each in lines.groups] == kept
    assert len(lines.at(scene.build().position, scene.build().sliding)) == len(kept)


@pytest.mark.parametrize("plies", [0, 3])
def test_yarns_follow_their_crimp_and_tell_how_fast(plies):
    run = straightening(contact__crossing_stiffness=50.0)
    lines, middle, step = YarnLines(run.fabric, Options(plies=plies)), 3, 1e-4

    def frame(time: float) -> dict:
        """With all values straight from frame to frame."""
        names = ("position", "sliding", "velocity", "sliding_velocity", "interchange", "flattening")
        before, after = (run.frame(k) for k in (middle, middle + 1))
        share = time / (run.time[1] - run.time[0])
        found = {name: (1.0 - share) * before[name] + share * after[name] for name in names}
        rate = {f"{name}_rate": (after[name] - before[name]) / (run.time[1] - run.time[0]) for name in names[4:]}
        return found | rate

    points, velocities = lines.moving(frame(0.0))
    there, back = (lines.moving(frame(each))[0] for each in (step, -step))
    relief = frame_relief(run, middle)
    for group, line, after, before, velocity in zip(lines.groups, points, there, back, velocities):
        expected = (after - before) / (2.0 * step)
        assert np.abs(expected).max() > 1e-4
        np.testing.assert_allclose(velocity, expected, atol=1e-5 * np.abs(expected).max())
        if not plies:
            whole = dict(zip(("end", "pick"), centre_lines(run.fabric, run.position[middle], lines.samples, relief)))
            np.testing.assert_allclose(line, whole[group.direction].reshape(-1, 3), atol=1e-12)

"""Marker tracks as target."""

import numpy as np
import pytest
from observed_cloth import GRID, SCENE, STATIC, check_gradient, check_jacobian, loss, made_up_run, somewhere

from warp_fabric.errors import TargetError
from warp_fabric.fitting.targets import MarkerTarget, TargetWarning
from warp_fabric.fitting.targets.marker_files import Markers

PICK, END = np.array([1, 4, 2]), np.array([3, 0, 2])
NODE = PICK * GRID[1] + END
IDS = ["1:3", "4:0", "2:2"]


@pytest.fixture(scope="module")
def run():
    return made_up_run()


def tracks(run, ids=IDS):
    return Markers(run.time, ids, run.position[:, PICK, END])


def by_definition(observed):
    """The mean over frames of the mean over visible markers of the squared distance; `observed` by frame and node."""
    means = []
    for frame, seen in observed.items():
        position, _ = somewhere(frame)
        means.append(np.mean([np.sum((position[node] - x) ** 2) for node, x in seen.items()]))
    return np.mean(means)


def test_the_loss_is_the_mean_over_frames_and_visible_markers(run):
    markers = tracks(run)
    markers.position[3, 1] = np.nan
    markers.position[5] = np.nan
    comparison = MarkerTarget(markers).compare(SCENE)
    assert comparison.frames == (1, 2, 3, 4, 6, 7, 8)
    observed = {frame: dict(zip(NODE, markers.position[frame])) for frame in comparison.frames}
    del observed[3][NODE[1]]
    assert loss(comparison) == pytest.approx(by_definition(observed), rel=1e-12)
    weighted = MarkerTarget(markers, weight=4.0, frames=[3]).compare(SCENE)
    assert loss(weighted) == pytest.approx(4.0 * by_definition({3: observed[3]}), rel=1e-12)
    check_gradient(comparison)
    check_jacobian(comparison)


def test_masks_weigh_markers(run):
    mask = np.ones(GRID)
    mask[1, 3], mask[4, 0], mask[2, 2] = 2.0, 0.0, 0.5
    comparison = MarkerTarget(tracks(run), mask=mask, frames=[2]).compare(SCENE)
    position, _ = somewhere(2)
    square = np.sum((position[NODE] - run.position[2, PICK, END]) ** 2, axis=1)
    assert loss(comparison) == pytest.approx((2.0 * square[0] + 0.5 * square[2]) / 2.5, rel=1e-12)
    with pytest.raises(TargetError, match="no marker is left by the mask"):
        MarkerTarget(tracks(run), mask=np.arange(30).reshape(GRID) == 0).compare(SCENE)


def test_ways_to_say_which_crossing(run, tmp_path):
    expected = loss(MarkerTarget(tracks(run)).compare(SCENE))
    pairs = [(int(pick), int(end)) for pick, end in zip(PICK, END)]
    named = tracks(run, ["1", "2", "3"])
    table = tmp_path / "crossings.csv"
    table.write_text("id,pick,end\n" + "".join(f"{k + 1},{pick},{end}\n" for k, (pick, end) in enumerate(pairs)))
    for target in (
        MarkerTarget(tracks(run, ["1,3", "(4, 0)", "[2;2]"])),
        MarkerTarget(named, crossings={1: (1, 3), "2": [4, 0], 3: np.array([2, 2])}),
        MarkerTarget(named, crossings=table),
        MarkerTarget(Markers(run.time, ["1", "2", "3"], named.position, pairs)),
    ):
        assert loss(target.compare(SCENE)) == expected
    some = MarkerTarget(named, crossings={"3": (2, 2)}).compare(SCENE)
    observed = {frame: {NODE[2]: run.position[frame, 2, 2]} for frame in some.frames}
    assert loss(some) == pytest.approx(by_definition(observed), rel=1e-12)


def test_nearest_crossing_at_the_start(run):
    markers = tracks(run, ["left", "right", "middle"])
    rest = SCENE.build().position[PICK, END]
    markers.position[0] = rest + 2e-4
    assert loss(MarkerTarget(markers).compare(SCENE)) == loss(MarkerTarget(tracks(run)).compare(SCENE))
    for shift, says in (
        ([4.9e-4, 0.0, 0.0], r"lies between crossings \[2, 2\] and \[2, 3\]"),
        ([0.0, 9e-4, 0.0], r"0.0009 m from the nearest crossing at the scene's start, \[2, 2\]"),
    ):
        markers.position[0, 2] = rest[2] + shift
        with pytest.raises(TargetError, match=says) as caught:
            MarkerTarget(markers).compare(SCENE)
        assert "marker 'middle', 0 s" in caught.value.where
    markers.position[0, 2] = rest[1]
    with pytest.raises(TargetError, match=r"crossing \[4, 0\] is that of marker 'right' too"):
        MarkerTarget(markers).compare(SCENE)


def test_tracks_are_interpolated_to_the_frames_nearest_to_their_samples():
    """Samples 2.4 frames apart: each counts once, at one frame; between them lie frames that are not compared."""
    time = np.arange(4) * 0.012 + 0.001
    line = np.array([1e-3, 2e-3, 3e-3])
    markers = Markers(time, ["2:2"], (line * time[:, None])[:, None])
    comparison = MarkerTarget(markers).compare(SCENE)
    assert comparison.frames == (3, 5, 7)  # 0.2 is the start; 2.6, 5.0 and 7.4 frames
    for frame in comparison.frames:
        assert comparison.observed[frame].coordinates == pytest.approx(line[None] * frame / 200.0, rel=1e-12)


def test_samples_between_frames_only_interpolate():
    time = np.arange(30) / 700.0
    square = np.stack([time, time**2, 0 * time], axis=-1)
    comparison = MarkerTarget(Markers(time, ["2:2"], square[:, None])).compare(SCENE)
    assert comparison.frames == tuple(range(1, 9))
    for frame in comparison.frames:
        clock = frame / 200.0
        before = int(clock * 700.0 + 1e-9)
        share = clock * 700.0 - before
        expected = (1 - share) * time[before] ** 2 + share * time[min(before + 1, 29)] ** 2
        assert comparison.observed[frame].coordinates[0] == pytest.approx([clock, expected, 0.0], rel=1e-9)


def test_nothing_is_made_up_where_a_marker_was_lost():
    time = (np.arange(10) + 0.4) / 200.0
    position = np.ones((10, 2, 3)) * time[:, None, None]
    position[3:5, 0] = np.nan
    with pytest.warns(TargetWarning, match="2 ms after a frame"):
        comparison = MarkerTarget(Markers(time, ["2:2", "3:3"], position)).compare(SCENE)
    node = 2 * GRID[1] + 2
    # frame k lies between samples k - 1 and k; samples 3 and 4 are lost; before sample 0 and after 9 there is nothing
    assert [frame for frame in comparison.frames if node in comparison.observed[frame].crossing] == [1, 2, 6, 7, 8]
    assert comparison.frames == tuple(range(1, 9))


def test_nothing_is_made_up_beyond_the_samples():
    time = (np.arange(7) + 0.6) / 200.0  # the nearest frame is after each sample
    with pytest.warns(TargetWarning, match="2 ms before a frame"):
        comparison = MarkerTarget(Markers(time, ["2:2"], np.zeros((7, 1, 3)))).compare(SCENE)
    assert comparison.frames == (1, 2, 3, 4, 5, 6)


def test_markers_seen_in_turns():
    """Each is compared at its own samples only."""
    time, position = np.arange(9) / 200.0, np.zeros((9, 2, 3))
    position[1::2, 0] = np.nan
    position[::2, 1] = np.nan
    comparison = MarkerTarget(Markers(time, ["2:2", "3:3"], position)).compare(SCENE)
    nodes = {0: 2 * GRID[1] + 2, 1: 3 * GRID[1] + 3}
    for frame in comparison.frames:
        assert comparison.observed[frame].crossing.tolist() == [nodes[frame % 2]]


def test_the_clock_of_the_cameras(run):
    late = Markers(run.time + 12.5, IDS, run.position[:, PICK, END])
    assert loss(MarkerTarget(late, start=12.5).compare(SCENE)) == pytest.approx(
        loss(MarkerTarget(tracks(run)).compare(SCENE)), rel=1e-9
    )
    with pytest.raises(TargetError, match="none of the observed frames"):
        MarkerTarget(late).compare(SCENE)
    with pytest.raises(TargetError, match="start: nan is not"):
        MarkerTarget(late, start=np.nan)


def test_an_equilibrium(run):
    comparison = MarkerTarget(tracks(run), frames=[-1]).compare(STATIC)
    assert loss(comparison) == pytest.approx(by_definition({0: dict(zip(NODE, run.position[-1, PICK, END]))}))
    with pytest.raises(TargetError, match="one frame, and 9"):
        MarkerTarget(tracks(run)).compare(STATIC)


def test_from_a_file(run, tmp_path):
    lines = [f"{t!r},{pick}:{end},{','.join(repr(float(x)) for x in run.position[k, pick, end])}"
             for k, t in enumerate(run.time.tolist()) for pick, end in zip(PICK, END)]  # fmt: skip
    (tmp_path / "tracks.csv").write_text("time,id,x,y,z\n" + "\n".join(lines))
    assert loss(MarkerTarget(tmp_path / "tracks.csv").compare(SCENE)) == loss(MarkerTarget(tracks(run)).compare(SCENE))


@pytest.mark.parametrize(
    ("ids", "crossings", "says"),
    [
        (["1:3", "b", "2:2"], None, "'b' names no crossing, others do"),
        (["1:3", "6:0", "2:2"], None, r"crossing \[6, 0\] is outside a fabric of 6 picks x 5 ends"),
        (IDS, {"9:9": (0, 0)}, "there is no marker '9:9'"),
        (IDS, {"1:3": (0, 0.5)}, "no crossing"),
        (IDS, {"1:3": 4}, "no crossing"),
        (IDS, {"1:3": (-1, 0)}, "outside"),
        (IDS, [(1, 3)], "not a mapping of ids"),
        (IDS, {"1:3": (0, 0), "4:0": (0, 0)}, "that of marker '1:3' too"),
        (IDS, {}, "no marker"),
    ],
)
def test_crossings_that_cannot_be(run, ids, crossings, says):
    with pytest.raises(TargetError, match=says):
        MarkerTarget(tracks(run, ids), crossings=crossings).compare(SCENE)

"""What is drawn of cut cloth: lines from edge to edge, in which nothing shows of the crossings that are cut off."""

from dataclasses import replace

import numpy as np
import pytest
from cut_run import COTTON, SHAPES, cut_run

from warp_fabric.geometry import centre_lines, cloth_mesh, cloth_uv, crossing_normals, frame_relief
from warp_fabric.layout import ALONG_END, ALONG_PICK
from warp_fabric.loose_ends import OVERHANG, with_loose_ends
from warp_fabric.picture.tube_chains import yarn_tubes
from warp_fabric.runs import Runs

CASES = [(shape, yarns) for shape in SHAPES for yarns in (None, COTTON)]


def elsewhere(fabric, position):
    """The crossings that are cut off somewhere else."""
    moved = np.random.default_rng(5).normal(size=position.shape)
    return np.where(fabric.layout.present[..., None], position, moved)


def drawn(fabric, position, relief=None):
    """All that is drawn, as arrays."""
    found = []
    for axis, lines in zip((ALONG_END, ALONG_PICK), centre_lines(fabric, position, 4, relief)):
        runs = Runs.of(fabric.layout, axis)
        rows = runs.rows(lines, 4)
        found += [rows, with_loose_ends(rows, runs, 4, 2)]
    tubes = yarn_tubes(fabric, position, np.zeros(3), 1e-3, 6, 3, relief)
    normals = crossing_normals(fabric, position)[fabric.layout.present]
    return [*found, normals, tubes.point, tubes.tangent, tubes.frame, tubes.length]


@pytest.mark.parametrize(("shape", "yarns"), CASES)
@pytest.mark.parametrize("crimp", [{}, {"fabric__end_crimp": 0.05, "fabric__pick_crimp": 0.04}])
def test_nothing_shows_of_what_is_cut_off(shape, yarns, crimp):
    run = cut_run(SHAPES[shape], yarns=yarns, **crimp)
    fabric, position, relief = run.fabric, run.position[2], frame_relief(run, 2)
    shown, other = (drawn(fabric, each, relief) for each in (position, elsewhere(fabric, position)))
    for one, same in zip(shown, other):
        np.testing.assert_allclose(one, same, atol=1e-9 * np.abs(one).max())


@pytest.mark.parametrize(("shape", "yarns"), CASES)
def test_yarns_lie_on_each_other_where_both_go_on(shape, yarns):
    run = cut_run(SHAPES[shape], yarns=yarns)
    fabric, layout, position = run.fabric, run.fabric.layout, run.position[2]
    ends, picks = centre_lines(fabric, position, 4)
    both = layout.goes_on(ALONG_PICK) & layout.goes_on(ALONG_END)
    reach = fabric.pick_radius[:, None] + fabric.end_radius
    apart = np.linalg.norm(ends[:, ::4].swapaxes(0, 1) - picks[:, ::4], axis=-1)
    np.testing.assert_allclose(apart[both], reach[both], rtol=1e-9)
    lone = layout.goes_on(ALONG_PICK) & ~layout.goes_on(ALONG_END)  # there is a point to pass over
    np.testing.assert_allclose(picks[:, ::4][lone], position[lone], atol=1e-12)


def test_inside_it_is_the_whole_cloth():
    """Away from any edge lines are those of cloth that was not cut, from where it is the same."""
    run = cut_run(SHAPES["disc"])
    fabric = run.fabric
    whole = replace(fabric, layout=None)
    wide = np.pad(fabric.layout.surrounded, 1)
    deep = wide[1:-1, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:]
    assert deep.sum() > 20
    for one, other in zip(drawn_at(fabric, run.position[1]), drawn_at(whole, run.position[1])):
        np.testing.assert_allclose(one[deep], other[deep], atol=1e-15)


def drawn_at(fabric, position):
    ends, picks = centre_lines(fabric, position, 1)
    return ends.swapaxes(0, 1), picks


@pytest.mark.parametrize("pieces", [1, 3])
def test_loose_ends_of_every_run(pieces):
    run = cut_run(SHAPES["disc"])
    _, picks = centre_lines(run.fabric, run.position[1], 4)
    runs = Runs.of(run.fabric.layout, ALONG_PICK)
    rows, there = runs.rows(picks, 4), runs.there(4)
    longer = with_loose_ends(rows, runs, 4, pieces)
    for row, own, line in zip(rows, there, longer):
        points, line = row[own], line[: own.sum() + 2 * pieces]
        np.testing.assert_array_equal(line[pieces:-pieces], points)
        np.testing.assert_allclose(line[0] - points[0], 4 * OVERHANG * (points[0] - points[1]), atol=1e-15)
        np.testing.assert_allclose(line[-1] - points[-1], 4 * OVERHANG * (points[-1] - points[-2]), atol=1e-15)


def test_tubes_are_cut_where_runs_end():
    run = cut_run(SHAPES["L"])
    tubes = yarn_tubes(run.fabric, run.position[1], np.zeros(3), 1e-3, 4, 3)
    runs = [Runs.of(run.fabric.layout, axis) for axis in (ALONG_END, ALONG_PICK)]
    assert (tubes.cuts() & 1).sum() == sum(map(len, runs))
    assert len(tubes.point) == sum((each.points(4) + 2).sum() for each in runs)
    steps = np.linalg.norm(tubes.point[tubes.segment + 1] - tubes.point[tubes.segment], axis=1)
    assert steps.max() < 3.0 * np.median(steps)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_surface_has_the_crossings_and_cells_that_are_there(shape):
    fabric = cut_run(SHAPES[shape]).fabric
    vertices, quads = cloth_mesh(fabric.position, fabric.layout)
    present = fabric.layout.present
    np.testing.assert_array_equal(vertices, fabric.position[present])
    corner = vertices[quads]
    area = np.cross(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1])[:, 2] / 2
    np.testing.assert_allclose(area, fabric.end_spacing * fabric.pick_spacing)
    assert len(quads) == (present[1:, 1:] & present[1:, :-1] & present[:-1, 1:] & present[:-1, :-1]).sum()


def test_texture_coordinates_fill_the_whole_cloth():
    fabric = cut_run(SHAPES["disc"]).fabric
    uv, size = cloth_uv(fabric.layout), np.ptp(fabric.position.reshape(-1, 3), axis=0)
    np.testing.assert_allclose((fabric.position - fabric.position[0, 0])[..., :2] / size[:2], uv, atol=1e-12)

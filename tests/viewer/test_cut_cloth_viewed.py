"""Cut cloth in the viewer: nothing at the rest of what is cut off, nothing to click on there, right colours."""

import numpy as np
import pytest
from cut_run import SHAPES, cut_run

from warp_fabric.layout import ALONG_END, ALONG_PICK
from warp_fabric.runs import Runs
from warp_fabric.viewer.cloth import Cloth
from warp_fabric.viewer.color_scale import ColorScale
from warp_fabric.viewer.painter import Look, paint
from warp_fabric.viewer.picking import crossing_on_ray
from warp_fabric.viewer.quantities import named
from warp_fabric.viewer.surface import patches

FAR = 20.0
"""m/s, by which the cloth leaves its rest."""


def cloth(shape="disc", **changes) -> Cloth:
    return Cloth(cut_run(SHAPES[shape], far=FAR, **changes), "run")


@pytest.mark.parametrize("shape", SHAPES)
def test_pieces_are_where_the_cloth_is(shape):
    subject = cloth(shape)
    centre, low = np.zeros(3), subject.run.position[3][subject.fabric.layout.present][:, 2].min()
    painting = paint(subject, 3, Look(samples=4), centre, 1.0)
    height = np.concatenate([each.position[:, 2] for each in painting.yarns])
    assert height.min() > low - 2e-3
    assert low > subject.fabric.position[..., 2].max() + 1.0
    runs = [Runs.of(subject.fabric.layout, axis) for axis in (ALONG_END, ALONG_PICK)]
    assert len(height) == sum((each.points(4) - 1 + 2 * 2).sum() for each in runs)
    assert subject.piece_count == sum((each.crossings - 1).sum() for each in runs)
    assert all(np.ptp(each.scale[:, 2]) < np.median(each.scale[:, 2]) for each in painting.yarns)
    bounds = subject.bounds(3)
    assert bounds[0][2] > low - 1e-3


def test_a_large_cloth_s_surface_has_a_cell_for_each_crossing_that_is_there():
    subject = cloth()
    painting = paint(subject, 3, Look(samples=0), np.zeros(3), 1.0)
    cells = sum(len(each.faces) for each in painting.patches) // 2
    assert cells == 2 * subject.fabric.layout.count  # front and back
    heights = np.concatenate([each.vertices[:, 2] for each in painting.patches if len(each.faces)])
    assert heights.min() > subject.run.position[3][subject.fabric.layout.present][:, 2].min() - 2e-3


@pytest.mark.parametrize("step", [1, 2])
def test_cells_at_the_rim_are_as_large_as_others(step):
    fabric = cut_run(SHAPES["disc"]).fabric
    rows = -(-15 // step)
    (found,) = patches(fabric.position, np.zeros((rows, rows), int), 1, step=step, layout=fabric.layout)
    corner = found.vertices[found.faces].astype(float)
    areas = 0.5 * np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])[:, 2]
    cell = 0.5 * step**2 * fabric.end_spacing * fabric.pick_spacing
    assert areas.max() < 1.001 * cell
    assert step > 1 or areas.min() > 0.999 * cell


def test_what_is_cut_off_cannot_be_picked():
    subject = cloth()
    hole, beside = (7, 7), (7, 2)
    for frame in (0, 3):
        seen = subject.crossings(frame)
        origin = subject.run.position[0][hole] + (0.0, 0.0, 100.0)
        assert crossing_on_ray(seen, origin, np.array([0.0, 0.0, -1.0]), 1e-3) is None
        origin = seen[beside] + (0.0, 0.0, 100.0)
        assert crossing_on_ray(seen, origin, np.array([0.0, 0.0, -1.0]), 1e-3)[:2] == beside
    assert subject.has(*beside)
    assert not subject.has(*hole)
    assert not subject.has(15, 0)


@pytest.mark.parametrize("shape", SHAPES)
def test_yarns_that_end_are_not_stretched_by_what_is_not_there(shape):
    run = cut_run(SHAPES[shape], far=FAR)
    layout = run.fabric.layout
    run.position[1] = run.fabric.position + np.array([0.0, 0.0, 5.0])
    run.position[1][~layout.present] = run.fabric.position[~layout.present]
    run.sliding[1] = run.fabric.sliding
    stretch = Cloth(run, "run").values(named("stretch"), 1)
    np.testing.assert_allclose(stretch, 0.0, atol=1e-9)
    some = Cloth(run, "run")
    for quantity in some.quantities():
        values = some.values(quantity, 3)
        assert np.isfinite(values).all()
        for pick, end in ((7, 3), tuple(layout.crossing[0])):
            np.testing.assert_allclose(some.course(quantity, pick, end)[3], values[pick, end], atol=1e-12)


def test_a_part_of_it_is_drawn_alike():
    subject = cloth()
    window = np.s_[4:11, 2:9]
    colors = ColorScale.over(named("sliding"), [np.ones(3)]).colors(subject.values(named("sliding"), 2))
    inside = subject.fabric.layout.part(window)
    found = subject.strands(2, 4, colors, window)
    assert [len(each.points) for each in found] == [len(Runs.of(inside, axis)) for axis in (ALONG_END, ALONG_PICK)]
    assert all(each.color.shape[:2] == each.there.shape for each in found)

"""Which crossings there are, where they are among the nodes, and what lies between grids and nodes."""

import numpy as np
import pytest

from warp_fabric.layout import ALONG_END, ALONG_PICK, Layout, Layouts, joined

HOLED = """
    ..##.
    ###.#
    ##.##
    #.###
    .#.#.
"""


def layout_of(text: str, **options) -> Layout:
    return Layout(np.array([[mark == "#" for mark in row] for row in text.split()]), **options)


def test_nodes_are_the_crossings_row_by_row():
    layout = layout_of(HOLED)
    assert (layout.shape, layout.size, layout.is_full) == ((5, 5), 25, False)
    present = np.array([[mark == "#" for mark in row] for row in HOLED.split()])
    present[4, 1] = False  # no yarn joins it to another
    np.testing.assert_array_equal(layout.present, present)
    assert layout.count == present.sum() == 15
    np.testing.assert_array_equal(layout.node[present], np.arange(15))
    assert (layout.node[~present] == -1).all()
    np.testing.assert_array_equal(layout.crossing, np.argwhere(present))
    np.testing.assert_array_equal(layout.number, np.flatnonzero(present))
    with pytest.raises(ValueError, match="read-only"):
        layout.present[0, 0] = True


def test_a_single_crossing_is_a_fabric_and_a_lonely_one_is_not():
    assert Layout.full(1, 1).count == 1
    assert layout_of("#. .#").count == 0


def test_runs_of_yarn():
    layout = layout_of("##.## #.#.. .#### ##.#.")
    crossings = {axis: [layout.crossing[run].tolist() for run in layout.runs(axis)] for axis in (ALONG_PICK, ALONG_END)}
    assert crossings[ALONG_PICK] == [
        [[0, 0], [0, 1]],
        [[0, 3], [0, 4]],
        [[1, 0]],
        [[1, 2]],
        [[2, 1], [2, 2], [2, 3], [2, 4]],
        [[3, 0], [3, 1]],
        [[3, 3]],
    ]
    assert crossings[ALONG_END][:3] == [[[0, 0], [1, 0]], [[3, 0]], [[0, 1]]]
    assert sorted(np.concatenate(layout.runs(ALONG_END)).tolist()) == list(range(layout.count))


def test_what_slides_has_four_neighbours():
    layout = layout_of("..#.. .###. ##### .###. ..#..")
    assert np.argwhere(layout.slides).tolist() == [[1, 2], [2, 1], [2, 2], [2, 3], [3, 2]]
    stuck = layout_of("..#.. .###. ##### .###. ..#..", sliding=False)
    assert not stuck.slides.any()
    np.testing.assert_array_equal(stuck.surrounded, layout.slides)


def test_cells_have_all_four_crossings():
    assert Layout.full(4, 6).cell_count == 15
    assert layout_of("### ##. ###").cell_count == 2


def test_a_crossing_without_neighbours_is_dropped():
    mask = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 0, 0], [1, 1, 0, 1]], bool)
    kept = np.array([[0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0], [1, 1, 0, 0]], bool)
    assert np.array_equal(joined(mask), kept)
    assert np.array_equal(Layout(mask).present, kept)


def test_pieces_are_joined_by_yarns():
    pieces = layout_of("##.# ##.# ..#. .##.").pieces
    assert [piece.tolist() for piece in pieces] == [[0, 1, 3, 4], [2, 5], [6, 7, 8]]
    assert [len(piece) for piece in Layout.full(3, 4).pieces] == [12]


def test_the_nearest_crossing():
    layout = layout_of("##.. ##.. .... ..##")
    assert layout.nearest(0, 3) == (0, 1)
    assert layout.nearest(3, 1) == (3, 2)
    assert layout.nearest(1, 1) == (1, 1)


def test_there_and_back():
    layouts = Layouts([layout_of("##. .##"), Layout.full(1, 2), layout_of(".## ##.")])
    assert (layouts.size, layouts.count, layouts.is_full) == (14, 10, False)
    assert layouts.shapes == [(2, 3), (1, 2), (2, 3)]
    grid = np.arange(28.0).reshape(14, 2)
    nodes = layouts.pack(grid, 2)
    np.testing.assert_array_equal(nodes[:, 0] // 2, layouts.number)
    np.testing.assert_array_equal(layouts.pack(nodes, 2), nodes)
    whole = layouts.unpack(nodes, grid)
    np.testing.assert_array_equal(whole, grid)
    empty = layouts.unpack(nodes)
    assert not np.delete(empty, layouts.number, axis=0).any()
    np.testing.assert_array_equal(empty[layouts.number], nodes)
    for node, number in enumerate(layouts.number.tolist()):
        fabric, pick, end = layouts.locate(node)
        assert number == [0, 6, 8][fabric] + pick * layouts.shapes[fabric][1] + end
        assert layouts.parts[fabric].present[pick, end]
    with pytest.raises(IndexError):
        layouts.locate(10)


def test_axes_before_those_of_crossings():
    layouts = Layouts([layout_of("##. .##")])
    steps = np.arange(18.0).reshape(3, 2, 3, 1)
    nodes = layouts.pack(steps, 1, before=1)
    assert nodes.shape == (3, 4, 1)
    np.testing.assert_array_equal(nodes[1, :, 0], [6, 7, 10, 11])
    whole = layouts.unpack(nodes, before=1)
    np.testing.assert_array_equal(whole[2, :, 0], [12, 13, 0, 0, 16, 17])


def test_of_a_whole_rectangle_nothing_is_copied():
    layouts = Layouts([Layout.full(3, 4)])
    grid = np.zeros((3, 4, 2))
    assert np.shares_memory(layouts.pack(grid, 2), grid)
    rows = np.zeros((12, 2))
    assert layouts.unpack(rows, 1.0) is rows


def test_stretches_with_a_length():
    layout = layout_of("##.## #.#.. .#### ##.#.")
    assert layout.spans(ALONG_PICK).tolist() == [[0, 0, 2], [0, 3, 5], [2, 1, 5], [3, 0, 2]]
    assert layout.spans(ALONG_END).tolist() == [[0, 0, 2], [1, 2, 4], [2, 1, 3], [3, 2, 4]]
    for axis in (ALONG_PICK, ALONG_END):
        on = np.zeros(layout.shape, bool)
        for yarn, first, last in layout.spans(axis):
            on[(yarn, slice(first, last)) if axis == ALONG_PICK else (slice(first, last), yarn)] = True
        np.testing.assert_array_equal(layout.goes_on(axis), on)


def test_slopes_are_along_what_is_there():
    layout = layout_of("####. #.##. .##.#")
    values = np.array([[1.0, 2, 4, 8, 99], [16, 99, 32, 64, 99], [99, 128, 256, 99, 7]])[..., None]
    along_picks = [[1, 1.5, 3, 4, 0], [0, 0, 32, 32, 0], [0, 128, 128, 0, 0]]
    along_ends = [[15, 0, 28, 56, 0], [15, 0, 126, 56, 0], [0, 0, 224, 0, 0]]
    np.testing.assert_array_equal(layout.slopes(values, ALONG_PICK)[..., 0], along_picks)
    np.testing.assert_array_equal(layout.slopes(values, ALONG_END)[..., 0], along_ends)
    both = np.stack([values, 2.0 * values])
    np.testing.assert_array_equal(layout.slopes(both, ALONG_END)[1], 2.0 * layout.slopes(values, ALONG_END))


@pytest.mark.parametrize("shape", [(1, 4), (4, 1), (3, 4)])
def test_slopes_of_a_whole_rectangle_are_those_of_any(shape):
    values = np.random.default_rng(2).normal(size=(*shape, 3))
    wide = np.zeros((shape[0] + 1, shape[1], 3))
    wide[:-1] = values
    cut = Layout(np.arange(shape[0] + 1)[:, None] + np.zeros(shape[1], int) < shape[0])
    for axis in (ALONG_PICK, ALONG_END):
        np.testing.assert_array_equal(Layout.full(*shape).slopes(values, axis), cut.slopes(wide, axis)[:-1])


def test_quads_have_all_four_crossings_and_turn_one_way():
    layout = layout_of("###. ##.# .###")
    quads = [[layout.crossing[node].tolist() for node in quad] for quad in layout.quads]
    assert quads == [[[0, 0], [0, 1], [1, 1], [1, 0]]]
    assert len(Layout.full(3, 5).quads) == 8


def test_values_of_nodes_and_masks():
    layout = layout_of("##. .##")
    values = np.arange(12.0).reshape(2, 3, 2)
    np.testing.assert_array_equal(layout.packed(values), values[layout.present])
    np.testing.assert_array_equal(layout.packed(values[None], 1)[0], layout.packed(values))
    assert np.isnan(layout.masked(values)[0, 2]).all()
    np.testing.assert_array_equal(layout.packed(layout.masked(values)), layout.packed(values))
    assert layout.links(ALONG_PICK).tolist() == [[True, False], [False, True]]
    assert layout.links(ALONG_END).tolist() == [[False, True, False]]
    assert layout.part(np.s_[:, 1:]).present.tolist() == [[True, False], [True, True]]

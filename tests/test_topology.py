"""Index tables of one and of several fabrics."""

import numpy as np
import pytest

from warp_fabric.layout import ALONG_END, ALONG_PICK, Layout
from warp_fabric.topology import OFFSETS, OPPOSITE, SLOTS, build_topology

SHAPES = [[(6, 7)], [(1, 5)], [(5, 1)], [(2, 2)], [(1, 1)], [(3, 4), (1, 2), (5, 3)]]


@pytest.fixture(params=SHAPES, ids=str)
def shapes(request) -> list[tuple[int, int]]:
    return request.param


def crossings(shapes) -> dict[tuple[int, int, int], int]:
    """Number of each (fabric, pick, end)."""
    places = [(f, j, i) for f, (picks, ends) in enumerate(shapes) for j in range(picks) for i in range(ends)]
    return {place: number for number, place in enumerate(places)}


def test_offsets_come_in_opposite_pairs():
    assert SLOTS == len({*OFFSETS}) == 13
    for slot, (j, i) in enumerate(OFFSETS):
        assert OFFSETS[OPPOSITE[slot]] == (-j, -i)
    assert OFFSETS[0] == (0, 0)


def test_neighbours(shapes):
    table, number = build_topology([Layout.full(*shape) for shape in shapes]), crossings(shapes)
    assert table.node_count == len(number)
    for (f, j, i), crossing in number.items():
        expected = [number.get((f, j + dj, i + di), -1) for dj, di in OFFSETS]
        np.testing.assert_array_equal(table.neighbor[crossing], expected)
        assert table.fabric[crossing] == f
        picks, ends = shapes[f]
        assert table.inner[crossing] == (0 < j < picks - 1 and 0 < i < ends - 1)


def test_segments_and_triples(shapes):
    table, number = build_topology([Layout.full(*shape) for shape in shapes]), crossings(shapes)
    for width, elements, axes in ((2, table.segment, table.segment_axis), (3, table.triple, table.triple_axis)):
        expected = set()
        for f, j, i in number:
            along_pick = tuple(number.get((f, j, i + k), -1) for k in range(width))
            along_end = tuple(number.get((f, j + k, i), -1) for k in range(width))
            expected |= {(ALONG_PICK, *along_pick)} if min(along_pick) >= 0 else set()
            expected |= {(ALONG_END, *along_end)} if min(along_end) >= 0 else set()
        actual = [(axis, *element) for axis, element in zip(axes.tolist(), elements.tolist())]
        assert len(actual) == len(expected)
        assert {*actual} == expected


def test_crossings_know_their_segments_and_triples(shapes):
    table = build_topology([Layout.full(*shape) for shape in shapes])
    for crossing in range(table.node_count):
        for slot, (axis, end) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
            found = np.flatnonzero((table.segment[:, end] == crossing) & (table.segment_axis == axis))
            assert table.node_segment[crossing, slot] == (found[0] if len(found) else -1)
        for axis in (ALONG_PICK, ALONG_END):
            found = np.flatnonzero((table.triple[:, 1] == crossing) & (table.triple_axis == axis))
            assert table.node_triple[crossing, axis] == (found[0] if len(found) else -1)


def test_corners(shapes):
    table, number = build_topology([Layout.full(*shape) for shape in shapes]), crossings(shapes)
    expected = {
        (number[f, j, i], number[f, j, i + di], number[f, j + dj, i])
        for f, j, i in number
        if table.inner[number[f, j, i]]
        for dj in (1, -1)
        for di in (1, -1)
    }
    assert len(table.corner) == len(expected)
    assert {*map(tuple, table.corner.tolist())} == expected


def test_triangles_cover_each_cell_with_one_orientation(shapes):
    """Diagonals alternate, starting from crossing [0, 0] of each fabric."""
    table, number = build_topology([Layout.full(*shape) for shape in shapes]), crossings(shapes)
    expected = set()
    for f, j, i in number:
        corners = [number.get((f, j + dj, i + di)) for dj in (0, 1) for di in (0, 1)]
        if None not in corners:
            a, b, c, d = corners
            expected |= {(a, b, d), (a, d, c)} if (i + j) % 2 == 0 else {(a, b, c), (b, d, c)}
    assert len(table.triangle) == len(expected)
    assert {*map(tuple, table.triangle.tolist())} == expected


@pytest.mark.parametrize("name", ["segment", "triple", "corner", "triangle"])
def test_gathering_finds_every_element_of_a_crossing_once(shapes, name):
    table = build_topology([Layout.full(*shape) for shape in shapes])
    elements = getattr(table, name)
    incidence = table.gather(elements)
    assert len(incidence.offset) == table.node_count + 1
    found = []
    for crossing in range(table.node_count):
        for k in range(incidence.offset[crossing], incidence.offset[crossing + 1]):
            assert elements[incidence.element[k], incidence.roles[k]] == crossing
            found.append((incidence.element[k], incidence.roles[k]))
    assert len({*found}) == len(found) == elements.size


@pytest.mark.parametrize("name", ["segment", "triple", "corner", "triangle"])
def test_gathering_pairs_finds_every_pair_once(shapes, name):
    table = build_topology([Layout.full(*shape) for shape in shapes])
    elements = getattr(table, name)
    width = elements.shape[1]
    incidence = table.gather_pairs(elements)
    found = []
    for row in range(table.node_count * SLOTS):
        crossing, slot = divmod(row, SLOTS)
        for k in range(incidence.offset[row], incidence.offset[row + 1]):
            role, other = divmod(incidence.roles[k], width)
            element = elements[incidence.element[k]]
            assert element[role] == crossing
            assert element[other] == table.neighbor[crossing, slot]
            found.append((incidence.element[k], role, other))
    assert len({*found}) == len(found) == width * elements.size


def test_lines_hold_each_yarn_in_order(shapes):
    table, number = build_topology([Layout.full(*shape) for shape in shapes]), crossings(shapes)
    pick_lines, end_lines = ([row[row >= 0].tolist() for row in lines] for lines in table.lines)
    assert pick_lines == [[number[f, j, i] for i in range(e)] for f, (p, e) in enumerate(shapes) for j in range(p)]
    assert end_lines == [[number[f, j, i] for j in range(p)] for f, (p, e) in enumerate(shapes) for i in range(e)]
    for lines in table.lines:
        assert (np.diff((lines >= 0).astype(int), axis=1) <= 0).all()  # padding comes last


def test_tables_are_what_the_device_reads(shapes):
    table = build_topology([Layout.full(*shape) for shape in shapes])
    for name in ("neighbor", "fabric", "segment", "triple", "corner", "triangle", "node_segment", "node_triple"):
        assert getattr(table, name).dtype == np.int32, name

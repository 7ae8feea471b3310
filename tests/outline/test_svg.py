"""SVG drawings: units, curves, what counts, and what is wrong with them."""

import math
from pathlib import Path

import numpy as np
import pytest
import shapely

from warp_fabric.errors import SceneError
from warp_fabric.outline import FLATNESS
from warp_fabric.outline.loops import box
from warp_fabric.outline.svg import read_svg

DRAWINGS = Path(__file__).parents[1] / "data" / "outlines"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" {}>{}</svg>'


def test_a_drawing_in_millimetres_stands_as_drawn():
    """Only what is shown and closed; lines, transforms, arcs and curves in it."""
    pocket, oval = read_svg(DRAWINGS / "pocket.svg")
    first, last = box([pocket])
    assert last - first == pytest.approx([0.1, 0.12], rel=1e-9)
    straight = pocket[np.isclose(pocket[:, 1], last[1])]
    assert np.ptp(straight[:, 0]) == pytest.approx(0.1)  # the wide straight edge is at the top
    lower = shapely.Polygon(pocket - first)
    corners = 0.02**2 * (1 - math.pi / 4) + 0.02**2 / 6  # cut off by a circle and by a parabola
    assert 0.012 - corners - lower.area == pytest.approx(0.0, abs=lower.length * FLATNESS)
    assert shapely.Polygon(oval).area == pytest.approx(math.pi * 0.02 * 0.01, abs=0.1 * FLATNESS)
    assert np.mean(box([oval]), axis=0) - first == pytest.approx([0.05, 0.09])


def test_curves_are_as_flat_as_they_say():
    _, oval = read_svg(DRAWINGS / "pocket.svg")
    oval = oval - np.mean(box([oval]), axis=0)
    scaled = 0.5 * (oval + np.roll(oval, -1, axis=0)) / (0.02, 0.01)
    assert (1.0 - np.hypot(*scaled.T)).max() * 0.02 < FLATNESS
    assert len(oval) < 200


@pytest.mark.parametrize(
    ("attributes", "unit", "size"),
    [
        ('width="192" height="96"', None, (0.0508, 0.0254)),
        ('width="192px" height="96px"', None, (0.0508, 0.0254)),
        ('width="192" height="96"', "mm", (0.192, 0.096)),
        ('width="19.2cm" height="9.6cm" viewBox="0 0 192 96"', None, (0.192, 0.096)),
        ('width="1in" height="0.5in" viewBox="0 0 192 96"', None, (0.0254, 0.0127)),
        ('width="144pt" height="72pt" viewBox="0 0 192 96"', None, (0.0508, 0.0254)),
        ('width="1in" height="0.5in" viewBox="0 0 192 96"', "cm", (1.92, 0.96)),
        ('viewBox="0 0 10 10"', "in", (192 * 0.0254, 96 * 0.0254)),
    ],
)
def test_units(attributes, unit, size, tmp_path):
    path = tmp_path / "a.svg"
    path.write_text(SVG.format(attributes, '<rect width="192" height="96"/>'))
    first, last = box(read_svg(path, unit))
    assert last - first == pytest.approx(size, rel=1e-12)


def test_open_paths_that_meet_are_an_outline():
    (loop,) = read_svg(DRAWINGS / "unsized.svg", "mm")
    assert shapely.Polygon(loop).area == pytest.approx(0.04 * 0.02)


SQUARE = '<rect width="20" height="20"/>'


@pytest.mark.parametrize(
    ("body", "sizes"),
    [
        (f'<defs>{SQUARE}</defs><circle r="5"/>', [10]),
        (f'<symbol id="a">{SQUARE}</symbol><circle r="5"/>', [10]),
        (f'<symbol id="a">{SQUARE}</symbol><use href="#a" x="3"/>', [20]),
        (f'<pattern>{SQUARE}</pattern><g><marker>{SQUARE}</marker><mask>{SQUARE}</mask><circle r="5"/></g>', [10]),
        (f'<clipPath id="c">{SQUARE}</clipPath><g clip-path="url(#c)"><circle r="5"/></g>', [10]),
        (f'<g visibility="hidden">{SQUARE}</g><circle r="5"/>', [10]),
        (f'<style>.h {{display: none}}</style><g class="h">{SQUARE}</g><circle r="5"/>', [10]),
        (f'<!-- {SQUARE} --><text>O</text><line x2="9"/><polygon points="0,0 7,0 7,7"/>', [7]),
        ('<path d="M 0 0 h 30 v 30 h -30 z m 5 5 h 6 v 6 h -6 z"/>', [30, 6]),
        (f'<svg x="9" width="50" height="50" viewBox="0 0 100 100">{SQUARE}</svg>', [10]),
    ],
)
def test_what_is_shown_counts(body, sizes, tmp_path):
    path = tmp_path / "a.svg"
    path.write_text(SVG.format('width="99mm" height="99mm" viewBox="0 0 99 99"', body))
    assert [np.ptp(loop[:, 0]) for loop in read_svg(path)] == pytest.approx([each * 1e-3 for each in sizes])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SVG.format('viewBox="0 0 9 9"', '<rect width="9" height="9"/>'), "does not say how large"),
        (SVG.format('width="100%" height="100%"', '<rect width="9" height="9"/>'), "does not say how large"),
        (SVG.format('width="9mm" height="9mm"', '<path d="M 0 0 L 5 0 L 5 5"/>'), "no closed path"),
        (SVG.format('width="9mm" height="9mm"', ""), "no closed path"),
        ("<html></html>", "not an SVG drawing"),
        ("0 SECTION", "not an SVG drawing"),
        ("", "not an SVG drawing"),
    ],
)
def test_drawings_without_an_outline(text, says, tmp_path):
    path = tmp_path / "piece.svg"
    path.write_text(text)
    with pytest.raises(SceneError, match=says) as caught:
        read_svg(path)
    assert "piece.svg" in caught.value.what
    assert caught.value.fix

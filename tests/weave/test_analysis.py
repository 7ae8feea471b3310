import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from warp_fabric.weave import Draft, analyse, pattern
from warp_fabric.weave.analysis import ranges

ROOT = Path(__file__).parents[2]
TABLES = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=4))


def of(*rows: str):
    """Analysis of a drawdown in text: "#" where the end is on top."""
    return analyse(Draft.from_drawdown([[mark == "#" for mark in row] for row in rows]))


def test_floats_run_on_into_the_next_repeat():
    analysis = of("##...#", ".#.#.#")
    assert analysis.pick_floats == (3, 1)
    assert of("#....#").longest_pick_float == 4
    assert of("..#..").longest_pick_float == 4  # two behind, two before the next end
    assert of("..#..").pick_floats == (4,)


def test_a_yarn_that_never_interlaces_floats_without_end():
    analysis = of("#.#", "##.")
    assert analysis.end_floats == (math.inf, 1, 1)
    assert analysis.longest_pick_float == 2


def test_unthreaded_ends_and_unused_shafts():
    analysis = analyse(Draft.from_lists(threading=[1, 0, 3, 0], lift_plan=[[1], [3]], shafts=5))
    assert analysis.unthreaded_ends == (2, 4)
    assert analysis.unused_shafts == (2, 4, 5)


def test_balance():
    assert analyse(pattern("twill31")).end_share == 0.75
    assert analyse(pattern("plain")).end_share == 0.5


def test_plain_weave_is_one_cloth_of_all_yarns():
    analysis = analyse(pattern("plain"))
    assert analysis.is_one_cloth
    assert analysis.layers[0].ends == (1, 2)
    assert analysis.layers[0].picks == (1, 2)


def test_double_cloth_falls_into_its_two_cloths_from_the_top():
    # Two plain weaves woven at once: odd yarns the upper, even yarns the lower.
    analysis = of("#...", "###.", "..#.", "#.##")
    assert [(layer.ends, layer.picks) for layer in analysis.layers] == [((1, 3), (1, 3)), ((2, 4), (2, 4))]
    assert all(layer.is_cloth for layer in analysis.layers)


def test_interchanged_double_cloth_is_one_cloth():
    # The same two cloths change places halfway along the ends' length: nothing can be lifted off.
    upper, lower = ("#...", "###.", "..#.", "#.##"), (".#..", "##.#", "...#", ".###")
    assert of(*upper, *lower).is_one_cloth


def test_loose_yarns_lie_above_or_below_the_cloth():
    analysis = of("#.#.", "##..")
    assert [(layer.ends, layer.picks, layer.is_cloth) for layer in analysis.layers] == [
        ((1,), (), False),
        ((2, 3), (1, 2), True),
        ((4,), (), False),
    ]
    assert not analysis.is_one_cloth
    analysis = of("##", "..", "##")
    assert [(layer.ends, layer.picks) for layer in analysis.layers] == [((), (2,)), ((1, 2), ()), ((), (1, 3))]


def test_an_unthreaded_end_hangs_below():
    layers = analyse(Draft.from_lists(threading=[1, 2, 0], lift_plan=[1, 2])).layers
    assert [(layer.ends, layer.picks) for layer in layers] == [((1, 2), (1, 2)), ((3,), ())]


@settings(max_examples=150, deadline=None)
@given(TABLES)
def test_layers_are_those_that_can_be_lifted_off(drawdown):
    """Against the definition: a set of yarns lifts off if none of it passes under a yarn that stays."""
    picks, ends = drawdown.shape
    liftable = 0
    for code in range(1, 2 ** (ends + picks) - 1):
        chosen = [bool(code >> bit & 1) for bit in range(ends + picks)]
        end, pick = np.array(chosen[:ends]), np.array(chosen[ends:])
        caught = (drawdown & ~end & pick[:, None]) | (~drawdown & end & ~pick[:, None])
        liftable += not caught.any()
    assert analyse(Draft.from_drawdown(drawdown)).is_one_cloth == (liftable == 0)


@given(TABLES)
def test_layers_hold_every_yarn_once_and_each_lies_on_the_next(drawdown):
    layers = analyse(Draft.from_drawdown(drawdown)).layers
    assert sorted(end for layer in layers for end in layer.ends) == list(range(1, drawdown.shape[1] + 1))
    assert sorted(pick for layer in layers for pick in layer.picks) == list(range(1, drawdown.shape[0] + 1))
    for place, upper in enumerate(layers):
        for lower in layers[place + 1 :]:
            assert all(drawdown[pick - 1, end - 1] for end in upper.ends for pick in lower.picks)
            assert not any(drawdown[pick - 1, end - 1] for pick in upper.picks for end in lower.ends)


@given(TABLES, st.integers(1, 3), st.integers(1, 3))
def test_the_analysis_of_a_repeat_is_that_of_the_cloth(drawdown, down, across):
    draft = Draft.from_drawdown(drawdown)
    once, often = analyse(draft), analyse(draft.repeated(down * draft.pick_count, across * draft.end_count))
    assert often.end_floats == once.end_floats * across
    assert often.pick_floats == once.pick_floats * down
    assert often.is_one_cloth == once.is_one_cloth
    assert len(often.layers) == len(once.layers)


def test_description_names_what_matters():
    text = dict(of("#.#.", "##..").describe())
    assert text["balance"] == "50% ends, 50% picks on top"
    assert "ends unlimited (ends 1, 4 never interlace), picks 2" in text["longest float"]
    assert text["one cloth"].startswith("no, it falls apart into 3 layers")
    assert dict(analyse(pattern("satin5")).describe())["longest float"] == "ends 4, picks 4"


def test_a_single_loose_yarn_is_named_as_one():
    lines = of("#.#", "#.#", ".##").describe()
    assert ("longest float", "ends unlimited (end 3 never interlaces), picks 2") in lines
    assert ("", "loose: end 3") in lines


@pytest.mark.parametrize(("numbers", "text"), [([], ""), ([3], "3"), ([1, 2, 3, 5, 7, 8], "1-3, 5, 7-8")])
def test_ranges(numbers, text):
    assert ranges(numbers) == text


def test_analysing_loads_no_scipy():
    """Blender ships none, and its panels show warnings."""
    code = "import sys; from warp_fabric.weave import analyse, pattern; analyse(pattern('plain')); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "scipy" not in run.stdout.split()

import math

import numpy as np
import pytest

from warp_fabric.errors import DraftError
from warp_fabric.weave import analyse, pattern
from warp_fabric.weave.patterns.satin import satin


def test_convention():
    pick, end = np.ogrid[:10, :11]
    np.testing.assert_array_equal(pattern("satin5").repeated(10, 11).drawdown, (end - 2 * pick) % 5 != 0)


@pytest.mark.parametrize("shafts", [5, 7, 8, 9, 12, 16])
def test_every_valid_counter_binds_each_yarn_once_and_no_neighbours(shafts):
    for counter in range(-1, shafts + 2):
        if 2 <= counter <= shafts - 2 and math.gcd(counter, shafts) == 1:
            bound = ~satin(shafts, counter).drawdown
            assert (bound.sum(axis=0) == 1).all()
            assert (bound.sum(axis=1) == 1).all()
            assert not (bound & np.roll(np.roll(bound, 1, axis=0), 1, axis=1)).any()
            assert not (bound & np.roll(np.roll(bound, 1, axis=0), -1, axis=1)).any()
        else:
            with pytest.raises(DraftError, match=f"counter {counter} "):
                satin(shafts, counter)


def test_default_counter_is_the_smallest():
    assert satin(8) == satin(8, 3) == pattern("satin8x3")
    assert satin(8) != satin(8, 5)
    assert satin(8, 5) == pattern("satin8x5")


@pytest.mark.parametrize("shafts", [3, 4, 6])
def test_no_satin_on_these(shafts):
    with pytest.raises(DraftError, match=f"no regular satin on {shafts}"):
        pattern(f"satin{shafts}")


def test_sateen_is_the_other_face():
    np.testing.assert_array_equal(pattern("sateen5").drawdown, ~pattern("satin5").drawdown)
    assert analyse(satin(5, face="pick")).end_share == 0.2


@pytest.mark.parametrize("arguments", [(2,), (10**6,), (5, 2, "front")])
def test_impossible(arguments):
    with pytest.raises(DraftError):
        satin(*arguments)


def test_a_huge_name_is_refused_at_once():
    with pytest.raises(DraftError):
        pattern("satin999999")

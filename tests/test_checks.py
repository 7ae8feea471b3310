import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from warp_fabric.checks import (
    Settings,
    check_keys,
    checked,
    choice,
    color,
    from_table,
    integer,
    number,
    optional,
    sequence,
    suggestion,
    text,
)
from warp_fabric.errors import SceneError


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int64(2), np.array(2.0)])
def test_numbers_become_floats(value):
    result = number()(value, "a.b")
    assert (type(result), result) == (float, 2.0)


@pytest.mark.parametrize(
    "value", [True, np.bool_(True), "2", None, [2], 2j, math.nan, math.inf, 10**400, np.array([2.0])]
)
def test_what_is_no_finite_number(value):
    with pytest.raises(SceneError, match=r"^a\.b: .*number") as caught:
        number()(value, "a.b")
    assert caught.value.fix


def test_bounds_of_numbers():
    assert number(least=0)(0, "k") == 0.0
    for check, value in [(number(least=0), -1e-300), (number(above=0), 0), (number(above=0), -3.0)]:
        with pytest.raises(SceneError, match=r"a number (above|of at least) 0"):
            check(value, "k")


@pytest.mark.parametrize("value", [True, 2.0, "2", None, -1])
def test_what_is_no_count(value):
    with pytest.raises(SceneError, match="is not a whole number of at least 0") as caught:
        integer(least=0)(value, "k")
    assert caught.value.fix == "give 0 or more"
    assert integer(least=0)(np.int32(3), "k") == 3


def test_sequences_become_tuples_and_name_the_entry():
    check = sequence(sequence(number(), count=2), least=1)
    assert check(np.array([[1, 2], [3, 4]]), "k") == ((1.0, 2.0), (3.0, 4.0))
    for value, where in [([[1, 2], [3, "x"]], "k[1][1]"), ([[1, 2, 3]], "k[0]"), ([], "k"), ("ab", "k"), ({}, "k")]:
        with pytest.raises(SceneError) as caught:
            check(value, "k")
        assert caught.value.where == where


@pytest.mark.parametrize(("value", "result"), [("#8A2BE2", "#8a2be2"), ("#fa0", "#ffaa00"), ("Navy", "#000080")])
def test_colors(value, result):
    assert color(value, "k") == result


@pytest.mark.parametrize("value", ["8a2be2", "#12345", "#ggg", "", "mauveish", 3, None, "#١٢٣"])
def test_what_is_no_color(value):
    with pytest.raises(SceneError, match="not a colour"):
        color(value, "k")


def test_texts_and_choices():
    assert text("a b", "k") == "a b"
    assert optional(text)(None, "k") is None
    for value in ["", "  ", "a\0b", 3, None]:
        with pytest.raises(SceneError, match="not a text"):
            text(value, "k")
    with pytest.raises(SceneError, match="did you mean flat"):
        choice("flat", "hanging")("Flat", "k")
    with pytest.raises(SceneError, match="one of flat, hanging"):
        choice("flat", "hanging")(["flat"], "k")


def test_suggestions_fall_back_to_all_there_is():
    assert suggestion("radios", ["radius", "color"]) == "did you mean radius?"
    assert suggestion("zzz", ["radius", "color"]) == "known: radius, color"
    assert suggestion("zzz", [], "known here") == "there is nothing to choose from"


@dataclass(frozen=True)
class Sample(Settings):
    section: ClassVar[str] = "samples"
    size: float = checked(number(above=0, unit="m"), doc="how large it is")
    name: str = checked(text, "x", doc="what it is called")


def test_settings_are_checked_however_they_are_made():
    assert Sample(size=1) == from_table(Sample, {"size": 1.0}, "samples[2]")
    with pytest.raises(SceneError) as caught:
        Sample(size=-1)
    assert caught.value.where == "samples.size"
    for table, where in [
        ({"size": -1}, "samples[2].size"),
        ({}, "samples[2].size"),
        ({"size": 1, "nam": "y"}, "samples[2].nam"),
        ([], "samples[2]"),
    ]:
        with pytest.raises(SceneError) as caught:
            from_table(Sample, table, "samples[2]")
        assert caught.value.where == where
        assert caught.value.fix


def test_settings_are_documented_by_their_fields():
    lines = [line.strip() for line in (Sample.__doc__ or "").splitlines()]
    assert lines[-3:-1] == ["size: how large it is [m]", "name: what it is called"]


def test_checks_of_numbers_say_what_they_take():
    check = optional(number(above=0, unit="m"))
    assert (check.kind, check.unit) == ("a number above 0", "m")
    assert integer(least=1).kind == "a whole number of at least 1"
    assert choice("a", "b").kind == 'one of "a", "b"'


def test_unknown_keys_come_with_near_ones():
    with pytest.raises(SceneError, match="did you mean fabric"):
        check_keys({"fabrik": {}}, "", ["fabric", "time"])

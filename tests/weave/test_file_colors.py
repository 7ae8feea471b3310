import pytest

from warp_fabric.errors import DraftError
from warp_fabric.weave.file_colors import ColorScale, color_parts, hex_color, yarn_colors

TABLE = {1: "#ff0000", 2: "#0000ff", 25: "#010203"}


@pytest.mark.parametrize("value", ["#FF8000", "ff8000", "0xff8000", "#f80", "#ff8000 (orange)"])
def test_hexadecimal(value):
    assert hex_color(value) == {"#f80": "#ff8800"}.get(value, "#ff8000")


@pytest.mark.parametrize("value", ["255,128,0", "255", "123456,1,2", "f80", "#ff800", "#ff8000ff", "red", ""])
def test_what_is_not_hexadecimal(value):
    assert hex_color(value) is None


@pytest.mark.parametrize("value", ["1,0.5,0", "(1, .5, 0)", "1.0 0.50 0.", "rgb(1,0.5,0)"])
def test_three_numbers(value):
    assert color_parts(value) == (1, 0.5, 0)


@pytest.mark.parametrize("value", ["1,2", "1,2,3,4", "1,2,x", "nan,1,1", "1e3,1,1", ""])
def test_not_three_numbers(value):
    assert color_parts(value) is None


@pytest.mark.parametrize(
    ("limits", "value", "color", "doubt"),
    [
        ("0,255", "255,128,0", "#ff8000", None),
        ("255", "255,128,0", "#ff8000", None),
        ("0 255", "255,128,0", "#ff8000", None),
        ("0.0,255.0", "255,127.9,0.0", "#ff8000", None),
        ("-10,90", "90,40,-10", "#ff8000", None),
        ("0,1", "1.0,0.5,0.0", "#ff8000", None),
        ("1", "1,0.5,0", "#ff8000", None),
        ("0,1", "1,0,0", "#ff0000", None),
        ("0,255", "1,0,0", "#010000", None),
        ("0,255", "1.0,0.5,0.0", "#ff8000", "fractions of 1: taken as 0 to 1"),
        ("0,999", "999,500,0", "#ff8000", None),
        ("65535", "65535,32768,0", "#ff8000", None),
        ("0-255", "255,128,0", "#ff8000", "'0-255' is not two rising numbers like 0,255: taken as 0 to 255"),
        ("0..63", "63,32,0", "#ff8200", "taken as 0 to 63"),
        ("0-1", "255,128,0", "#ff8000", "taken as 0 to 255"),
        ("0,1", "255,128,0", "#ff8000", "Range is 0,1, but the colours do not fit in it: taken as 0 to 255"),
        ("RGB", "999,500,0", "#ff8000", "taken as 0 to 999"),
        ("255,0", "255,128,0", "#ff8000", "taken as 0 to 255"),
        ("0,0", "40000,0,0", "#9c0000", "taken as 0 to 65535"),
        ("", "255,128,0", "#ff8000", "has no Range: taken as 0 to 255"),
        ("", "999,500,0", "#ff8000", "has no Range: taken as 0 to 999"),
        ("", "1.0,0.5,0", "#ff8000", "has no Range: taken as 0 to 1"),
        ("", "#ff8000", "#ff8000", None),
        ("nonsense", "ff8000", "#ff8000", None),
    ],
)
def test_colours_are_scaled_by_the_range_or_what_they_say(limits, value, color, doubt):
    notes: list[str] = []
    assert ColorScale(limits, [value], notes.append).color(value) == color
    assert len(notes) == (doubt is not None)
    assert doubt is None or doubt in notes[0]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("red", "'red' is not a colour"),
        ("255,0", "'255,0' is not a colour"),
        ("#ff", "'#ff' is not a colour"),
        ("256,0,0", "colour 256,0,0 is out of range 0-255"),
        ("-1,0,0", "out of range"),
    ],
)
def test_what_is_no_colour(value, says):
    with pytest.raises(DraftError, match=says) as caught:
        ColorScale("0,255", ["0,0,0", value], lambda _: None).color(value)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("inks", "default", "colors", "doubt"),
    [
        ({}, 25, ("#010203",) * 3, None),
        ({}, None, None, None),
        ({2: 2}, 1, ("#ff0000", "#0000ff", "#ff0000"), None),
        ({2: "#102030"}, "#405060", ("#405060", "#102030", "#405060"), None),
        ({1: 1, 2: 2, 3: 1}, None, ("#ff0000", "#0000ff", "#ff0000"), None),
        ({1: 1, 2: 2, 3: 1}, 0, ("#ff0000", "#0000ff", "#ff0000"), "colour 0 is not one of the table's 3"),
        ({2: 2}, None, ("#0000ff",) * 3, "yarns 1, 3 have no colour: given that of yarn 2"),
    ],
)
def test_colours_of_a_side(inks, default, colors, doubt):
    notes: list[str] = []
    assert yarn_colors("WARP", 3, inks, default, TABLE, notes.append) == colors
    assert len(notes) == (doubt is not None)
    assert doubt is None or doubt in notes[0]


@pytest.mark.parametrize(
    ("inks", "default", "table", "says"),
    [
        ({}, 0, TABLE, r"\[WARP\] colour 0 is not one of the table's 3\n  fix: use a number of the .*\(1-2, 25\)"),
        ({1: 1}, 3, TABLE, r"\[WARP\] colour 3 is not"),
        ({2: 3}, 1, TABLE, r"\[WARP COLORS\] 2: colour 3 is not"),
        ({1: 1}, 1, {}, "yarns have colour numbers, but there is no colour table"),
    ],
)
def test_colours_that_are_not_in_the_table(inks, default, table, says):
    with pytest.raises(DraftError, match=says):
        yarn_colors("WARP", 3, inks, default, table, lambda _: None)


def test_a_number_without_a_table_says_nothing():
    assert yarn_colors("WARP", 3, {}, 1, {}, lambda _: None) is None

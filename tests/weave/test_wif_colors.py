import pytest

from warp_fabric.errors import WeaveFileError
from warp_fabric.weave.wif_colors import read_table, to_hex, yarn_colors


def table(lines: list[str], span: str | None = "0,255"):
    """The table of some lines, and the notes."""
    notes: list[str] = []
    entries = {
        key: (number, value) for number, (key, _, value) in enumerate((line.partition("=") for line in lines), 1)
    }
    sections = {"color table": entries, "color palette": {} if span is None else {"range": (9, span)}}
    return read_table(sections, "cloth.wif", notes.append), notes


@pytest.mark.parametrize(
    "span", ["0,255", "255", "0-255", "0..255", "0 255", "(0, 255)", "0,255 ; as always", "0.0,255.0"]
)
def test_the_range_in_many_ways(span):
    found, notes = table(["1=200,30,30", "2=20,40,160"], span)
    assert found.colors == {1: "#c81e1e", 2: "#1428a0"}
    assert notes == []


@pytest.mark.parametrize(
    ("lines", "span", "color", "note"),
    [
        (["1=255,0,128"], None, "#ff0080", "has no Range: taken as 0 to 255"),
        (["1=999,0,0"], None, "#ff0000", "has no Range: taken as 0 to 999"),
        (["1=65535,0,0"], None, "#ff0000", "has no Range: taken as 0 to 65535"),
        (["1=255,0,0"], "full", "#ff0000", "Range=full is not two rising numbers: taken as 0 to 255"),
        (["1=255,0,0"], "255,0", "#ff0000", "Range=255,0 is not two rising numbers: taken as 0 to 255"),
        (["1=1.0,0.5,0"], "0,255", "#ff8000", "decimals up to 1"),
        (["1=1.0,0.5,0"], None, "#ff8000", "decimals up to 1"),
    ],
)
def test_a_doubtful_range_is_guessed_and_told(lines, span, color, note):
    found, notes = table(lines, span)
    assert found.colors == {1: color}
    assert len(notes) == 1
    assert note in notes[0]


@pytest.mark.parametrize(
    "value",
    [
        "#ff8000",
        "#FF8000",
        "ff8000",
        "0xff8000",
        "#f80",
        "#ff8000 # orange",
        "255,128,0",
        "255 128 0",
        "(255, 128, 0)",
        "255.0,128.0,0.0",
        "255,128,0 ; orange",
        "255,128,0 # orange",
    ],
)
def test_a_colour_in_many_ways(value):
    found, notes = table([f"1={value}"])
    assert found.hex(1) in ("#ff8000", "#ff8800")
    assert notes == []


def test_numbers_without_a_mark_are_parts_and_no_hex():
    assert table(["1=100,200,100"])[0].colors == {1: "#64c864"}
    assert table(["1=1.0,0.0,0.5"], "0,1")[0].colors == {1: "#ff0080"}


def test_gaps_zero_and_blank_entries_are_no_matter():
    found, notes = table(["0=1,2,3", "2=4,5,6", "25=7,8,9", "30="])
    assert [*found.colors] == [0, 2, 25]
    assert found.hex(1) is None
    assert notes == []


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("255,0", "not three numbers"),
        ("red", "'red'"),
        ("256,0,0", "outside the range 0 to 255"),
        ("-1,0,0", "outside"),
    ],
)
def test_what_is_no_colour_matters_where_a_yarn_has_it(value, says):
    found, _ = table(["1=0,0,0", f"2={value}"])
    assert yarns(found, default=[1]) == ("#000000",) * 3
    with pytest.raises(WeaveFileError, match=says) as caught:
        yarns(found, own={2: 2}, default=[1])
    assert "[COLOR TABLE] 2" in caught.value.where
    assert caught.value.fix


def yarns(found, own=(), default=(), notes=None):
    return yarn_colors(
        "warp", 3, dict(own), [*default], found, "cloth.wif", (notes if notes is not None else []).append
    )


def test_each_yarn_has_its_own_colour_or_the_sides():
    found, _ = table(["1=255,0,0", "2=0,0,255"])
    assert yarns(found, own={2: 1}, default=[2]) == ("#0000ff", "#ff0000", "#0000ff")
    assert yarns(found, own={1: 1, 2: 1, 3: 1, 4: 77}) == ("#ff0000",) * 3  # a fourth is not there
    assert yarns(found) is None
    assert yarns(found, default=[9, 0, 255, 0]) == ("#00ff00",) * 3


def test_a_colour_for_others_that_no_other_has_is_a_note_at_most():
    found, _ = table(["1=255,0,0", "2=0,0,255"])
    notes: list[str] = []
    assert yarns(found, own={1: 1, 2: 1, 3: 2}, default=[0], notes=notes) == ("#ff0000", "#ff0000", "#0000ff")
    assert notes == ["[WARP] colour 0 is not one of the table's 2; no yarn has it"]
    assert yarns(found, own={1: 1, 2: 1, 3: 2}, notes=notes)
    assert len(notes) == 1


@pytest.mark.parametrize(
    ("own", "default", "says"),
    [
        ({}, [0], r"\[WARP\] colour 0 is not one of the table's 2"),
        ({1: 1}, [3], r"\[WARP\] colour 3 is not one of the table's 2"),
        ({1: 1}, [], r"no colour for yarns that are not in \[WARP COLORS\]"),
        ({2: 7}, [1], "yarn 2 has colour 7, which is not one of the table's 2"),
        ({2: 0}, [1], "yarn 2 has colour 0"),
    ],
)
def test_numbers_that_are_not_in_the_table(own, default, says):
    with pytest.raises(WeaveFileError, match=says) as caught:
        yarns(table(["1=255,0,0", "2=0,0,255"])[0], own, default)
    assert caught.value.fix


def test_without_a_table():
    empty, _ = table([], None)
    assert yarns(empty, default=[1]) is None
    assert yarns(empty, default=[1, 255, 128, 0]) == ("#ff8000",) * 3
    with pytest.raises(WeaveFileError, match="no colour table"):
        yarns(empty, own={1: 1})


def test_parts_are_shares_of_the_range():
    assert to_hex((-10.0, 40.0, 90.0), -10.0, 90.0) == "#0080ff"

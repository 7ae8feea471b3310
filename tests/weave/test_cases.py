"""Small files in the spellings of programs that do not keep to WIF 1.1, and the right answer to each."""

import warnings
from pathlib import Path

import pytest

from warp_fabric.errors import WeaveFileError
from warp_fabric.weave import Draft, read_draft, write_draft

CASES = Path(__file__).parent.parent / "data" / "weaves" / "cases"
RED, BLUE = "#ff0000", "#0000ff"


def read(name: str) -> tuple[Draft, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        return read_draft(CASES / name), [str(one.message) for one in caught]


def twill(ends: int, colors: tuple[str, str]) -> tuple:
    drawdown = [[(end - pick) % 4 < 2 for end in range(ends)] for pick in range(ends)]
    return drawdown, {colors[0]}, {colors[1]}


@pytest.mark.parametrize(
    ("name", "expected", "doubt"),
    [
        ("wif_range_single.wif", twill(8, ("#c81e1e", "#1428a0")), None),
        ("wif_gap.wif", twill(4, (RED, BLUE)), None),
        ("wif_hexcolors.wif", twill(4, (RED, BLUE)), None),
        ("wif_range_dash.wif", twill(4, (RED, BLUE)), "'0-255' is not two rising numbers"),
        ("wif_threads_decimal.wif", twill(4, (RED, BLUE)), None),
        ("wif_utf16_nobom.wif", twill(4, (RED, BLUE)), None),
        ("wif_zero_based.wif", twill(4, (RED, BLUE)), "[THREADING], [TREADLING] count from 0"),
    ],
)
def test_read_as_what_was_meant(name, expected, doubt):
    draft, notes = read(name)
    assert (draft.drawdown.tolist(), set(draft.end_colors), set(draft.pick_colors)) == expected
    assert len(notes) == (doubt is not None)
    assert doubt is None or doubt in notes[0]


def test_blank_last_picks_are_kept():
    draft, notes = read("wif_blank_last_picks.wif")
    assert (draft.pick_count, draft.end_count) == (6, 4)
    assert [pick for pick, row in enumerate(draft.drawdown, 1) if not row.any()] == [2, 5, 6]
    cream, red = "#ece6d8", "#c62d2d"
    assert draft.pick_colors == (cream, cream, cream, red, cream, red)
    assert notes == []


def test_nothing_is_said_of_a_default_that_no_yarn_needs():
    draft, notes = read("wif_needless_notes.wif")
    assert (set(draft.end_colors), set(draft.pick_colors)) == ({"#c81e1e"}, {"#1428a0"})
    assert notes == []


def test_a_colour_outside_the_table_is_named():
    with pytest.raises(WeaveFileError, match=r"\[WARP\] colour 0 is not one of the table's 2"):
        read("wif_color0.wif")


def test_an_unthreaded_draft_survives_dtx(tmp_path):
    draft, _ = read("wif_unthreaded.wif")
    write_draft(draft, tmp_path / "u.dtx")
    assert read_draft(tmp_path / "u.dtx") == draft


def test_the_name_of_an_untitled_file_is_its_stem():
    assert read("dtx_untitled.dtx")[0].name == "dtx_untitled"

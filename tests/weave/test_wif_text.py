import io

import numpy as np
import pytest
from dtx_to_wif import read_wif

from warp_fabric.errors import WeaveFileError
from warp_fabric.weave import Draft
from warp_fabric.weave.wif_text import draft_to_wif_text, tidy_wif

PLAIN = """[WIF]
Version=1.1
[WEAVING]
Shafts=2
Treadles=2
[THREADING]
1=1
2=2
[TIEUP]
1=1
2=2
[TREADLING]
1=1
2=2
"""


def tidy(text: str):
    """The tidied file, what dtx-to-wif makes of it, and the notes."""
    notes: list[str] = []
    result = tidy_wif(text, "cloth.wif", notes.append)
    return result, read_wif(io.StringIO(result.text)), notes


def test_the_least_file_reads():
    result, data, notes = tidy(PLAIN)
    assert (result.end_count, result.pick_count, result.treadle_count) == (2, 2, 2)
    assert (data.threading, data.tieup, data.treadling) == ({1: {1}, 2: {2}}, {1: {1}, 2: {2}}, {1: {1}, 2: {2}})
    assert result.end_colors is result.pick_colors is None
    assert result.title is None
    assert notes == []


def test_without_a_wif_section_dtx_to_wif_would_never_end():
    with pytest.raises(WeaveFileError, match=r"cloth.wif: .*no \[WIF\] section"):
        tidy("[THREADING]\n1=1\n")


def test_each_yarn_has_its_colour():
    result, _, notes = tidy(
        f"{PLAIN}[WARP]\nColor=1\n[WEFT]\nColor=2\n[WEFT COLORS]\n2=1\n[COLOR TABLE]\n1=255,0,0\n2=0,0,255\n"
        "[COLOR PALETTE]\nRange=0,255\n"
    )
    assert (result.end_colors, result.pick_colors) == (("#ff0000",) * 2, ("#0000ff", "#ff0000"))
    assert notes == []


def test_a_colour_that_dtx_to_wif_wrote_as_a_tuple():
    result, _, _ = tidy(f"{PLAIN}[WARP]\nColor=1,(255, 128, 0)\n[WEFT]\nColor=9,0,0,128\n")
    assert (result.end_colors, result.pick_colors) == (("#ff8000",) * 2, ("#000080",) * 2)


def test_one_side_without_colours():
    result, _, _ = tidy(
        f"{PLAIN}[WARP]\nColor=2\n[WARP COLORS]\n1=1\n[COLOR TABLE]\n1=9,9,9\n2=0,0,0\n[COLOR PALETTE]\nRange=0,9\n"
    )
    assert result.end_colors == ("#ffffff", "#000000")
    assert result.pick_colors is None


def test_percent_signs_comments_indents_and_duplicates():
    text = PLAIN.replace("1=1\n2=2\n[TIEUP]", "1=2\n  1=1 ; first\n2 = 2 # second\n; 3=1\n[TIEUP]")
    result, data, notes = tidy("some other program's words\n[TEXT]\nTitle=100% wool %(x)s\n" + text)
    assert result.title == "100% wool %(x)s"
    assert data.threading == {1: {1}, 2: {2}}
    assert notes == []


def test_words_between_the_numbers_are_passed_over_and_told():
    _, data, notes = tidy(PLAIN.replace("[TIEUP]", "(3=1)\n...\n0=1\n-4=1\n[TIEUP]"))
    assert data.threading == {1: {1}, 2: {2}}
    assert len(notes) == 4
    assert "line 9, [THREADING]: skipped '(3'" in notes[0]


def test_explicit_zeros_count_and_silent_yarns_do_not():
    text = PLAIN.replace("2=2\n[TIEUP]", "2=2\n3=0\n[TIEUP]") + "3=\n[WARP]\nThreads=1200\n[WEFT]\nThreads=1200\n"
    result, _, _ = tidy(text)
    assert (result.end_count, result.pick_count) == (3, 3)


@pytest.mark.parametrize("kind", ["COLORS", "SPACING", "THICKNESS"])
def test_yarns_at_the_edge_that_the_file_names_are_there(kind):
    named = f"[WARP]\nThreads=4\nColor=1\n[WEFT]\nThreads=3\nColor=1\n[WARP {kind}]\n4=1\n[WEFT {kind}]\n3=1\n"
    result, _, _ = tidy(f"{PLAIN}{named}[COLOR TABLE]\n1=1,2,3\n[COLOR PALETTE]\nRange=0,255\n")
    assert (result.end_count, result.pick_count) == (4, 3)
    result, _, _ = tidy(f"{PLAIN}{named}[COLOR TABLE]\n1=1,2,3\n[COLOR PALETTE]\nRange=255\n".replace("=4\n", "=99\n"))
    assert (result.end_count, result.pick_count) == (2, 3)


@pytest.mark.parametrize("plan", ["treadling", "liftplan"])
def test_yarns_counted_from_0_are_moved_by_one(plan):
    lifting = "[TIEUP]\n1=1\n2=2\n[TREADLING]\n" if plan == "treadling" else "[LIFTPLAN]\n"
    text = f"[WIF]\n[WARP]\nThreads=3\n[WEFT]\nThreads=2\n[THREADING]\n0=1\n1=2\n2=1\n{lifting}0=1\n1=2\n"
    result, data, notes = tidy(text)
    assert (result.end_count, result.pick_count) == (3, 2)
    assert data.threading == {1: {1}, 2: {2}, 3: {1}}
    assert getattr(data, plan) == {1: {1}, 2: {2}}
    assert [note.partition("]")[0] for note in notes] == ["[THREADING", f"[{plan.upper()}"]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("1=1\n2=2\n[TIEUP]", "[TIEUP]", r"\[THREADING\]: no end"),
        ("2=2\n[TIEUP]", "2=two\n[TIEUP]", r"line 8, \[THREADING\] 2: 'two'"),
        ("2=2\n[TIEUP]", "2=-2\n[TIEUP]", r"line 8, \[THREADING\] 2: -2"),
        ("2=2\n[TIEUP]", "2=123456\n[TIEUP]", r"line 8, \[THREADING\] 2: 123456"),
        ("2=2\n[TIEUP]", "999999999=2\n[TIEUP]", r"\[THREADING\] 999999999"),
        ("Shafts=2", "Shafts=999999999", r"line 4, \[WEAVING\] shafts"),
        ("Treadles=2", "Treadles=-1", r"line 5, \[WEAVING\] treadles"),
        ("Treadles=2", "Treadles=2\nRising Shed=perhaps", r"\[WEAVING\] rising shed: 'perhaps'"),
        ("[THREADING]", "[WARP]\nThreads=1000000000\n[THREADING]", r"\[WARP\] threads"),
    ],
)
def test_damage_is_told_with_its_line(old, new, place):
    with pytest.raises(WeaveFileError, match=place) as caught:
        tidy(PLAIN.replace(old, new, 1))
    assert str(caught.value).startswith("cloth.wif")
    assert caught.value.fix


def test_the_text_that_is_written():
    draft = Draft.from_lists(
        [1, 0], tie_up=[[1, 2], []], treadling=[[1, 2], 0], end_colors=["#ff8000"] * 2, name="small"
    )
    lines = draft_to_wif_text(draft).splitlines()
    assert lines[0] == "[WIF]"
    sections = "\n".join(lines).split("\n\n")
    assert "[THREADING]\n1=1\n2=0" in sections
    assert "[TIEUP]\n1=1,2\n2=0" in sections
    assert "[TREADLING]\n1=1,2\n2=0" in sections
    assert "[WARP COLORS]\n1=1\n2=1" in sections
    assert "[COLOR TABLE]\n1=255,128,0" in "\n".join(sections)
    assert "[WEFT COLORS]" not in sections
    assert "LIFTPLAN=true" not in lines


def test_dtx_to_wif_reads_what_is_written():
    draft = Draft.from_lists([1, 2], lift_plan=[1, [1, 2]], end_colors=["#102030"] * 2, pick_colors=["#000000"] * 2)
    data = read_wif(io.StringIO(draft_to_wif_text(draft)))
    assert data.threading == {1: {1}, 2: {2}}
    assert data.liftplan == {1: {1}, 2: {1, 2}}
    assert data.color_table[data.warp.color] == (16, 32, 48)
    np.testing.assert_array_equal(data.color_range, (0, 255))

import pytest

from warp_fabric.errors import DraftError
from warp_fabric.weave import Draft
from warp_fabric.weave.dtx_reader import read_dtx

STRIPED = """@@StartDTX
@@Info
%%shafts 3
%%ends 4
%%picks 2
@@Threading
1 2
0 3
@@Tieup
01
10
11
@@Treadling
%%compound
1, 2  2
@@Color Palet
255,0,0
0,0,255
@@Warp Colors
0 1 0 1
@@Weft Colors
1 1
@@EndDTX
"""


def read(text: str) -> tuple[Draft, list[str]]:
    notes: list[str] = []
    return read_dtx(text, "stem", notes.append).draft(notes.append), notes


def draft_of(text: str) -> Draft:
    draft, notes = read(text)
    assert notes == []
    return draft


def test_a_treadled_draft():
    assert draft_of(STRIPED) == Draft.from_lists(
        [1, 2, 0, 3],
        tie_up=[[1, 2], [1, 3]],
        treadling=[[1, 2], 2],
        end_colors=["#ff0000", "#0000ff"] * 2,
        pick_colors=["#0000ff"] * 2,
        name="stem",
    )


def test_names_in_any_case_and_spelling():
    text = STRIPED.replace("@@Color Palet", "@@COLOR  PALETTE").replace("@@Tieup", "@@tieup").replace("255,0,0", "#F00")
    assert draft_of(text) == draft_of(STRIPED)


def test_ends_on_several_shafts():
    draft, notes = read(STRIPED.replace("0 3", "0 2,3"))
    assert draft.drawdown[:, 3].tolist() == [True, True]
    assert "several shafts" in notes[0]


def test_yarns_that_are_not_listed():
    draft = draft_of(STRIPED.replace("0 1 0 1", "1").replace("%%picks 2", "%%picks 3"))
    assert draft.end_colors == ("#0000ff",) * 4
    assert draft.pick_count == 3
    assert not draft.drawdown[2].any()


def test_a_palette_without_lists_of_colours():
    text = STRIPED.partition("@@Warp Colors")[0]
    assert draft_of(text).end_colors == ("#ff0000",) * 4
    assert draft_of(text).pick_colors == ("#0000ff",) * 2
    assert draft_of(text.replace("0,0,255\n", "")).pick_colors == ("#ff0000",) * 2


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("@@StartDTX", "@@Start", "it has no @@StartDTX"),
        ("1 2\n0 3", "", "@@Threading: no end is threaded"),
        ("1 2\n0 3", "1 x", "@@Threading: 'x' stands where a number should"),
        ("1 2\n0 3", "1 -2", "@@Threading: -2 is out of range"),
        ("%%shafts 3", "%%shafts 4000000000", "@@Info: 4000000000 is out of range"),
        ("%%shafts 3", "%%shafts many", "@@Info: 'many' stands"),
        ("1, 2  2", "1 3", "the treadling presses treadle 3, but there are 2 treadles"),
        ("01\n10\n11", "01\n1", "@@Tieup: the rows of the tie-up differ in length"),
        ("01\n10\n11", "01\n2x", "@@Tieup: '2x' is not a row of 0 and 1"),
        ("255,0,0", "255,0", "@@Color Palet 0: '255,0' is not a colour"),
        ("0 1 0 1", "0 1 0 2", r"\[WARP COLORS\] 4: colour 2 is not one of the table's 2\n.*0-1"),
        ("@@Color Palet\n255,0,0\n0,0,255\n", "", "there is no colour table"),
        ("@@Treadling", "@@Trampling", "a lift plan, or a tie-up with its treadling, is missing"),
    ],
)
def test_damage_is_told_with_its_place(old, new, says):
    with pytest.raises(DraftError, match=says) as caught:
        read(STRIPED.replace(old, new, 1))
    assert caught.value.fix

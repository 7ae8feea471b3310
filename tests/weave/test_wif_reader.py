import pytest

from warp_fabric.errors import DraftError
from warp_fabric.weave import Draft
from warp_fabric.weave.wif_reader import read_wif

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
RED_AND_BLUE = "[COLOR PALETTE]\nRange=0,255\n[COLOR TABLE]\n3=255,0,0\n7=0,0,255\n"


def read(text: str) -> tuple[Draft, list[str]]:
    """The draft and the notes."""
    notes: list[str] = []
    return read_wif(text, "stem", notes.append).draft(notes.append), notes


def draft_of(text: str) -> Draft:
    draft, notes = read(text)
    assert notes == []
    return draft


def test_the_least_file_reads():
    assert draft_of(PLAIN) == Draft.from_lists([1, 2], tie_up=[1, 2], treadling=[1, 2], name="stem")


def test_without_a_wif_section():
    with pytest.raises(DraftError, match=r"no \[WIF\] section"):
        read("[THREADING]\n1=1\n")


def test_the_title_is_the_name():
    assert draft_of("words\n[TEXT]\nTitle=100% wool %(x)s\n" + PLAIN).name == "100% wool %(x)s"
    assert draft_of("[TEXT]\nTitle=\n" + PLAIN).name == ""


def test_a_missing_palette_range_is_guessed_and_told():
    draft, notes = read(f"{PLAIN}[WARP]\nColor=1\n[WEFT]\nColor=2\n[COLOR TABLE]\n1=999,0,0\n2=0,0,999\n")
    assert (draft.end_colors[0], draft.pick_colors[0]) == ("#ff0000", "#0000ff")
    assert len(notes) == 1
    assert "0 to 999" in notes[0]


def test_colour_numbers_with_their_colour_behind():
    draft = draft_of(f"{PLAIN}[WARP]\nColor=1,(255, 128, 0)\n[WEFT]\nColor=9,#000080\n")
    assert (draft.end_colors[0], draft.pick_colors[0]) == ("#ff8000", "#000080")
    draft = draft_of(f"{PLAIN}{RED_AND_BLUE}[WARP]\nColor=3,(255, 128, 0)\n[WEFT]\nColor=9,0,0,128\n")
    assert (draft.end_colors[0], draft.pick_colors[0]) == ("#ff0000", "#000080")  # the table's, if it is there


def test_yarns_that_say_their_colour_themselves():
    text = f"{PLAIN}{RED_AND_BLUE}[WARP]\nColor=#ff8000\n[WARP COLORS]\n2=#0f0 ; green\n[WEFT COLORS]\n1=3\n2=1,2,3\n"
    draft = draft_of(text)
    assert draft.end_colors == ("#ff8000", "#00ff00")
    assert draft.pick_colors == ("#ff0000", "#010203")


def test_a_table_of_which_0_is_a_colour():
    text = f"{PLAIN}[COLOR PALETTE]\nRange=255\n[COLOR TABLE]\n0=1,1,1\n1=2,2,2\n[WARP]\nColor=0\n[WEFT]\nColor=1\n"
    assert draft_of(text).end_colors == ("#010101",) * 2


def test_one_side_without_colours():
    draft = draft_of(f"{PLAIN}{RED_AND_BLUE}[WARP]\nColor=7\n[WARP COLORS]\n1=3\n")
    assert draft.end_colors == ("#ff0000", "#0000ff")
    assert draft.pick_colors is None


def test_a_colour_that_is_none_is_told_with_its_line():
    with pytest.raises(DraftError, match=r"line 18, \[COLOR TABLE\] 3: 'red' is not a colour"):
        read(PLAIN + RED_AND_BLUE.replace("255,0,0", "red"))


def test_a_lift_plan_beside_a_treadling_that_does_nothing():
    text = PLAIN.replace("[TREADLING]\n1=1\n2=2", "[TREADLING]\n1=0\n2=0\n[LIFTPLAN]\n1=1\n2=2\n3=1,2")
    assert draft_of(text) == Draft.from_lists([1, 2], lift_plan=[1, 2, [1, 2]], name="stem")


def more_yarns(threads: str, more: str = "", colors: str = "") -> tuple[Draft, Draft]:
    """The plain file with more ends, and with more picks."""
    table = RED_AND_BLUE if colors else ""
    warp = f"[WARP]\nThreads={threads}\n{more}" + (f"[WARP COLORS]\n{colors}" if colors else "")
    weft = warp.replace("WARP", "WEFT")
    return draft_of(f"{PLAIN}{table}{warp}"), draft_of(f"{PLAIN}{table}{weft}")


@pytest.mark.parametrize(
    ("threads", "more", "colors", "count"),
    [
        ("2", "", "", 2),
        ("4", "", "", 4),
        ("4.0", "", "", 4),
        ("9", "Color=3\n", "5=7\n", 5),
        ("5", "", "1=3\n2=7\n3=3\n4=7\n5=7\n", 5),
        ("1200", "", "", 2),
        ("3", "Color=3\n", "1=7\n", 3),
        ("3", "", "1=3\n2=7\n", 2),  # a third would have no colour
        ("0", "", "", 2),
    ],
)
def test_yarns_at_the_edge_that_do_nothing(threads, more, colors, count):
    warp, weft = more_yarns(threads, more, colors)
    assert (warp.end_count, warp.pick_count) == (count, 2)
    assert (weft.end_count, weft.pick_count) == (2, count)
    assert warp.threading.tolist() == [1, 2] + [0] * (count - 2)
    assert not weft.drawdown[2:].any()
    if colors:
        assert len(warp.end_colors) == len(weft.pick_colors) == count


def test_spacing_and_thickness_name_yarns_too():
    warp = "[WARP]\nThreads=9\n[WARP SPACING]\n5=0.1\nx=1\n[WEFT]\nThreads=9\n[WEFT THICKNESS]\n6=0.1\n"
    draft = draft_of(PLAIN + warp)
    assert (draft.end_count, draft.pick_count) == (5, 6)


def test_explicit_zeros_count():
    assert draft_of(PLAIN.replace("2=2\n[TIEUP]", "2=2\n3=0\n[TIEUP]") + "3=\n") == Draft.from_lists(
        [1, 2, 0], tie_up=[1, 2], treadling=[1, 2, 0], name="stem"
    )


def test_the_whole_sheet_that_weavepoint_declares():
    colors = "".join(
        f"{side}\n" + "".join(f"{k}=3\n" for k in range(1, 7)) for side in ("[WARP COLORS]", "[WEFT COLORS]")
    )
    text = PLAIN.replace("Version=1.1", "Source Program=WeavePoint") + RED_AND_BLUE + colors
    draft = draft_of(text + "[WARP]\nThreads=6\n[WEFT]\nThreads=6\n")
    assert (draft.end_count, draft.pick_count) == (2, 2)


def from_0(text: str, *sections: str) -> str:
    """The same file, with the rows of some sections counted from 0."""
    lines, counted = [], False
    for line in text.splitlines():
        counted = line in sections if line.startswith("[") else counted
        row, mark, value = line.partition("=")
        lines.append(f"{int(row) - 1}={value}" if counted and mark else line)
    return "\n".join(lines)


STRIPED = (
    f"{PLAIN}{RED_AND_BLUE}[WARP]\nThreads=2\n[WEFT]\nThreads=2\n[WARP COLORS]\n1=3\n2=7\n[WEFT COLORS]\n1=7\n2=3\n"
)


@pytest.mark.parametrize(
    "sections",
    [
        ["[THREADING]"],
        ["[TREADLING]"],
        ["[TIEUP]"],
        ["[THREADING]", "[TREADLING]", "[WARP COLORS]", "[WEFT COLORS]"],
        ["[WARP COLORS]"],
    ],
)
def test_rows_counted_from_0(sections):
    text = from_0(STRIPED, *sections)
    for each in (text, text.replace("Threads=2", "")):
        draft, notes = read(each)
        assert draft == draft_of(STRIPED)
        assert len(notes) == (sections[0] != "[WARP COLORS]")
        assert all("count from 0: shifted" in note for note in notes)


def test_shafts_and_treadles_counted_from_0():
    text = PLAIN.replace("1=1\n2=2", "0=0\n1=1") + "[WARP]\nThreads=2\n[WEFT]\nThreads=2\n"
    draft, notes = read(text)
    assert draft == draft_of(PLAIN)
    assert "values of [TREADLING], values of [THREADING] count from 0" in notes[0]
    planned = "[WIF]\n[WEAVING]\nShafts=2\n[WARP]\nThreads=2\n[THREADING]\n0=0\n1=1\n[LIFTPLAN]\n0=0,1\n1=1\n"
    assert read(planned)[0] == Draft.from_lists([1, 2], lift_plan=[[1, 2], 2], name="stem")


def test_a_0_among_rows_counted_from_1_is_passed_over():
    for text in (PLAIN.replace("[THREADING]", "[THREADING]\n0=0"), STRIPED.replace("[THREADING]", "[THREADING]\n0=1")):
        draft, notes = read(text)
        assert draft.threading.tolist() == [1, 2]
        assert notes == ["[THREADING]: passed over '0', which is not a number from 1"]
    draft, notes = read(STRIPED.replace("[WARP COLORS]", "[WARP COLORS]\n0=7"))
    assert draft.end_colors == ("#ff0000", "#0000ff")
    assert notes == ["[WARP COLORS]: passed over '0', which is not a number from 1"]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("1=1\n2=2\n[TIEUP]", "[TIEUP]", r"\[THREADING\]: no end"),
        ("Shafts=2", "Shafts=999999999", r"line 4, \[WEAVING\] shafts"),
        ("Treadles=2", "Treadles=-1", r"line 5, \[WEAVING\] treadles"),
        ("Treadles=2", "Rising Shed=perhaps", r"\[WEAVING\] rising shed: 'perhaps'"),
        ("[THREADING]", "[WARP]\nThreads=1000000000\n[THREADING]", r"\[WARP\] threads"),
        ("[THREADING]", "[WEFT]\nThreads=4.5\n[THREADING]", r"\[WEFT\] threads: '4.5'"),
    ],
)
def test_damage_is_told_with_its_place(old, new, place):
    with pytest.raises(DraftError, match=place) as caught:
        read(PLAIN.replace(old, new, 1))
    assert caught.value.fix

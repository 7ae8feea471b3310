import dialects
import pytest

from warp_fabric.errors import DraftError
from warp_fabric.weave import Draft
from warp_fabric.weave.wpo_reader import read_wpo

COLORS = {"end_colors": ["#ff0000", "#000000"], "pick_colors": ["#ff0000"] * 2}
TREADLED = Draft.from_lists([1, 2], tie_up=[1, 2], treadling=[1, 2], **COLORS)
KIND, SHAFTS, TREADLES, SINKING, ENDS, TABLE = 2, 4, 5, 7, 24, -7
"""Places of bytes in the file of TREADLED."""


def read(content: bytes) -> tuple[Draft, list[str]]:
    notes: list[str] = []
    return read_wpo(content, "", notes.append).draft(notes.append), notes


def changed(**changes: int) -> bytes:
    content = bytearray(dialects.wpo(TREADLED))
    for place, value in changes.items():
        content[globals()[place]] = value
    return bytes(content)


@pytest.mark.parametrize(
    "draft",
    [
        TREADLED,
        Draft.from_lists([1, 0], tie_up=[[1, 9], [], 17], treadling=[[1, 3], 0, 0]),
        Draft.from_lists([0, 0], lift_plan=[[1, 9, 16], [], []], **{"end_colors": ["#102030"] * 2}),
    ],
)
def test_every_kind_is_read_with_its_blank_yarns(draft):
    assert read(dialects.wpo(draft)) == (draft, [])


def test_a_sinking_shed():
    draft, notes = read(changed(SINKING=1))
    assert (draft.drawdown == ~TREADLED.drawdown).all()
    assert "sinking" in notes[0]


def test_old_files_have_darker_colours():
    content = bytearray(dialects.wpo(Draft.from_lists([1], lift_plan=[1], end_colors=["#3f2000"])))
    content[1] = 3
    assert read(bytes(content))[0].end_colors == ("#ff8200",)


def test_newer_files_are_doubted():
    content = b"\x7b\x08" + dialects.wpo(TREADLED)[2:]
    assert read(content) == (TREADLED, ["a WeavePoint file newer than version 7; it may be read wrongly"])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"Dear weaver", "not a WeavePoint file"),
        (dialects.wpo(TREADLED)[:-1], "ends too early"),
        (changed(KIND=99), "99 is not a kind of WeavePoint file"),
        (changed(SHAFTS=0), "there are no shafts or treadles"),
        (changed(TREADLES=0), "there are no shafts or treadles"),
        (changed(TABLE=1), r"\[WARP COLORS\] 1: colour 1 is not one of the table's 1"),
    ],
)
def test_damage_is_told(content, says):
    with pytest.raises(DraftError, match=says) as caught:
        read(content)
    assert caught.value.fix


def test_nothing_threaded():
    content = dialects.wpo(Draft.from_lists([1], lift_plan=[1]))
    with pytest.raises(DraftError, match="no end is threaded"):
        read(content[:24] + b"\0\0" + content[27:])

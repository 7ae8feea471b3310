import pytest

from warp_fabric.errors import DraftError
from warp_fabric.weave.wif_sections import WifSections, uncommented, whole_numbers


def sections(text: str) -> tuple[WifSections, list[str]]:
    notes: list[str] = []
    return WifSections(text, notes.append), notes


def test_names_keys_and_values_in_every_spelling():
    text = "words before\n[Tie-Up]\n 1 = 1 \n[LIFT_PLAN]\n2=1,2\n[warp   colors]\n[TEXT]\nTITLE = Blue; #1 = 2\n"
    found, notes = sections(text)
    assert all(name in found for name in ("tieup", "liftplan", "warp colors", "text"))
    assert found.sets("tieup") == {1: [1]}
    assert found.get("text", "title") == "Blue; #1 = 2"
    assert found.get("text", "author", "nobody") == "nobody"
    assert notes == []


@pytest.mark.parametrize("mark", [";", "#", "//"])
def test_comments(mark):
    found, notes = sections(f"[THREADING]\n{mark} 9=9\n1=2 {mark} first\n2={mark} none\n[WARP]\nThreads=3{mark}9\n")
    assert found.sets("threading") == {1: [2], 2: []}
    assert found.count("warp", "threads") == 3
    assert notes == []


def test_quotes():
    found, _ = sections("[WARP]\nThreads=\"4\"\nColor='#ff0000'\n")
    assert found.count("warp", "threads") == 4
    assert found.words("warp", "color") == "#ff0000"


def test_a_hash_at_the_beginning_of_a_value_is_no_comment():
    assert uncommented("#ff0000 # red") == "#ff0000"


def test_numbers_with_decimals_zeros_and_parentheses():
    assert whole_numbers("1, 2.0 (3.), +4") == [1, 2, 3, 4]
    assert whole_numbers("# none") == []
    found, _ = sections("[WARP]\nThreads=4.0\n[WEFT]\nThreads=\n[THREADING]\n1.0=2.00\n")
    assert (found.count("warp", "threads"), found.count("weft", "threads"), found.count("other", "threads")) == (
        4,
        0,
        0,
    )
    assert found.sets("threading") == {1: [2]}


def test_lines_without_a_number_are_passed_over_and_told_once():
    found, notes = sections("[THREADING]\n(3=1)\n...\n2=1\n-4=1\n1=2")
    assert list(found.sets("threading")) == list(found.numbered("threading", str)) == [1, 2]
    assert [note.partition(":")[0] for note in notes] == [f"line {line}, [THREADING]" for line in (2, 3, 5)]
    assert found.numbers("threading") == [2, 1]
    assert len(notes) == 3


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("2=two", r"line 2, \[THREADING\] 2: 'two' is not a list of whole numbers"),
        ("2=4.5", r"line 2, \[THREADING\] 2: '4.5' is not a list of whole numbers"),
        ("2=-2", r"line 2, \[THREADING\] 2: -2 is out of range"),
        ("2=123456", r"line 2, \[THREADING\] 2: 123456 is out of range"),
        ("999999999=2", r"line 2, \[THREADING\] 999999999: 999999999 is out of range"),
    ],
)
def test_damage_is_told_with_its_line(line, place):
    with pytest.raises(DraftError, match=place) as caught:
        sections(f"[THREADING]\n{line}\n")[0].sets("threading")
    assert caught.value.fix


def test_truth():
    found, _ = sections("[WEAVING]\nRising Shed=Yes ; up\nOther=perhaps\n")
    assert found.truth("weaving", "rising shed", False)
    assert found.truth("weaving", "missing", True)
    with pytest.raises(DraftError, match=r"line 3, \[WEAVING\] other: 'perhaps' is neither true nor false"):
        found.truth("weaving", "other", True)

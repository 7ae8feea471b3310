"""Weave files as other programs write them: small ones that failed once, and random drafts in every dialect."""

import random
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_drafts import drafts

from warp_fabric.errors import WeaveFileError
from warp_fabric.weave import Draft, WeaveFileWarning, read_draft, write_draft

CASES = Path(__file__).parents[1] / "data" / "weaves" / "cases"
TWILL = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [1, 0, 0, 1]], bool)


def read(name: str) -> tuple[Draft, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        draft = read_draft(CASES / name)
    return draft, [str(each.message) for each in caught]


@pytest.mark.parametrize("name", ["wif_gap", "wif_hexcolors", "wif_threads_decimal", "wif_utf16_nobom"])
def test_a_red_and_blue_twill(name):
    draft, notes = read(f"{name}.wif")
    assert (draft.end_colors, draft.pick_colors) == (("#ff0000",) * 4, ("#0000ff",) * 4)
    np.testing.assert_array_equal(draft.drawdown, TWILL)
    assert notes == []


def test_a_range_that_is_one_number():
    draft, notes = read("wif_range_single.wif")
    assert (draft.end_colors, draft.pick_colors) == (("#c81e1e",) * 8, ("#1428a0",) * 8)
    np.testing.assert_array_equal(draft.drawdown, np.tile(TWILL, (2, 2)))
    assert notes == []


def test_a_range_with_a_dash():
    draft, _notes = read("wif_range_dash.wif")
    assert (draft.end_colors, draft.pick_colors) == (("#ff0000",) * 4, ("#0000ff",) * 4)


def test_picks_at_the_edge_that_raise_nothing():
    draft, notes = read("wif_blank_last_picks.wif")
    raised = [[1, 1, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_array_equal(draft.drawdown, np.array(raised, bool))
    assert draft.pick_colors == ("#ece6d8",) * 3 + ("#c62d2d", "#ece6d8", "#c62d2d")
    assert notes == []


def test_colour_0_is_named():
    with pytest.raises(WeaveFileError, match=r"\[WARP\] colour 0 is not one of the table's 2"):
        read("wif_color0.wif")


def test_no_note_where_each_yarn_has_its_colour():
    draft, notes = read("wif_needless_notes.wif")
    assert (set(draft.end_colors or ()), set(draft.pick_colors or ())) == ({"#c81e1e"}, {"#1428a0"})
    assert notes == []


def test_yarns_counted_from_0():
    draft, notes = read("wif_zero_based.wif")
    np.testing.assert_array_equal(draft.drawdown, TWILL)
    assert len(notes) == 2
    assert "counts yarns from 0" in notes[0]


@pytest.mark.parametrize("suffix", [".dtx", ".wif"])
def test_a_draft_without_threads_can_be_written_and_read(tmp_path, suffix):
    draft, _notes = read("wif_unthreaded.wif")
    assert draft.threading.tolist() == [0, 0]
    write_draft(draft, tmp_path / f"u{suffix}")
    again = read_draft(tmp_path / f"u{suffix}")
    np.testing.assert_array_equal(again.drawdown, np.zeros((2, 2), bool))


def test_a_dtx_without_a_title_has_its_files_name():
    assert read("dtx_untitled.dtx")[0].name == "dtx_untitled"


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")


def in_dialect(draft: Draft, dice: random.Random) -> str:
    """WIF as some program might write it: names, orders, gaps, comments, colours and counts in one of many ways."""
    number = {
        color: 3 * k + 1 for k, color in enumerate(sorted({*(draft.end_colors or ()), *(draft.pick_colors or ())}))
    }
    style, top = dice.choice(["ints", "hex", "shares", "wide"]), {"wide": 65535}.get("", 255)

    def shown(color: str) -> str:
        parts = [*bytes.fromhex(color[1:])]
        if style == "hex":
            return dice.choice([color, color.upper(), f"{color} # a comment"])
        if style == "shares":
            return ", ".join(f"{part / 255:.6f}" for part in parts)
        scale = 257 if style == "wide" else 1
        return dice.choice([",", ", ", " , "]).join(str(scale * part) for part in parts)

    def numbered(rows) -> list[str]:
        """Empty rows are left out, 0 or blank; not the last."""
        lines = []
        for k, row in enumerate(rows, 1):
            found = [str(n) for n in np.flatnonzero(row) + 1]
            if found or k == len(rows):
                lines.append(f"{k}={','.join(found) or 0}")
            elif dice.random() < 0.6:
                lines.append(f"{k}={dice.choice(['', '0'])}")
        return lines

    span = {"shares": ["0,1", "0.0,1.0", "1"], "wide": ["0,65535", "65535"]}.get(
        style, ["0,255", "255", "0-255", f"0,{top}"]
    )
    sections = [
        ("WEAVING", [f"Shafts={draft.shaft_count}", f"Treadles={draft.treadle_count}", "Rising Shed=yes"]),
        ("THREADING", [f"{k}={shaft}" for k, shaft in enumerate(draft.threading, 1)]),
        ("COLOR PALETTE", [f"Range={dice.choice(span)}", f"Entries={len(number)}"]),
        ("COLOR TABLE", [f"{k}={shown(color)}" for color, k in number.items()]),
        ("TEXT", ["Title=cloth"]),
    ]
    if draft.tie_up is not None:
        sections += [("TIEUP", numbered(draft.tie_up.T)), ("TREADLING", numbered(draft.treadling))]
    else:
        sections.append(("LIFTPLAN", numbered(draft.raised)))
    for side, colors, count in (
        ("WARP", draft.end_colors, draft.end_count),
        ("WEFT", draft.pick_colors, draft.pick_count),
    ):
        lines = [dice.choice([f"Threads={count}", f"Threads={count}.0", "Threads=1200"])]
        if colors:
            common = dice.choice(colors)
            lines += [f"Color={number[common]}"]
            rows = [f"{k}={number[c]}" for k, c in enumerate(colors, 1) if c != common or dice.random() < 0.5]
            sections.append((f"{side} COLORS", rows))
        sections.append((side, lines))
    dice.shuffle(sections)
    case = dice.choice([str.upper, str.lower, str.title])
    comment = dice.choice(["", "; a comment\n", "\n\n", "# another\n"])
    body = comment.join(f"[{case(name)}]\n" + "\n".join(lines) + "\n" for name, lines in sections)
    return f"[WIF]\nVersion=1.1\n{comment}{body}".replace("\n", dice.choice(["\n", "\r\n"]))


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(draft=drafts(), seed=st.integers(0, 10**6), encoding=st.sampled_from(ENCODINGS))
def test_wif_in_every_dialect_is_the_same_draft(tmp_path, draft, seed, encoding):
    path = tmp_path / "cloth.wif"
    path.write_bytes(in_dialect(draft, random.Random(seed)).encode(encoding))
    with warnings.catch_warnings():
        warnings.simplefilter("error", WeaveFileWarning)
        found = read_draft(path)
    np.testing.assert_array_equal(found.drawdown, draft.drawdown)
    assert (found.end_colors, found.pick_colors) == (draft.end_colors, draft.pick_colors)
    assert found.name == "cloth"


def dtx_in_dialect(draft: Draft, dice: random.Random) -> str:
    """DTX as some program might write it: lines of any length, in any order, with what a draft does not need."""

    def listed(words: list[str]) -> list[str]:
        length = dice.choice([1, 3, 24])
        return [dice.choice([" ", "  "]).join(words[k : k + length]) for k in range(0, len(words), length)]

    sections = [
        ("Info", [f"%%shafts {draft.shaft_count}", f"%%treadles {draft.treadle_count}", f"%%ends {draft.end_count}"]),
        ("Threading", listed([str(shaft) for shaft in draft.threading])),
        ("Notes", ["Woven in spring"]),
    ]
    bits = lambda rows: ["".join("01"[int(bit)] for bit in row) for row in rows]  # noqa: E731
    if draft.tie_up is not None:
        pressed = [",".join(str(n) for n in np.flatnonzero(row) + 1) or "0" for row in draft.treadling]
        sections += [("Tieup", bits(draft.tie_up[::-1])), ("Treadling", listed(pressed))]
    else:
        sections.append(("Liftplan", bits(draft.raised)))
    if draft.end_colors and draft.pick_colors:
        table = sorted({*draft.end_colors, *draft.pick_colors})
        lines = [",".join(str(part) for part in bytes.fromhex(color[1:])) for color in table]
        sections.append((dice.choice(["Color Palet", "Color Palette"]), lines))
        for side, colors in (("Warp", draft.end_colors), ("Weft", draft.pick_colors)):
            sections.append((f"{side} Colors", listed([str(table.index(color)) for color in colors])))
    dice.shuffle(sections)
    heads = dice.choice([str, str.lower, str.upper])
    body = "\n".join("\n".join([f"@@{heads(name)}", *lines, ""]) for name, lines in sections)
    return f"@@StartDTX\n%%version 1\n\n{body}\n@@EndDTX\n".replace("\n", dice.choice(["\n", "\r\n"]))


@settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(draft=drafts(), seed=st.integers(0, 10**6), encoding=st.sampled_from(ENCODINGS))
def test_dtx_in_every_dialect_is_the_same_draft(tmp_path, draft, seed, encoding):
    path = tmp_path / "cloth.dtx"
    path.write_bytes(dtx_in_dialect(draft, random.Random(seed)).encode(encoding))
    with warnings.catch_warnings():
        warnings.simplefilter("error", WeaveFileWarning)
        found = read_draft(path)
    np.testing.assert_array_equal(found.drawdown, draft.drawdown)
    if draft.end_colors and draft.pick_colors:
        assert (found.end_colors, found.pick_colors) == (draft.end_colors, draft.pick_colors)

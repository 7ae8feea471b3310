"""Weave files that are broken, mutated, or none: one clear error each, and doubts told in few words."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from weave_data import DATA, files, name, quietly, written

from warp_fabric.errors import WeaveFileError
from warp_fabric.weave import Draft, WeaveFileWarning, pattern, read_draft
from warp_fabric.weave.files import MAX_BYTES, MAX_NOTES


def attempt(path: Path) -> Draft | WeaveFileError:
    try:
        return quietly(path)
    except WeaveFileError as error:
        return error


@pytest.mark.parametrize("path", files("bad"), ids=name)
def test_broken_files_give_one_clear_error(path):
    with pytest.raises(WeaveFileError) as caught:
        quietly(path)
    error = caught.value
    assert path.name in error.where
    assert error.fix
    assert "damaged" not in error.what  # the fallback for what nobody foresaw
    topic = next(word for word in ("color", "liftplan", "tieup", "treadl") if word in path.name)
    says = {"color": "colour", "liftplan": "lift plan", "tieup": "tie-up", "treadl": "treadl"}[topic]
    assert says in error.what


@pytest.mark.parametrize("path", files("basic"), ids=name)
def test_mutated_files_only_ever_give_a_draft_or_our_error(path, tmp_path):
    content = path.read_bytes()
    generator = random.Random(path.name)
    mutated = tmp_path / path.name
    for _ in range(25):
        changed = bytearray(content)
        for _ in range(generator.choice((1, 3, 20))):
            place = generator.randrange(len(changed))
            cut = generator.choice((0, 1, 1, 2, 200))
            new = generator.choice((b"", bytes([generator.randrange(256)]), b"\n", b"-", b"99999", b"=", b","))
            changed[place : place + cut] = new
        mutated.write_bytes(changed)
        result = attempt(mutated)
        if isinstance(result, Draft):
            assert result.drawdown.shape == (result.pick_count, result.end_count)
        else:
            assert mutated.name in result.where
            assert result.fix


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([".wif", ".dtx", ".wpo"]), st.binary(max_size=200), st.booleans())
def test_junk_gives_our_error(tmp_path, suffix, content, headed):
    head = {".wif": b"[WIF]\n[THREADING]\n", ".dtx": b"@@StartDTX\n", ".wpo": b"\x7b\x04\x64"}[suffix]
    path = tmp_path / f"junk{suffix}"
    path.write_bytes(head + content if headed else content)
    with pytest.raises(WeaveFileError, match="junk"):
        quietly(path)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("2  3  4  1", "2  three  4  1", "'three' stands where a number should"),
        ("255,0,0", "255,0", "Color Palet 1: '255,0' is not a colour"),
        ("255,0,0", "999,0,0", "Color Palet 1: colour 999,0,0 is out of range 0-255"),
        ("011101", "0121x1", "'0121x1' is not a row of 0 and 1"),
        ("2  3  4  1", "2  3  4  123456", "Threading: 123456 is out of range"),
        ("011101", "0111", "the rows of the tie-up differ in length"),
        ("2  3  4  1", "", "no end is threaded"),
    ],
)
def test_damage_in_dtx_is_told_in_words(tmp_path, old, new, says):
    text = (DATA / "basic_dtx" / "level2" / "two color single treadles.dtx").read_text()
    path = tmp_path / "damaged.dtx"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(WeaveFileError, match=says):
        read_draft(path)


def test_huge_declarations_are_refused_at_once(tmp_path):
    dtx = (DATA / "basic_dtx" / "level2" / "two color liftplan.dtx").read_text()
    (tmp_path / "huge.dtx").write_text(dtx.replace("%%shafts 4", "%%shafts 4000000000"))
    wif = written(Draft.from_lists([1], lift_plan=[1]), tmp_path)
    wif.write_text(wif.read_text().replace("Threads=1\n", "Threads=4000000000\n"))
    wide = tmp_path / "wide.wif"
    wide.write_text("[WIF]\n[THREADING]\n90000=1\n[LIFTPLAN]\n90000=1\n")
    large = tmp_path / "large.wif"
    with large.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    for path in (tmp_path / "huge.dtx", wif, wide, large):
        with pytest.raises(WeaveFileError, match=path.name):
            read_draft(path)


def test_many_doubts_are_told_in_few_words(tmp_path):
    path = written(pattern("plain"), tmp_path)
    path.write_text(path.read_text().replace("[THREADING]", "[THREADING]\n" + "\n".join(f"x{i}=1" for i in range(99))))
    with pytest.warns(WeaveFileWarning) as caught:
        read_draft(path)
    assert len(caught) == MAX_NOTES
    assert "94 more" in str(caught[-1].message)


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("none.wif", None, "no such file"),
        ("empty.wif", b"", "empty"),
        ("blank.dtx", b" \r\n", "empty"),
        ("zeros.wif", b"[WIF]\0\0", "not a text file"),
        ("words.wif", b"Dear weaver,", "not a WIF file"),
        ("words.dtx", b"Dear weaver,", "not a DTX file"),
        ("words.wpo", b"Dear weaver,", "not a WeavePoint file"),
        ("short.wpo", b"\x7b\x04\x64\x01\x04", "ends too early"),
        ("cloth.pdf", b"%PDF", "not a weave file"),
        ("cloth", b"[WIF]", "not a weave file"),
    ],
)
def test_what_is_no_weave_file(tmp_path, file, content, says):
    if content is not None:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(WeaveFileError, match=says) as caught:
        read_draft(tmp_path / file)
    assert file in str(caught.value)
    assert caught.value.fix


def test_a_folder(tmp_path):
    (tmp_path / "folder.wif").mkdir()
    with pytest.raises(WeaveFileError, match="this is a folder"):
        read_draft(tmp_path / "folder.wif")

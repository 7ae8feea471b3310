import contextlib
import random
import warnings
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dtx_to_wif import make_liftplan, read_pattern_file
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from random_drafts import drafts

from warp_fabric.errors import DraftError, WeaveFileError
from warp_fabric.weave import Draft, WeaveFileWarning, pattern, read_draft, write_draft
from warp_fabric.weave.files import MAX_BYTES, MAX_NOTES, find_draft

DATA = Path(__file__).parent.parent / "data" / "weaves"


def files(start: str) -> list[Path]:
    found = [path for folder in DATA.glob(f"{start}*") for path in folder.rglob("*.*") if path.is_file()]
    assert found
    return sorted(found)


def name(path: Path) -> str:
    return path.name


def quietly(path: Path) -> Draft:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WeaveFileWarning)
        return read_draft(path)


def attempt(path: Path) -> Draft | WeaveFileError:
    try:
        return quietly(path)
    except WeaveFileError as error:
        return error


def written(draft: Draft, tmp_path: Path, suffix: str = ".wif") -> Path:
    path = tmp_path / f"cloth{suffix}"
    write_draft(draft, path)
    return path


@pytest.mark.parametrize("path", files("basic") + files("warn"), ids=name)
def test_good_and_doubtful_files_read_and_round_trip(path, tmp_path):
    draft = quietly(path)
    assert draft.end_colors
    assert draft.pick_colors
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for suffix in (".wif", ".dtx"):
            assert read_draft(written(draft, tmp_path, suffix)) == draft


@pytest.mark.parametrize("path", [path for path in files("basic") if ".wpo.wif" not in path.name], ids=name)
def test_the_drawdown_is_that_of_dtx_to_wifs_lift_plan(path):
    data = read_pattern_file(path)
    data.tieup = defaultdict(set, data.tieup)  # or make_liftplan fails on a treadle that is not tied up
    draft, lifted = quietly(path), make_liftplan(data)
    for pick, row in enumerate(draft.drawdown, 1):
        for end, on_top in enumerate(row, 1):
            assert on_top == bool(data.threading.get(end, set()) & lifted.get(pick, set()))


@pytest.mark.parametrize("path", [path for path in files("basic_wpo") if path.suffix == ".wif"], ids=name)
def test_wif_and_weavepoint_files_of_one_draft_agree(path):
    wif, wpo = quietly(path), quietly(path.with_suffix(""))
    np.testing.assert_array_equal(wif.drawdown, wpo.drawdown)
    assert (wif.end_colors, wif.pick_colors) == (wpo.end_colors, wpo.pick_colors)


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


@pytest.mark.parametrize("path", files("warn"), ids=name)
def test_doubts_are_told_once_with_the_file(path, capfd):
    with pytest.warns(WeaveFileWarning) as caught:
        read_draft(path)
    assert len(caught) == 1
    assert path.name in str(caught[0].message)
    assert "colour" in str(caught[0].message)
    assert capfd.readouterr() == ("", "")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drafts())
@example(Draft.from_lists([0, 0], lift_plan=[[], []], name="all at rest"))
@example(Draft.from_lists([0], tie_up=[[], []], treadling=[0]))
@example(Draft.from_lists([1, 2, 0], tie_up=[[], 2], treadling=[1, 0], name="100% [WIF] = ;#"))
def test_writing_and_reading_gives_the_same_draft(tmp_path, draft):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_draft(written(draft, tmp_path)) == draft
        one_sided = bool(draft.end_colors) != bool(draft.pick_colors)
        with pytest.warns(WeaveFileWarning, match="written as white") if one_sided else contextlib.nullcontext():
            path = written(draft, tmp_path, ".dtx")
        assert read_draft(path) == as_dtx_tells(draft)


def as_dtx_tells(draft: Draft) -> Draft:
    """The file's own name where it has none, and white where only one side has colours."""
    changes = {"name": draft.name.lstrip("@% ") or "cloth"}
    if draft.end_colors or draft.pick_colors:
        changes["end_colors"] = draft.end_colors or ("#ffffff",) * draft.end_count
        changes["pick_colors"] = draft.pick_colors or ("#ffffff",) * draft.pick_count
    return replace(draft, **changes)


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
    ("encoding", "newline"),
    [
        ("utf-8", "\n"),
        ("utf-8-sig", "\r\n"),
        ("cp1252", "\r\n"),
        ("latin-1", "\r"),
        ("utf-16", "\n"),
        ("utf-16-le", "\r\n"),
        ("utf-16-be", "\n"),
    ],
)
@pytest.mark.parametrize("suffix", [".wif", ".dtx"])
def test_encodings_and_line_ends(tmp_path, encoding, newline, suffix):
    draft = Draft.from_lists([1, 2], tie_up=[1, 2], treadling=[1, 2], name="Köper Nº 5")
    path = written(draft, tmp_path, suffix)
    path.write_bytes(path.read_text("utf-8").replace("\n", newline).encode(encoding))
    assert read_draft(path) == draft


def test_zeros_behind_utf_16(tmp_path):
    path = written(pattern("plain"), tmp_path)
    path.write_bytes(path.read_text().encode("utf-16-le") + bytes(4))
    assert read_draft(path) == pattern("plain")


def test_the_case_of_the_ending_does_not_matter(tmp_path):
    path = written(pattern("twill22"), tmp_path).rename(tmp_path / "CLOTH.WIF")
    assert read_draft(path) == read_draft(path.rename(tmp_path / "cloth.WifW")) == pattern("twill22")


def test_the_name_is_the_files_if_it_has_none(tmp_path):
    path = written(pattern("plain"), tmp_path)
    path.write_text(path.read_text().replace("Title=plain", ""))
    assert read_draft(path).name == "cloth"


@pytest.mark.parametrize("mark", ["%%sinking", "%%%%sinking"])
@pytest.mark.parametrize("kind", ["liftplan", "single treadles"])
def test_a_sinking_shed_in_dtx(tmp_path, kind, mark):
    source = DATA / "basic_dtx" / "level2" / f"two color {kind}.dtx"
    text = source.read_text().replace("@@Liftplan", f"@@Liftplan\n{mark}").replace("@@Tieup", f"@@Tieup\n{mark}")
    (tmp_path / "sinking.dtx").write_text(text)
    with pytest.warns(WeaveFileWarning, match="sinking"):
        draft = read_draft(tmp_path / "sinking.dtx")
    np.testing.assert_array_equal(draft.drawdown, ~read_draft(source).drawdown)


def test_a_sinking_shed_in_wif(tmp_path):
    path = written(pattern("satin5"), tmp_path)
    path.write_text(path.read_text().replace("Rising Shed=true", "Rising Shed=no"))
    with pytest.warns(WeaveFileWarning, match="sinking"):
        assert read_draft(path).drawdown.sum() == 5


def test_dtx_without_colours_version_or_trailing_threads(tmp_path):
    path = tmp_path / "bare.dtx"
    path.write_text("\n@@StartDTX\n@@Threading\n1 2 0 0\n@@Liftplan\n%%\n10\n01\n00\n@@EndDTX\n")
    draft = read_draft(path)
    assert draft.threading.tolist() == [1, 2, 0, 0]
    assert draft.lift_plan.tolist() == [[True, False], [False, True], [False, False]]
    assert draft.end_colors is draft.pick_colors is None


def test_wpo_without_a_sett(tmp_path):
    source = DATA / "basic_wpo" / "many color single treadles.wpo"
    content = bytearray(source.read_bytes())
    content[9:11] = b"\0\0"
    path = tmp_path / source.name
    path.write_bytes(content)
    assert read_draft(path) == read_draft(source)


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


def test_writing_where_it_cannot_be(tmp_path):
    with pytest.raises(WeaveFileError, match="only WIF and DTX"):
        write_draft(pattern("plain"), tmp_path / "cloth.wpo")
    with pytest.raises(WeaveFileError, match="cannot be written"):
        write_draft(pattern("plain"), tmp_path / "nowhere" / "cloth.wif")
    (tmp_path / "taken.wif").mkdir()
    with pytest.raises(WeaveFileError, match="cannot be written"):
        write_draft(pattern("plain"), tmp_path / "taken.wif")
    with pytest.raises(WeaveFileError, match="null byte"):
        write_draft(pattern("plain"), "a\0b.wif")
    with pytest.raises(WeaveFileError, match="null byte"):
        read_draft("a\0b.wif")
    assert [path.name for path in tmp_path.iterdir()] == ["taken.wif"]  # no half-written file stays behind


def test_find_draft_takes_files_and_patterns(tmp_path):
    path = written(pattern("waffle"), tmp_path)
    assert find_draft(str(path)) == find_draft("waffle") == pattern("waffle")
    with pytest.raises(WeaveFileError, match="no such file"):
        find_draft("waffle.wif")
    with pytest.raises(DraftError, match="no weave called"):
        find_draft("wafle")


def test_the_example_is_a_two_coloured_herringbone():
    draft = read_draft(Path(__file__).parents[2] / "examples" / "herringbone.wif")
    np.testing.assert_array_equal(draft.drawdown, pattern("herringbone").drawdown)
    assert len(set(draft.end_colors)) == len(set(draft.pick_colors)) == 1
    assert draft.end_colors[0] != draft.pick_colors[0]

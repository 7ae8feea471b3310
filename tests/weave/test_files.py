import contextlib
import warnings
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dtx_to_wif import make_liftplan, read_pattern_file
from hypothesis import HealthCheck, example, given, settings
from random_drafts import drafts
from weave_data import DATA, files, name, quietly, written

from warp_fabric.errors import DraftError, WeaveFileError
from warp_fabric.weave import Draft, WeaveFileWarning, pattern, read_draft, write_draft
from warp_fabric.weave.files import find_draft


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

"""DTX text as Fiberworks writes it; that it reads back is tested with the other weave files."""

from warp_fabric.weave import Draft
from warp_fabric.weave.dtx_text import draft_to_dtx_text


def sections(draft: Draft) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in draft_to_dtx_text(draft).splitlines():
        if line.startswith("@@"):
            found[line[2:]] = []
        elif line:
            found[[*found][-1]].append(line)
    return found


def test_a_treadled_draft():
    draft = Draft.from_lists(
        [1, 2, 3, 0],
        tie_up=[[1, 3], [2]],
        treadling=[1, [1, 2], 0],
        end_colors=["#000000", "#ff0000", "#000000", "#ffffff"],
        name="Two treadles",
    )
    found = sections(draft)
    assert [*found][:2] == ["StartDTX", "Contents"]
    assert found["Contents"] == [name for name in found if name not in ("StartDTX", "Contents")]
    assert found["Description"] == ["Two treadles"]
    assert found["Info"] == ["%%shafts 3", "%%treadles 2", "%%ends 4", "%%picks 3"]
    assert found["Threading"] == ["1 2 3 0"]
    assert found["Tieup"] == ["10", "01", "10"]  # the last shaft on top
    assert found["Treadling"] == ["%%compound", "1 1,2 0"]
    assert found["Color Palet"] == ["0,0,0", "255,0,0", "255,255,255"]
    assert (found["Warp Colors"], found["Weft Colors"]) == (["0 1 0 2"], ["2 2 2"])


def test_a_lift_plan_of_many_ends_without_colours():
    found = sections(Draft.from_lists([1, 2] * 20, lift_plan=[[1], [2, 4]]))
    assert found["Liftplan"] == ["1000", "0101"]
    assert [len(line.split()) for line in found["Threading"]] == [24, 16]
    assert not {"Tieup", "Treadling", "Color Palet", "Description"} & {*found}

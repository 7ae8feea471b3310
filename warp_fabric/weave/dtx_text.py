"""DTX, the text format of Fiberworks PCW: writing a draft as it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from warp_fabric.weave.draft import Draft

PLAIN = "#ffffff"
"""The colour of a side that the draft gives none, where the other side has some."""
PER_LINE = 24


def draft_to_dtx_text(draft: Draft) -> str:
    """A draft as DTX text. Reading it gives the same draft, but for a side without colours beside one with."""
    sections: dict[str, list[str]] = {
        "Imprint": ["PCW 4.2.0 Silver"],  # readers look for a version of the program here
        "Info": [
            f"%%shafts {draft.shaft_count}",
            f"%%treadles {draft.treadle_count or draft.shaft_count}",
            f"%%ends {draft.end_count}",
            f"%%picks {draft.pick_count}",
        ],
        "Threading": _lines(draft.threading.tolist()),
    }
    title = draft.name.lstrip("@% ")  # lines that begin with these are no text
    if title:
        sections = {"Description": [title], **sections}
    if draft.tie_up is not None and draft.treadling is not None:
        sections["Tieup"] = ["".join(np.where(row, "1", "0")) for row in draft.tie_up[::-1]]
        pressed = [",".join(map(str, np.flatnonzero(row) + 1)) or "0" for row in draft.treadling]
        compound = ["%%compound"] if any("," in each for each in pressed) else []
        sections["Treadling"] = compound + _lines(pressed)
    else:
        sections["Liftplan"] = ["".join(np.where(row, "1", "0")) for row in draft.raised]
    if draft.end_colors or draft.pick_colors:
        sides = {
            "Warp": draft.end_colors or (PLAIN,) * draft.end_count,
            "Weft": draft.pick_colors or (PLAIN,) * draft.pick_count,
        }
        palette = {color: number for number, color in enumerate(sorted({*sides["Warp"], *sides["Weft"]}))}
        sections["Color Palet"] = [",".join(map(str, bytes.fromhex(color[1:]))) for color in palette]
        sections |= {f"{side} Colors": _lines([palette[color] for color in colors]) for side, colors in sides.items()}
    head = {"StartDTX": ["%%version 1"], "Contents": [*sections, "EndDTX"]}
    return "\n".join("\n".join([f"@@{name}", *lines, ""]) for name, lines in (head | sections | {"EndDTX": []}).items())


def side_made_white(draft: Draft) -> str | None:
    """The side that has no colours in the draft, and white ones in DTX; None where both have some, or none."""
    if bool(draft.end_colors) == bool(draft.pick_colors):
        return None
    return "picks" if draft.end_colors else "ends"


def _lines(numbers: Iterable[object]) -> list[str]:
    words = [str(each) for each in numbers]
    return [" ".join(words[k : k + PER_LINE]) for k in range(0, len(words), PER_LINE)]

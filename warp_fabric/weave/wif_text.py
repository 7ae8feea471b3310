"""WIF 1.1 text: writing a draft as WIF."""

from __future__ import annotations

import numpy as np

from warp_fabric.weave.draft import Draft


def draft_to_wif_text(draft: Draft) -> str:
    """A draft as WIF 1.1 text. Reading it gives the same draft."""
    palette = sorted({*(draft.end_colors or ()), *(draft.pick_colors or ())})
    index = {color: number for number, color in enumerate(palette, 1)}
    weaving = {"Rising Shed": "true", "Treadles": draft.treadle_count, "Shafts": draft.shaft_count}
    sections: dict[str, dict] = {
        "TEXT": {"Title": draft.name},
        "WEAVING": weaving,
        "WARP": {"Threads": draft.end_count, "Units": "centimeters"},
        "WEFT": {"Threads": draft.pick_count, "Units": "centimeters"},
        "THREADING": dict(enumerate(draft.threading.tolist(), 1)),
    }
    if draft.tie_up is not None and draft.treadling is not None:
        sections |= {"TIEUP": _numbered(draft.tie_up.T), "TREADLING": _numbered(draft.treadling)}
    else:
        sections["LIFTPLAN"] = _numbered(draft.raised)
    for side, colors in (("WARP", draft.end_colors), ("WEFT", draft.pick_colors)):
        if colors is not None:
            sections[side]["Color"] = index[colors[0]]
            sections[f"{side} COLORS"] = {number: index[color] for number, color in enumerate(colors, 1)}
    if palette:
        sections["COLOR PALETTE"] = {"Entries": len(palette), "Range": "0,255"}
        rgb = (",".join(str(part) for part in bytes.fromhex(color[1:])) for color in palette)
        sections["COLOR TABLE"] = dict(enumerate(rgb, 1))
    head: dict[str, dict] = {
        "WIF": {
            "Version": "1.1",
            "Date": "April 20, 1997",
            "Developers": "wif@mhsoft.com",
            "Source Program": "Warp Fabric",
        },
        "CONTENTS": dict.fromkeys(sections, "true"),
    }
    return "\n".join(
        "\n".join([f"[{name}]", *(f"{key}={value}" for key, value in section.items()), ""])
        for name, section in (head | sections).items()
    )


def _numbered(rows: np.ndarray) -> dict[int, str]:
    """For each row, from 1, the numbers that are set in it; 0 if none is."""
    return {number: ",".join(map(str, np.flatnonzero(row) + 1)) or "0" for number, row in enumerate(rows, 1)}

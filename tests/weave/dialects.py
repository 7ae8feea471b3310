"""Drafts as other programs write them: WIF, DTX and WPO in the spellings that are met, chosen at random."""

from hypothesis import strategies as st

from warp_fabric.weave import Draft

COLOR_STYLES = {
    "range": (255, "0,255"),
    "single number": (255, "255"),
    "dash": (255, "0-255"),
    "no range": (255, None),
    "decimals": (255, "0,255"),
    "fractions": (1, "0.0,1.0"),
    "fractions of a single number": (1, "1"),
    "fractions without a range": (1, None),
    "fractions in a wrong range": (1, "0,255"),
    "thousand": (999, "0,999"),
    "16 bits": (65535, "65535"),
    "#hex": (255, "0,255"),
    "hex": (255, None),
}
"""How the largest value of a colour's parts, and the table's Range, are written."""
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
NEWLINES = ("\n", "\r\n", "\r")


def written_color(color: str, style: str) -> str:
    if "hex" in style:
        return "#" * (style == "#hex") + color[1:].upper()
    top = COLOR_STYLES[style][0]
    parts = [part * top / 255 for part in bytes.fromhex(color[1:])]
    if top == 1:
        return ",".join(f"{part:.4f}" for part in parts)
    return ", ".join(f"{part:.1f}" if style == "decimals" else str(round(part)) for part in parts)


@st.composite
def wif(draw, draft: Draft) -> bytes:
    """A draft as WIF. A title is written if there is one; without, the draft has the file's name."""
    style = draw(st.sampled_from(sorted(COLOR_STYLES)))
    comment = draw(st.sampled_from(["", " ; a comment", " # a comment", " // a comment"]))
    blank = draw(st.sampled_from(["0", "", None]))  # None: rows that say nothing are left out
    from_0 = draw(st.booleans())
    decimal = draw(st.sampled_from(["", ".0"]))

    palette = sorted({*(draft.end_colors or ()), *(draft.pick_colors or ()), "#ffffff"})
    most = len(palette) + 3
    numbers = sorted(draw(st.sets(st.integers(0, most), min_size=len(palette), max_size=len(palette))))
    index = dict(zip(palette, numbers, strict=True))

    def rows(sets: list[list[int]], from_0: bool = False) -> dict:
        nothing = "" if from_0 and blank else blank  # where yarns count from 0, a 0 may be the first shaft
        said = {row: ",".join(map(str, values)) or nothing for row, values in enumerate(sets, not from_0)}
        # the first is needed to tell where they count from, one of the last to tell how many there are
        used = max((row for row, values in enumerate(sets, 1) if values), default=0)
        kept = {int(not from_0), *([] if 2 * used >= len(sets) else [len(said) - from_0])}
        return {row: value or "" for row, value in said.items() if value is not None or row in kept}

    def members(table) -> list[list[int]]:
        return [[k + 1 for k, on in enumerate(row) if on] for row in table.tolist()]

    sections = {
        "WEAVING": {
            "Shafts": f"{draft.shaft_count}{decimal}",
            "Treadles": f"{draft.treadle_count}{decimal}",
            "Rising Shed": draw(st.sampled_from(["true", "yes", "ON", "1"])),
        },
        "THREADING": rows([[shaft] if shaft else [] for shaft in draft.threading.tolist()], from_0),
    }
    if draft.tie_up is not None:
        sections["TIEUP"] = rows(members(draft.tie_up.T))
        sections["TREADLING"] = rows(members(draft.treadling), from_0)
    else:
        sections["LIFTPLAN"] = rows(members(draft.lift_plan), from_0)
    for side, colors, count in (
        ("WARP", draft.end_colors, draft.end_count),
        ("WEFT", draft.pick_colors, draft.pick_count),
    ):
        sections[side] = {"Threads": f"{count}{decimal}", "Units": "centimeters", "Spacing": "0.212"}
        if colors is None:
            continue
        default = draw(st.sampled_from([None, *sorted(set(colors))]))
        if default is not None:
            sections[side]["Color"] = index[default]
        listed = {
            yarn: index[color]
            for yarn, color in enumerate(colors, not from_0)
            if color != default or draw(st.booleans())
        }
        if listed:
            sections[f"{side} COLORS"] = listed
    if draft.end_colors or draft.pick_colors:
        limits = COLOR_STYLES[style][1]
        sections["COLOR PALETTE"] = {"Entries": len(palette), "Form": "RGB"} | ({"Range": limits} if limits else {})
        sections["COLOR TABLE"] = {number: written_color(color, style) for color, number in index.items()}
    if draft.name != "cloth":
        sections["TEXT"] = {"Author": "a weaver"}
    names = draw(st.permutations(list(sections)))
    cased = draw(st.sampled_from([str.upper, str.lower, str.title]))
    lines = ["[WIF]", "Version=1.1", "; a comment", "# another", ""]
    for name in names:
        lines += [f"[{cased(name)}]", *(f"{key}={value}{comment}" for key, value in sections[name].items()), ""]
    if draft.name != "cloth":
        lines += ["[TEXT]", f"Title={draft.name}"]
    return draw(st.sampled_from(NEWLINES)).join(lines).encode(draw(st.sampled_from(ENCODINGS)))


@st.composite
def dtx(draw, draft: Draft) -> bytes:
    """A draft with colours on both sides or none as DTX."""
    cased = draw(st.sampled_from([str.upper, str.lower, str.title]))
    per_line = draw(st.integers(1, 30))
    comma = draw(st.sampled_from([",", ", "]))

    def lines(words: list) -> list[str]:
        return ["  ".join(map(str, words[k : k + per_line])) for k in range(0, len(words), per_line)]

    def bits(table) -> list[str]:
        return ["".join("01"[int(on)] for on in row) for row in table]

    info = {"shafts": draft.shaft_count, "treadles": draft.treadle_count, "ends": draft.end_count}
    info["picks"] = draft.pick_count
    sections = {
        "Info": [f"%%{key} {value} " for key, value in info.items()],
        "Threading": lines(draft.threading.tolist()),
    }
    if draw(st.booleans()):
        sections["Imprint"] = ["PCW 4.2.0 Silver", "Tuesday, June 11, 2024, 19:10"]
    if draft.name != "cloth":
        sections["Description"] = [draft.name]
    if draft.tie_up is not None:
        sections["Tieup"] = bits(draft.tie_up[::-1])
        pressed = [[k + 1 for k, on in enumerate(row) if on] or [0] for row in draft.treadling]
        sections["Treadling"] = ["%%compound", *lines([comma.join(map(str, row)) for row in pressed])]
    else:
        sections["Liftplan"] = ["%%", *bits(draft.lift_plan)]
    if draft.end_colors:
        palette = sorted({*draft.end_colors, *draft.pick_colors})
        name = draw(st.sampled_from(["Color Palet", "Color Palette"]))
        sections[name] = [written_color(color, draw(st.sampled_from(["range", "#hex"]))) for color in palette]
        for side, colors in (("Warp", draft.end_colors), ("Weft", draft.pick_colors)):
            sections[f"{side} Colors"] = lines([palette.index(color) for color in colors])
    parts = ["@@StartDTX", "%%version 1", ""]
    for name in draw(st.permutations(list(sections))):
        parts += [f"@@{cased(name)}", *sections[name], ""]
    return draw(st.sampled_from(NEWLINES)).join([*parts, "@@EndDTX"]).encode(draw(st.sampled_from(ENCODINGS)))


def wpo(draft: Draft, sett: int = 0) -> bytes:
    """A draft without a name as WPO, in the layout that dtx-to-wif reads."""
    several = draft.tie_up is not None and (draft.treadling.sum(axis=1) > 1).any()
    kind = 100 if draft.tie_up is None else 102 if several else 101
    palette = sorted({*(draft.end_colors or ()), *(draft.pick_colors or ())})

    def counted(values: list[int]) -> bytes:
        return len(values).to_bytes(2, "big") + bytes(values)

    def masks(table) -> bytes:
        size = (table.shape[1] - 1) // 8 + 1
        return b"".join(sum(1 << k for k, on in enumerate(row) if on).to_bytes(size, "little") for row in table)

    def inks(colors) -> bytes:  # of the whole sheet, whose other yarns are white or any colour
        return counted([palette.index(color) for color in colors] + [0] * 9 if colors else [])

    parts = [
        bytes([123, 7, kind, 10, draft.shaft_count, draft.treadle_count, 0, 0, 1, sett, sett, 1, 134]),
        bytes([4, 176, 4, 176, 1, 3, 6, 7, 7, 0, 0]),
        counted(draft.threading.tolist()),
        inks(draft.end_colors),
        inks(draft.pick_colors),
    ]
    if draft.tie_up is None:
        parts += [draft.pick_count.to_bytes(2, "big"), masks(draft.lift_plan)]
    else:
        parts.append(masks(draft.tie_up.T))
        if several:
            parts += [draft.pick_count.to_bytes(2, "big"), masks(draft.treadling)]
        else:
            parts.append(counted([int(row.argmax()) + 1 if row.any() else 0 for row in draft.treadling]))
    rgb = b"".join(bytes.fromhex(color[1:]) for color in palette)
    return b"".join([*parts, bytes(66), bytes([len(palette)]), rgb])

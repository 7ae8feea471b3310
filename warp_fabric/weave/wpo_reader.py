"""Reading WPO, the binary format of WeavePoint, whose layout dtx-to-wif knows."""

from __future__ import annotations

import io

from warp_fabric.errors import DraftError
from warp_fabric.weave.file_colors import yarn_colors
from warp_fabric.weave.file_contents import FileContents, Note, Sets

_MARK = 0x7B
_NEWEST = 7
_KINDS = {100: "lift plan", 101: "single treadles", 102: "several treadles"}


def read_wpo(content: bytes, stem: str, note: Note) -> FileContents:
    """What a WPO file says. It declares the size of its sheet, so that the yarns are those it threads and lifts.

    Args:
        content: The file.
        stem: The draft's name; the file has none.
        note: Called with a sentence about each doubtful thing.

    Raises:
        DraftError: If it is not WPO, or damaged; without the file.
    """
    try:
        return _read(content, stem, note)
    except EOFError as error:
        raise DraftError("the file ends too early", fix="copy or save it again: part of it is missing") from error


def _read(content: bytes, stem: str, note: Note) -> FileContents:
    from dtx_to_wif import binary_file_reader, wpo_reader

    file = binary_file_reader.BinaryFileReader(io.BytesIO(content), big_endian=True)
    if file.read_uint8() != _MARK:
        fix = "save it again as .wpo, or correct the file's extension"
        raise DraftError("this is not a WeavePoint file", fix=fix)
    version = file.read_uint8()
    if version > _NEWEST:
        note(f"a WeavePoint file newer than version {_NEWEST}; it may be read wrongly")
    kind = _KINDS.get(number := file.read_uint8())
    if kind is None:
        fix = "open it in WeavePoint and save it again"
        raise DraftError(f"{number} is not a kind of WeavePoint file (100 to 102)", fix=fix)
    file.read_bytes(1)  # zoom
    shafts, treadles = file.read_uint8(), file.read_uint8()
    file.read_bytes(1)
    rising_shed = file.read_uint8() == 0
    file.read_bytes(16)  # sett, size of the sheet and settings
    threading = _one_each(wpo_reader.read_dict_of_int(file))
    inks = {side: wpo_reader.read_dict_of_int(file) for side in ("warp", "weft")}
    tie_up: Sets = {}
    treadling: Sets = {}
    lift_plan: Sets = {}
    if not shafts or (kind != "lift plan" and not treadles):
        raise DraftError("there are no shafts or treadles", fix="open it in WeavePoint and save it again")
    if kind == "lift plan":
        lift_plan = wpo_reader.read_bitmask_sequence(file, bits_per_mask=shafts)
    else:
        tie_up = wpo_reader.read_bitmask_sequence(file, bits_per_mask=shafts, num_masks=treadles)
        if kind == "single treadles":
            treadling = _one_each(wpo_reader.read_dict_of_int(file))
        else:
            treadling = wpo_reader.read_bitmask_sequence(file, bits_per_mask=treadles)
    file.read_bytes(66)  # grids
    top = 255 if version >= 4 else 63
    table = {number: _hex(wpo_reader.read_rgb(file), top) for number in range(file.read_uint8())}
    counts = {"warp": len(threading), "weft": len(treadling or lift_plan)}
    for what, count in (("end is threaded", counts["warp"]), ("pick is woven", counts["weft"])):
        if not count:
            raise DraftError(f"no {what}", fix="open it in WeavePoint, and save it again with a draft in it")
    colors = {
        side: yarn_colors(side.upper(), counts[side], listed, listed.get(len(listed)), table, note)
        for side, listed in inks.items()
    }
    return FileContents(
        name=stem,
        threading=threading,
        tie_up=tie_up,
        treadling=treadling,
        lift_plan=lift_plan,
        end_count=counts["warp"],
        pick_count=counts["weft"],
        shaft_count=shafts,
        treadle_count=treadles,
        rising_shed=rising_shed,
        end_colors=colors["warp"],
        pick_colors=colors["weft"],
    )


def _one_each(numbers: dict[int, int]) -> Sets:
    return {row: [number] for row, number in numbers.items()}


def _hex(rgb: tuple[int, int, int], top: int) -> str:
    if max(rgb) > top:
        raise DraftError(
            f"colour {rgb} of the table is out of range 0-{top}", fix="open it in WeavePoint and save it again"
        )
    return "#" + "".join(f"{round(255 * part / top):02x}" for part in rgb)

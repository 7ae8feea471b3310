"""The weave files that tests read, and drafts that they write."""

import warnings
from pathlib import Path

from warp_fabric.weave import Draft, WeaveFileWarning, read_draft, write_draft

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


def written(draft: Draft, tmp_path: Path, suffix: str = ".wif") -> Path:
    path = tmp_path / f"cloth{suffix}"
    write_draft(draft, path)
    return path

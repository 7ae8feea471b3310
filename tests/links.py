"""Symbolic links, which not everybody may make on Windows."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest


def _can_link() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        try:
            (Path(folder) / "link").symlink_to("nothing")
        except OSError:
            return False
    return True


needs_links = pytest.mark.skipif(not _can_link(), reason="links may not be made here")

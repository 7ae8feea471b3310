"""Writing a file whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import uuid
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: str | os.PathLike) -> Iterator[Path]:
    """A temporary path beside `path`: write to it, and it takes `path`'s place when the block ends without error.

    Whatever happens, `path` holds either what it held or all of the new file, and nothing else is left behind
    (only a killed process leaves a `.NAME.*.tmp`).

    Raises:
        OSError: where the file cannot be written.
    """
    target = Path(os.path.realpath(path))  # a link stays a link
    if target.exists() and not target.is_file():
        raise OSError(f"{target} is not an ordinary file")
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(Path(path).parent))
    temporary = target.with_name(f".{target.name[:100]}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        if error.filename != str(temporary):
            raise
        raise OSError(error.errno, error.strerror, str(target)) from error  # the other name nobody has asked for
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()

"""Starting Warp: quietly unless it is asked to tell what it does, and with a kernel cache that can be written."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import warp as wp

from warp_fabric import WARP_WAS_THERE

NO_DRIVER = "Could not find or load the NVIDIA CUDA driver"


class CacheWarning(UserWarning):
    """Compiled kernels are kept elsewhere than where they were to be."""


_started = False


def start_warp(verbose: bool | None = None) -> None:
    """Initialise Warp, the first time this is called: before anything is asked of a device.

    Args:
        verbose: Whether Warp tells of modules and devices. None: as the program has set `wp.config`, if it had imported
            Warp before this package, and else not.
    """
    global _started
    if _started:
        return
    quiet = not verbose if verbose is not None else not WARP_WAS_THERE
    if quiet and wp.config.log_level == wp.LOG_INFO:  # nobody has chosen another
        wp.config.log_level = wp.LOG_WARNING
    with _without_regret() if quiet else contextlib.nullcontext():
        try:
            wp.init()
        except OSError:  # the cache's folder cannot be made
            _move_cache()
            wp.init()
    if not _writable(Path(str(wp.config.kernel_cache_dir))):
        _move_cache()
    _started = True


def _move_cache() -> None:
    """Keep compiled kernels in a temporary folder, with those that the one before has."""
    before, folder = Path(str(wp.config.kernel_cache_dir)), _own_folder()
    text = (
        f"kernels cannot be cached in {before}, and are in {folder} for now: set WARP_CACHE_PATH to a folder of yours"
    )
    warnings.warn(text, CacheWarning, stacklevel=3)
    if before.is_dir() and not any(folder.iterdir()):
        with contextlib.suppress(OSError, shutil.Error):
            shutil.copytree(before, folder, dirs_exist_ok=True)
    wp.config.kernel_cache_dir = str(folder)


def _own_folder() -> Path:
    """A folder in the temporary one that is this user's alone; the same every time where that can be."""
    user = os.getuid() if hasattr(os, "getuid") else "all"
    folder = Path(tempfile.gettempdir(), f"warp-fabric-kernels-{user}", wp.config.version)
    with contextlib.suppress(OSError):
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(exist_ok=True)
        if (user == "all" or folder.parent.stat().st_uid == user) and _writable(folder):
            return folder
    return Path(tempfile.mkdtemp(prefix="warp-fabric-kernels-"))


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@contextlib.contextmanager
def _without_regret() -> Iterator[None]:
    """Pass on what is written to stderr, but that there is no GPU, which Warp prints whatever it is set to."""
    try:
        sys.stderr.flush()
        stderr = os.dup(2)
    except (AttributeError, OSError):  # there is no stderr
        yield
        return
    with tempfile.TemporaryFile() as told_by_warp:
        os.dup2(told_by_warp.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            told_by_warp.seek(0)
            for line in told_by_warp.read().decode(errors="replace").splitlines():
                if NO_DRIVER not in line:
                    sys.stderr.write(f"{line}\n")

"""Putting an export's files in place: made in a folder beside their place, moved there when all are whole."""

from __future__ import annotations

import contextlib
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from pxr import Sdf, Tf, UsdUtils

from usd_export.leftovers import SUFFIXES, companions_of, remove_abandoned, workshop_folder
from usd_export.metadata import summary
from warp_fabric.errors import UsdError

FIX = "give a path in a folder that exists, can be written to and has room"


class Workshop:
    """A folder beside an export's place in which its files are made.

    Args:
        path: Where the export is to be.
        companions: Whether it has further files beside it.
        tidy: Whether further files that are not needed any more are removed.

    Attributes:
        folder: The folder. Nothing else is written until `show` or `deliver`; a killed process leaves it, and the next
            export to the same path removes it.
        root: The layer that opens the export, always binary at first.

    Raises:
        UsdError: where no file can be written there, or the path names no kind of USD file.
    """

    def __init__(self, path: str | os.PathLike, companions: bool, tidy: bool = True) -> None:
        self.path, self._tidy = Path(path), tidy
        suffix = self.path.suffix.lower()
        if suffix not in SUFFIXES:
            raise UsdError("this names no kind of USD file", where=str(path), fix=f"end it in {', '.join(SUFFIXES)}")
        if suffix == ".usdz" and companions:
            fix = "leave out layers and clips, or write a .usdc file"
            raise UsdError("a .usdz package is one file", where=str(path), fix=fix)
        with told(self.path):
            self._target = Path(os.path.realpath(self.path))  # a link stays a link
            if self._target.exists() and not self._target.is_file():
                raise OSError("it is not an ordinary file")
            remove_abandoned(self._target)
            self.folder = workshop_folder(self._target)
            self._known = companions_of(self._target)
            self.folder.mkdir()
        self.root = self.folder / f"{self._target.stem}.usdc"
        self._unneeded: set[str] = set()

    def companion(self, kind: str) -> Path:
        """Where to make a further file, `NAME.KIND.usdc`."""
        return self.folder / f"{self._target.stem}.{kind}.usdc"

    def whereabouts(self, companion: Path) -> Path:
        """Where a further file is now: still here, or already in its place."""
        return companion if companion.exists() else self._target.parent / companion.name

    def show(self, companions: list[Path], root: Sdf.Layer) -> bool:
        """Put further files in their places, and then the root as it is now, while all layers stay open.

        Files that the root before this one needed, and this one does not, stay until the next time: a program that
        has it open may yet read them.

        Returns:
            Whether it is shown: on Windows it is not while another program reads the file it replaces.
        """
        with told(self.path):
            made = self.folder / f"shown{self._target.suffix.lower()}"
            if not root.Export(str(made)):
                raise OSError("the root cannot be written")
            try:
                self._put(companions, made)
            except PermissionError:
                return False
            unneeded = self._known - {each.name for each in companions}
            self._remove(unneeded & self._unneeded)
            self._unneeded = unneeded
        return True

    def deliver(self, companions: list[Path]) -> Path:
        """Move all files to their places, the root last; returns its path. All layers must be closed.

        What an earlier export to this path had beside it, and this one has not, is removed.
        """
        with told(self.path):
            self._put(companions, self._converted())
            self._remove(self._known - {each.name for each in companions})
        self.discard()
        return self.path

    def discard(self) -> None:
        """Remove the folder and what is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _put(self, companions: list[Path], root: Path) -> None:
        moved = [each for each in companions if each.exists()]  # others are in their places
        for each in (*moved, root):
            with open(each, "rb+") as file:
                os.fsync(file.fileno())
        for each in moved:
            os.replace(each, self._target.parent / each.name)
            self._known.add(each.name)
        os.replace(root, self._target)

    def _remove(self, names: set[str]) -> None:
        for name in names if self._tidy else ():
            with contextlib.suppress(OSError):  # in use by another program, on Windows
                (self._target.parent / name).unlink(missing_ok=True)
                self._known.discard(name)

    def _converted(self) -> Path:
        suffix = self._target.suffix.lower()
        made = self.folder / f"converted{suffix}"
        if suffix == ".usda":
            layer = Sdf.Layer.FindOrOpen(str(self.root))
            if not layer or not layer.Export(str(made)):
                raise OSError("it cannot be written as text")
            return made
        if suffix == ".usdz":
            if not UsdUtils.CreateNewUsdzPackage(Sdf.AssetPath(str(self.root)), str(made)) or not _whole(made):
                raise OSError("it cannot be packed: the disk may be full")
            return made
        return self.root


def _whole(package: Path) -> bool:
    """Whether all of a package was written: USD does not tell where the disk was full."""
    try:
        with zipfile.ZipFile(package) as packed:
            return packed.testzip() is None
    except zipfile.BadZipFile:
        return False


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what can go wrong with files into a `UsdError`."""
    try:
        yield
    except Tf.ErrorException as error:
        raise UsdError(f"the USD file cannot be written: {summary(error)}", where=str(path), fix=FIX) from error
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        raise UsdError(f"the USD file cannot be written: {error}", where=str(path), fix=FIX) from error

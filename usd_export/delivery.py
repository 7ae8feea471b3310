"""Putting an export's files in place: made in a folder beside their place, moved there when all are whole."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from pxr import Sdf, Tf, UsdUtils

from usd_export.leftovers import (
    PLACED,
    SUFFIXES,
    companions_of,
    free_stem,
    remove_abandoned,
    remove_unneeded,
    workshop_folder,
)
from usd_export.metadata import summary
from warp_fabric.errors import UsdError

FIX = "give a path in a folder that exists, can be written to and has room"


class Workshop:
    """A folder beside an export's place in which its files are made.

    Further files never replace one that is there: replacing the root is all that turns one export into the next.

    Args:
        path: Where the export is to be.
        companions: Whether it has further files beside it.
        keep: Whether nothing that another program may have open is replaced or removed: each `show` makes a root of its
            own, `NAME.growing.1.usdc` and so on, and nothing that was shown is removed.

    Attributes:
        folder: The folder. Nothing else is written until `show` or `deliver`; a killed process leaves it, and the next
            export to the same path removes it.
        root: The layer that opens the export, always binary at first.
        shown: What was put in place last: the root, and the further files it needs.

    Raises:
        UsdError: where no file can be written there, or the file extension is not one of USD.
    """

    def __init__(self, path: str | os.PathLike, companions: bool, keep: bool = False) -> None:
        self.path, self._keep = Path(path), keep
        suffix = self.path.suffix.lower()
        if suffix not in SUFFIXES:
            raise UsdError("unsupported file extension", where=str(path), fix=f"end it in {', '.join(SUFFIXES)}")
        if suffix == ".usdz" and companions:
            fix = "leave out layers and clips, or write a .usdc file"
            raise UsdError("a .usdz package is one file", where=str(path), fix=fix)
        with usd_errors(self.path):
            self._target = Path(os.path.realpath(self.path))  # a link stays a link
            if self._target.exists() and not self._target.is_file():
                raise OSError("this is not an ordinary file")
            if companions and self._target.parent != Path(os.path.realpath(self.path.parent)):
                fix = f"give {self._target}, or leave out layers and clips"
                what = "this is a link into another folder, and further files would not be found from here"
                raise UsdError(what, where=str(path), fix=fix)
            remove_abandoned(self._target)
            self.folder = workshop_folder(self._target)
            self._known = companions_of(self._target)
            self._stem = free_stem(self._target)
            self.folder.mkdir()
        self.root = self.folder / f"{self._target.stem}.usdc"
        self.shown: list[Path] = []
        self._shows = 0
        self._placed: list[str] = []
        self._unneeded: set[str] = set()

    def companion(self, kind: str) -> Path:
        """Where to make a further file, `NAME.KIND.usdc`; `NAME.2.KIND.usdc` and so on where such names are taken."""
        return self.folder / f"{self._stem}.{kind}.usdc"

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
        with usd_errors(self.path):
            self._shows += 1
            place = self.companion(f"growing.{self._shows}").name if self._keep else self._target.name
            made = self.folder / f"shown{Path(place).suffix.lower()}"
            if not root.Export(str(made)):
                raise OSError("the root cannot be written")
            try:
                self._put(companions, made, self._target.with_name(place))
            except PermissionError:
                return False
            unneeded = self._known - {each.name for each in companions}
            self._remove(unneeded & self._unneeded)
            self._unneeded = unneeded
        return True

    def deliver(self, companions: list[Path]) -> Path:
        """Move all files to their places, the root last; returns its path. All layers must be closed.

        What an earlier export to this path had beside it, and this one has not, is removed. With `keep`, the root is
        `NAME.2.usdc` or so where another program has the one open that is there, and does not let it be replaced.
        """
        with usd_errors(self.path):
            made = self._converted()
            try:
                self._put(companions, made, self._target)
            except PermissionError:
                if not self._keep:
                    raise
                self._put(companions, made, self._free_place())
            self._remove(self._known - {each.name for each in companions})
        self.discard()
        return self.shown[0]

    def discard(self) -> None:
        """Remove the folder and what is in it, and what was put in place for a root that was not."""
        remove_unneeded(self._target, self._placed)
        self._placed.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _put(self, companions: list[Path], root: Path, place: Path) -> None:
        moved = [each for each in companions if each.exists()]  # others are in their places
        for each in (*moved, root):
            with open(each, "rb+") as file:
                os.fsync(file.fileno())
        for each in moved:
            there = self._target.parent / each.name
            if each.name not in self._known:
                there.touch(exist_ok=False)  # another export may have come to that name in the meantime
                self._known.add(each.name)
                self._note_placed(each.name)
            os.replace(each, there)
        os.replace(root, place)
        self._placed.clear()
        self.shown = [self.path.with_name(each.name) for each in (place, *companions)]

    def _note_placed(self, name: str) -> None:
        if not self._keep:  # else a root that is not the target may need it later
            self._placed.append(name)
            (self.folder / PLACED).write_text("\n".join(self._placed), encoding="utf-8")

    def _free_place(self) -> Path:
        names = (f"{self._target.stem}.{number}{self._target.suffix}" for number in itertools.count(2))
        return next(place for place in map(self._target.with_name, names) if not place.exists())

    def _remove(self, names: set[str]) -> None:
        for name in () if self._keep else names:
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
def usd_errors(path: Path) -> Iterator[None]:
    """Turn what can go wrong with files into a `UsdError`."""
    try:
        yield
    except Tf.ErrorException as error:
        raise UsdError(f"the USD file cannot be written: {summary(error)}", where=str(path), fix=FIX) from error
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        raise UsdError(f"the USD file cannot be written: {error}", where=str(path), fix=FIX) from error

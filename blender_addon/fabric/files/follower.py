"""Playback where Blender was built without USD: a small process reads the file, a handler shows each frame's points."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, SimpleQueue

import bpy
import numpy as np

from warp_fabric import UsdError

from ...job.child import environment, python
from ..objects.yarn_objects import DIRECTION
from .paths import cache_path

PRIM = "fabric_prim"
"""Custom property of a fabric's objects: where the cache has their points."""
READER = Path(__file__).with_name("usd_reader.py")

forced = False
"""Whether to do without Blender's own USD even where it is there: for tests."""

PATIENCE = 10.0
"""Seconds to wait for an answer; meanwhile Blender stands still."""

_readers: dict[int, Reader] = {}
"""By Blender's number of the fabric (`session_uid`)."""


def needed() -> bool:
    """Whether this Blender cannot read USD by itself."""
    return forced or not bpy.app.build_options.usd


def players(obj: bpy.types.Object) -> list[bpy.types.Object]:
    """The objects of a fabric that its cache has points for: its surface and its yarns.

    Other fabrics may be its children, too.
    """
    return [each for each in (obj, *(child for child in obj.children if DIRECTION in child)) if PRIM in each]


class Reader:
    """A process that reads one file; it ends with this one, or at `close`.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._process = subprocess.Popen(
            [*python(), "-u", str(READER), str(path)],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asks, self._says = self._process.stdin, self._process.stdout
        self._answers: SimpleQueue[tuple[dict, list[np.ndarray]] | None] = SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def points(self, frame: float, prims: list[str]) -> list[np.ndarray]:
        """Points [n, 3] float32 of prims at one of the file's frames.

        Raises:
            UsdError: where the file has none, or the process is gone or does not answer.
        """
        self._tell(json.dumps({"frame": frame, "prims": prims}))
        try:
            answer = self._answers.get(timeout=PATIENCE)
        except Empty:
            what = f"the process that reads it has not answered for {PATIENCE:g} seconds"
            raise UsdError(what, where=str(self.path), fix="is its disk or network slow?") from None
        if answer is None:
            raise UsdError("the process that reads it has ended", where=str(self.path), fix="reload the blend file")
        head, points = answer
        if "error" in head:
            raise UsdError(head["error"], where=str(self.path), fix="simulate again")
        return points

    def reload(self) -> None:
        """Read the file anew from now on."""
        self._tell('{"reload": true}')

    def close(self) -> None:
        """End the process, which may have ended by itself."""
        with contextlib.suppress(OSError):
            self._asks.close()
        try:
            self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _tell(self, request: str) -> None:
        try:
            self._asks.write(request.encode() + b"\n")
            self._asks.flush()
        except OSError as error:
            what = "the process that reads it has ended"
            raise UsdError(what, where=str(self.path), fix="is usd-core installed?") from error

    def _listen(self) -> None:
        """Take in answers until there are no more; then None."""
        with self._says as stream:
            while line := stream.readline():
                head = json.loads(line)
                read = [stream.read(12 * n) for n in head.get("counts", ())]
                if any(len(part) < 12 * n for part, n in zip(read, head.get("counts", ()))):
                    break  # it ended amid an answer
                self._answers.put((head, [np.frombuffer(part, "<f4").reshape(-1, 3) for part in read]))
        self._answers.put(None)


def show(obj: bpy.types.Object, frame: float) -> None:
    """Give a fabric's objects the points that its cache has for a frame of the scene.

    Raises:
        UsdError: where the cache cannot be read.
    """
    path, there = cache_path(obj), players(obj)
    if path is None or not there or not path.is_file():
        return
    reader = _readers.get(obj.session_uid)
    if reader is None or reader.path != path:
        release(obj)
        reader = _readers[obj.session_uid] = Reader(path)
    try:
        found = reader.points(frame - obj.fabric.simulation.start, [each[PRIM] for each in there])
    except UsdError:
        release(obj)
        raise
    for each, points in zip(there, found):
        put(each, points)


def put(obj: bpy.types.Object, points: np.ndarray) -> None:
    """Give a mesh or curves object other points [n, 3]; those of another number are left alone."""
    data = obj.data
    attribute = data.attributes["position"]
    if len(attribute.data) == len(points):
        attribute.data.foreach_set("vector", np.ascontiguousarray(points, np.float32).ravel())
        data.update() if isinstance(data, bpy.types.Mesh) else data.update_tag()


def reload(obj: bpy.types.Object) -> None:
    """Show what has been added to a fabric's cache."""
    if obj.session_uid in _readers:
        _readers[obj.session_uid].reload()
    show(obj, bpy.context.scene.frame_current_final)


def release(obj: bpy.types.Object) -> None:
    """End the process that reads a fabric's cache."""
    reader = _readers.pop(obj.session_uid, None)
    if reader is not None:
        reader.close()


@bpy.app.handlers.persistent
def follow(scene: bpy.types.Scene, *_) -> None:
    """Show the frame that the scene has come to."""
    if not needed():
        return
    for each in scene.objects:
        if each.fabric.built and each.fabric.simulation.cache:
            try:
                show(each, scene.frame_current_final)
            except UsdError as error:
                sys.stderr.write(f"{error}\n")
    for gone in _readers.keys() - {each.session_uid for each in bpy.data.objects} if _readers else ():
        _readers.pop(gone).close()


def release_all() -> None:
    """End all those processes."""
    for reader in _readers.values():
        reader.close()
    _readers.clear()

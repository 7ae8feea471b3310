"""Playback where Blender was built without USD: a small process reads the file, a handler shows each frame's points."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np

from warp_fabric import UsdError

from .paths import cache_path

PRIM = "fabric_prim"
"""Custom property of a fabric's objects: where the cache has their points."""
READER = Path(__file__).with_name("usd_reader.py")

forced = False
"""Whether to do without Blender's own USD even where it is there: for tests."""

_readers: dict[str, Reader] = {}


def needed() -> bool:
    """Whether this Blender cannot read USD by itself."""
    return forced or not bpy.app.build_options.usd


def players(obj: bpy.types.Object) -> list[bpy.types.Object]:
    """The objects of a fabric that its cache has points for: its surface and its yarns."""
    return [each for each in (obj, *obj.children) if PRIM in each]


class Reader:
    """A process that reads one file; it ends with this one, or at `close`.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        from ..job.child import environment  # jobs show their frames by playback

        self.path = path
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-u", str(READER), str(path)],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asks, self._says = self._process.stdin, self._process.stdout

    def points(self, frame: float, prims: list[str]) -> list[np.ndarray]:
        """Points [n, 3] float32 of prims at one of the file's frames.

        Raises:
            UsdError: where the file has none, or the process is gone.
        """
        head = self._said(json.dumps({"frame": frame, "prims": prims}))
        if "error" in head:
            raise UsdError(head["error"], where=str(self.path), fix="simulate again")
        return [np.frombuffer(self._says.read(12 * n), "<f4").reshape(-1, 3) for n in head["counts"]]

    def reload(self) -> None:
        """Read the file anew from now on."""
        self._tell('{"reload": true}')

    def close(self) -> None:
        """End the process."""
        self._asks.close()
        self._says.close()
        self._process.wait()

    def _said(self, request: str) -> dict:
        self._tell(request)
        line = self._says.readline()
        if not line:
            raise UsdError("the process that reads it has ended", where=str(self.path), fix="reload the blend file")
        return json.loads(line)

    def _tell(self, request: str) -> None:
        try:
            self._asks.write(request.encode() + b"\n")
            self._asks.flush()
        except OSError as error:
            what = "the process that reads it has ended"
            raise UsdError(what, where=str(self.path), fix="is usd-core installed?") from error


def show(obj: bpy.types.Object, frame: float) -> None:
    """Give a fabric's objects the points that its cache has for a frame of the scene.

    Raises:
        UsdError: where the cache cannot be read.
    """
    path, there = cache_path(obj), players(obj)
    if path is None or not there or not path.is_file():
        return
    reader = _readers.get(obj.fabric.identity)
    if reader is None or reader.path != path:
        release(obj)
        reader = _readers[obj.fabric.identity] = Reader(path)
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
    if obj.fabric.identity in _readers:
        _readers[obj.fabric.identity].reload()
    show(obj, bpy.context.scene.frame_current_final)


def release(obj: bpy.types.Object) -> None:
    """End the process that reads a fabric's cache."""
    reader = _readers.pop(obj.fabric.identity, None)
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


def release_all() -> None:
    """End all those processes."""
    for reader in _readers.values():
        reader.close()
    _readers.clear()

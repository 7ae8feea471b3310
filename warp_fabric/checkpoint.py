"""Checkpoints: all that an interrupted run needs to continue bit for bit, in one file that a crash cannot spoil.

The file holds a header (whose run this is), two slots for the solver's state, written in turn, and a log of frames and
step statistics that grows. A slot says how much of the log belongs to it, and has a checksum over both. Whenever the
process dies, one slot is whole; what the log holds beyond it is cut off. So a checkpoint costs what is new in it.
"""

from __future__ import annotations

import json
import math
import os
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from warp_fabric.atomic import replacing
from warp_fabric.errors import TrajectoryError
from warp_fabric.scene import Scene
from warp_fabric.scene.moved import same_scene, scene_difference
from warp_fabric.trajectory import components

MAGIC = b"warp-fabric checkpoint 1\n"
STATE = {"position": 3, "sliding": 2, "velocity": 3, "sliding_velocity": 2, "anchor": 2}
FRAME = {**STATE, "compression": 1}
RESTART = "start the run over (--restart)"
_SLOT = struct.Struct("<QQQI?")  # sequence, steps done, length and checksum of the log, whether there is a previous one
_BLOCK = struct.Struct("<QQ")  # bytes of JSON, frames
_SUM = struct.Struct("<I")
_LENGTH = struct.Struct("<Q")


def checkpoint_path(path: str | os.PathLike) -> Path:
    """Where the checkpoint of a run to this trajectory file is: run.h5.checkpoint."""
    path = Path(path)
    return path.with_name(path.name + ".checkpoint")


@dataclass
class Snapshot:
    """A run between two steps.

    Attributes:
        steps_done: Steps taken.
        state: Arrays of the state by name, [picks, ends, k]; with panels [crossings, k], here and below.
        previous: Those of the state one step before, None where the next step is an Euler step.
        time: [frames] s. frames: arrays of the frames kept so far by data set name, [frames, picks, ends, ...].
        reports: Statistics of each step taken.
    """

    steps_done: int
    state: dict[str, np.ndarray]
    previous: dict[str, np.ndarray] | None
    time: np.ndarray
    frames: dict[str, np.ndarray]
    reports: list[dict]


@dataclass
class Checkpoint:
    """The checkpoint file of one run.

    Args:
        path: Where it is.
        identity: What must be the same for a run to be continued: the scene's text, the version, ... Not so `folder`,
            the checkpoint's, from which paths in that text are the same.
        shape: (picks, ends), or as `Scene.grid` has it.
        frame: The arrays of a frame and the numbers of a crossing in each; 1: without a last axis.
    """

    path: Path
    identity: Mapping[str, str]
    shape: tuple[int, ...]
    frame: Mapping[str, int] = field(default_factory=lambda: FRAME)
    _log_start: int = field(init=False, default=0)
    _log_length: int = field(init=False, default=0)
    _log_sum: int = field(init=False, default=0)
    _sequence: int = field(init=False, default=0)
    _frames: int = field(init=False, default=0)
    _reports: int = field(init=False, default=0)

    @classmethod
    def of(cls, path: Path, identity: Mapping[str, str], scene: Scene) -> Checkpoint:
        """That of a run of a scene."""
        frame = {name: max(count, 1) for name, count in components(scene).items()}
        return cls(path, identity, scene.grid, frame)

    @property
    def exists(self) -> bool:
        return self.path.exists()

    def write(self, run: Snapshot) -> None:
        """Bring the file up to date with a run that has gone on since the last `write` or `read`.

        Raises:
            OSError: where it cannot be written; what was written before stays good.
        """
        if self._sequence:
            try:
                with open(self.path, "r+b") as file:
                    self._extend(file, run)
                return
            except FileNotFoundError:  # removed meanwhile: write all of it again
                pass
        self._log_length = self._log_sum = self._sequence = self._frames = self._reports = 0
        header = json.dumps(dict(self.identity)).encode()
        with replacing(self.path) as temporary:
            with open(temporary, "xb") as file:
                file.write(MAGIC + _LENGTH.pack(len(header)) + header + _SUM.pack(zlib.crc32(header)))
                self._log_start = file.tell() + 2 * self._slot_size
            with open(temporary, "r+b") as file:
                self._extend(file, run)

    def read(self) -> Snapshot:
        """The run as of the last checkpoint.

        Raises:
            TrajectoryError: where the file cannot be read, is damaged, or is of another run.
        """
        try:
            with open(self.path, "rb") as file:
                self._check_header(file)
                slots = [self._slot(file) for _ in range(2)]
                for slot in sorted(slots, key=lambda slot: slot[0][0], reverse=True):
                    run = self._run(file, *slot)
                    if run is not None:
                        return run
        except (OSError, ValueError, KeyError, struct.error, MemoryError) as error:
            raise self._error(f"the checkpoint cannot be read: {error}", RESTART) from error
        raise self._error("the checkpoint is damaged", RESTART)

    def frame_count(self) -> int:
        """How many frames the file holds, without reading them.

        Raises:
            TrajectoryError: where the file cannot be read, or its header is damaged.
        """
        frame_size, count, at = 8 * (1 + self._node_count * sum(self.frame.values())), 0, 0
        try:
            with open(self.path, "rb") as file:
                self._check_header(file)
                length = max(self._slot(file)[0] for _ in range(2))[2]
                while at < length:
                    file.seek(self._log_start + at)
                    text_length, frames = _BLOCK.unpack(file.read(_BLOCK.size))
                    at, count = at + _BLOCK.size + text_length + frames * frame_size, count + frames
        except (OSError, ValueError, struct.error) as error:
            raise self._error(f"the checkpoint cannot be read: {error}", RESTART) from error
        return count

    @classmethod
    def identity_of(cls, path: Path) -> dict[str, str]:
        """What a checkpoint file says about the run it is of; see `identity`.

        Raises:
            TrajectoryError: where it cannot be read or is damaged.
        """
        checkpoint = cls(path, {}, (0, 0))
        try:
            with open(path, "rb") as file:
                return checkpoint._check_header(file)
        except (OSError, ValueError, KeyError, struct.error, MemoryError) as error:
            raise checkpoint._error(f"the checkpoint cannot be read: {error}", RESTART) from error

    def remove(self) -> None:
        """Remove the file if it is there.

        Raises:
            TrajectoryError: where it cannot be removed.
        """
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise self._error(f"the checkpoint cannot be removed: {error}", "remove it by hand") from error
        self._sequence = 0

    @property
    def _node_count(self) -> int:
        return math.prod(self.shape)

    @property
    def _slot_size(self) -> int:
        return _SLOT.size + 2 * 8 * sum(STATE.values()) * self._node_count + _SUM.size

    def _extend(self, file: BinaryIO, run: Snapshot) -> None:
        file.seek(self._log_start + self._log_length)
        file.truncate()
        reports = json.dumps(run.reports[self._reports :]).encode()
        new = slice(self._frames, len(run.time))
        length, checksum = self._log_length, self._log_sum
        parts = [_BLOCK.pack(len(reports), len(run.time) - self._frames), reports, _bytes(run.time[new])]
        parts += [_bytes(run.frames[name][new]) for name in self.frame]
        for part in parts:
            file.write(part)
            length, checksum = length + len(part), zlib.crc32(part, checksum)
        _flush(file)
        slot = _SLOT.pack(self._sequence + 1, run.steps_done, length, checksum, run.previous is not None)
        for arrays in (run.state, run.previous or run.state):
            slot += b"".join(_bytes(arrays[name]) for name in STATE)
        file.seek(self._log_start - self._slot_size * (1 + self._sequence % 2))
        file.write(slot + _SUM.pack(zlib.crc32(slot)))
        _flush(file)
        self._log_length, self._log_sum, self._sequence = length, checksum, self._sequence + 1
        self._frames, self._reports = len(run.time), len(run.reports)

    def _check_header(self, file: BinaryIO) -> dict[str, str]:
        size = os.fstat(file.fileno()).st_size
        if file.read(len(MAGIC)) != MAGIC:
            raise self._error("this is not a checkpoint in this version's format", RESTART)
        (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
        header = file.read(length) if length < size else b""
        if file.read(_SUM.size) != _SUM.pack(zlib.crc32(header)):
            raise self._error("the checkpoint is damaged", RESTART)
        found = json.loads(header)
        for name, value in self.identity.items():
            if name != "folder" and found.get(name) != value and not (name == "scene" and self._has_scene(found)):
                what = _difference(name, str(found.get(name)), value)
                raise self._error(f"the checkpoint is of another run: {what}", f"resume that run, or {RESTART}")
        self._log_start = file.tell() + 2 * self._slot_size
        if size < self._log_start:
            raise self._error("the checkpoint is damaged", RESTART)
        return found

    def _has_scene(self, found: Mapping[str, str]) -> bool:
        """Whether the scene that was found is that of the run, moved or not."""
        own = self.identity
        return same_scene(found["scene"], found.get("folder"), own["scene"], own.get("folder"))

    def _slot(self, file: BinaryIO) -> tuple[tuple, bytes]:
        data = file.read(self._slot_size)
        body, checksum = data[: -_SUM.size], data[-_SUM.size :]
        head = _SLOT.unpack_from(body)
        return (head if checksum == _SUM.pack(zlib.crc32(body)) else (0, *head[1:])), body

    def _run(self, file: BinaryIO, head: tuple, body: bytes) -> Snapshot | None:
        """The run that a slot describes, None where the slot or its part of the log is damaged."""
        sequence, steps_done, length, checksum, has_previous = head
        if not sequence or length > os.fstat(file.fileno()).st_size:
            return None
        file.seek(self._log_start)
        log = file.read(length)
        if len(log) != length or zlib.crc32(log) != checksum:
            return None
        times, frames, reports, at = [], {name: [] for name in self.frame}, [], 0
        while at < length:
            text_length, count = _BLOCK.unpack_from(log, at)
            at += _BLOCK.size
            reports += json.loads(log[at : at + text_length])
            at += text_length
            times.append(np.frombuffer(log, float, count, at))
            at += 8 * count
            for name, width in self.frame.items():
                frames[name].append(np.frombuffer(log, float, count * self._node_count * width, at))
                at += frames[name][-1].nbytes
        states = self._states(body)
        self._log_length, self._log_sum, self._sequence = length, checksum, sequence
        kept = {}
        for name, parts in frames.items():
            width = self.frame[name]
            kept[name] = np.concatenate(parts).reshape(-1, *self.shape, *([width] if width > 1 else []))
        run = Snapshot(steps_done, states[0], states[1] if has_previous else None, np.concatenate(times), kept, reports)
        self._frames, self._reports = len(run.time), len(reports)
        return run

    def _states(self, body: bytes) -> list[dict[str, np.ndarray]]:
        states, at = [], _SLOT.size
        for _ in range(2):
            arrays = {}
            for name, width in STATE.items():
                arrays[name] = np.frombuffer(body, float, self._node_count * width, at).reshape(*self.shape, width)
                at += arrays[name].nbytes
            states.append(arrays)
        return states

    def _error(self, what: str, fix: str) -> TrajectoryError:
        return TrajectoryError(what, where=str(self.path), fix=fix)


def _bytes(array: np.ndarray) -> bytes:
    return np.ascontiguousarray(array, float).tobytes()


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _difference(name: str, old: str, new: str) -> str:
    """What makes it another run, in words."""
    if name in ("forces", "meshes"):
        return f"its {name} differ"
    if name != "scene":
        return f"its {name} is {old}, this run's is {new}"
    return f"its scene differs ({scene_difference(old, new)})"

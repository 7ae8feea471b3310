"""A `warp-fabric` command in a process of its own, followed without ever waiting for it. Knows nothing of Blender."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import threading
import time
from collections import deque
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any, NamedTuple

Event = dict[str, Any]
"""One line of `--progress json`; what it is, is under "event"."""

LIVING = ("starting", "running", "cancelling")
LONGEST_LINE = 1 << 20
PATIENCE = 20.0
"""Seconds that a cancelled process has to leave a checkpoint and end; then it is terminated, and then killed."""
LAST_WORDS = 5
"""Lines of stderr that are shown of a process that ended without saying why."""


class JobError(NamedTuple):
    """What went wrong, where, and how to fix it; the last two may be empty."""

    what: str
    where: str = ""
    fix: str = ""


class Job:
    """A running command. Call `tick` from time to time: nothing changes in between, and nothing here ever blocks.

    Args:
        command: What to run; reads "cancel" on its standard input, or the end of it, as a wish to stop (`runner`).
        env: All its environment variables.
        cwd: The folder it runs in.
        patience: See `PATIENCE`.

    Attributes:
        state: "starting", "running", "cancelling"; in the end "done", "cancelled" or "failed".
        progress: 0 to 1.
        message: What goes on, in a few words.
        error: Of a failed job.
        frames_done: Frames simulated so far.
        seconds_left: None while it is not known.
        log: The last lines that were no events.
    """

    def __init__(self, command: list[str], env: dict[str, str], cwd: str | Path, patience: float = PATIENCE) -> None:
        self.state, self.message = "starting", "Starting"
        self.progress, self.frames_done = 0.0, 0
        self.seconds_left: float | None = None
        self.error: JobError | None = None
        self.log: deque[str] = deque(maxlen=200)
        self._last_words: deque[str] = deque(maxlen=LAST_WORDS)
        self._steps = self._frames = 0
        self._interrupted = False
        self._patience, self._deadline, self._ended = patience, 0.0, 0.0
        self._lines: SimpleQueue[tuple[bool, str]] = SimpleQueue()
        self._readers: list[threading.Thread] = []
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = subprocess.Popen(
                command,
                env=env,
                cwd=cwd,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            self._fail(JobError(f"the process cannot be started: {error.strerror}", command[0], "install it again"))
            return
        for stream, is_output in ((self._process.stdout, True), (self._process.stderr, False)):
            reader = threading.Thread(target=self._read, args=(stream, is_output), daemon=True)
            reader.start()
            self._readers.append(reader)

    @property
    def living(self) -> bool:
        """Whether the process still runs, or has left something to be told by `tick`."""
        return self.state in LIVING

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def tick(self) -> list[Event]:
        """Take in what the process has said since, and notice its end."""
        if not self.living:
            return []
        over = self._is_over()
        events = self._take_lines()
        if over:
            self._finish()
        elif self.state == "cancelling":
            self._press()
        return events

    def cancel(self) -> None:
        """Ask the process to stop; it leaves what is needed to go on later."""
        if self.state in ("starting", "running"):
            self.state, self.message = "cancelling", "Stopping"
            self.seconds_left = None
            self._deadline = time.monotonic() + self._patience
            assert self._process is not None
            stdin = self._process.stdin
            assert stdin is not None
            with contextlib.suppress(OSError):  # it has just ended: `tick` will see it
                stdin.write(b"cancel\n")
                stdin.flush()

    def stop(self, seconds: float) -> None:
        """Cancel, and wait for the end, at most so long: for when Blender leaves the file. Later it ends by itself."""
        self.cancel()
        if self._process is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()  # type: ignore[union-attr]
            until = time.monotonic() + seconds
            while self.living and time.monotonic() < until:
                self.tick()
                time.sleep(0.01)

    def take(self, event: Event) -> None:
        """Follow one event; a kind of job that has more of them overrides this."""
        kind = event["event"]
        if kind == "start":
            self._steps, self._frames = event.get("steps") or 0, (event.get("frames") or 0) + 1
            if event.get("steps_done"):  # it goes on: the first frames are there
                self.frames_done = event["steps_done"] * (self._frames - 1) // self._steps + 1
            self.say("Simulating" if self._steps else "Looking for the rest shape")
        elif kind == "step":
            self.seconds_left = event.get("seconds_left")
        elif kind == "iteration":
            self.say(f"Iteration {event.get('iteration')}")
        elif kind == "frame":
            self.frames_done = event["frame"] + 1
            self.say(f"Frame {self.frames_done} of {self._frames}")
        elif kind == "export":
            self.progress = event["done"] / max(event["count"], 1)
            self.say(f"Frame {event['done']} of {event['count']}")
        if kind in ("start", "step") and self._steps:
            self.progress = min(event.get("steps_done", 0) / self._steps, 1.0)

    def say(self, message: str) -> None:
        """What goes on; not while it is being cancelled."""
        if self.state == "running":
            self.message = message

    def _take_lines(self) -> list[Event]:
        events = []
        with contextlib.suppress(Empty):
            while True:
                is_output, line = self._lines.get_nowait()
                event = _event(line) if is_output else None
                if event is None:
                    self.log.append(line)
                    if not is_output and line.strip():
                        self._last_words.append(line)
                    continue
                if self.state == "starting":
                    self.state = "running"
                if event["event"] == "error":
                    self.error = JobError(*(str(event.get(key) or "") for key in JobError._fields))
                self._interrupted |= event["event"] == "interrupted"
                try:
                    self.take(event)
                except (KeyError, TypeError, ValueError):  # not as this version writes them
                    self.log.append(line)
                    continue
                events.append(event)
        return events

    def _is_over(self) -> bool:
        """Whether the process has ended and all it said is in the queue (or held open by something it started)."""
        assert self._process is not None
        if self._process.poll() is None:
            return False
        self._ended = self._ended or time.monotonic()
        return not any(each.is_alive() for each in self._readers) or time.monotonic() > self._ended + 2.0

    def _press(self) -> None:
        """Terminate a cancelled process that goes on for too long; the next time, kill it."""
        assert self._process is not None
        if time.monotonic() > self._deadline and self._process.poll() is None:
            self._deadline = time.monotonic() + self._patience / 4
            if self.message == "Stopping":
                self.message = "Stopping, as it does not answer"
                self._process.terminate()
            else:
                self._process.kill()

    def _finish(self) -> None:
        assert self._process is not None
        code, cancelled = self._process.returncode, self.state == "cancelling" or self._interrupted
        with contextlib.suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]
        self.seconds_left = None
        if self.error is not None and not cancelled:
            self._fail(self.error)
        elif code == 0:
            self.state, self.message, self.progress = "done", "Done", 1.0
        elif cancelled:
            self.state, self.message, self.error = "cancelled", "Cancelled", None
        else:
            self._fail(JobError(f"the process ended {_how(code)}", "", _advice(code, self._last_words)))

    def _fail(self, error: JobError) -> None:
        self.state, self.message, self.error = "failed", "Failed", error

    def _read(self, stream: IO[bytes], is_output: bool) -> None:
        with stream:
            while line := stream.readline(LONGEST_LINE):
                self._lines.put((is_output, line.decode(errors="replace").rstrip("\r\n")))


def _event(line: str) -> Event | None:
    """The event that a line tells, None where it tells none."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("event"), str) else None


def _how(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"by {signal.Signals(-code).name}"
    return f"with exit status {code}"


def _advice(code: int, last_words: deque[str]) -> str:
    if last_words:
        return "\n".join(last_words)
    if code == -9:
        return "if the machine ran out of memory, make the cloth smaller or keep fewer frames"
    return "see the system console"

"""What the process runs: the command line, stopped by a line "cancel" or the end of standard input.

So cancelling works alike on every system, and no process outlives a Blender that crashed.
"""

from __future__ import annotations

import _thread
import os
import signal
import threading

GRACE = 30.0
"""Seconds to leave a checkpoint and end, once Blender is gone."""


def main() -> None:
    """Run `warp-fabric` with this process's arguments."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where whoever started Blender ignores it
    threading.Thread(target=_listen, daemon=True).start()
    from warp_fabric.cli import main as command_line

    command_line()


def _listen() -> None:
    """Interrupt the main thread, once, when it is to stop. Reads the file descriptor: a daemon thread must not hold
    the lock of `sys.stdin` when Python ends."""
    said, asked = b"", False
    while part := os.read(0, 4096):
        said += part
        if not asked and b"cancel" in said.split(b"\n")[:-1]:
            asked = True
            _thread.interrupt_main()
        said = said[said.rfind(b"\n") + 1 :][-4096:]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # nobody reads them any more
        os.dup2(nowhere, stream)
    if not asked:
        _thread.interrupt_main()
    threading.Event().wait(GRACE)
    os._exit(130)


if __name__ == "__main__":
    main()

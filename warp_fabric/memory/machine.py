"""Memory that there is for a run: the machine's, or less where the process has a limit of its own (a container)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

try:
    import psutil
except ImportError:  # on a machine with the numeric packages only
    psutil = None

CGROUPS = Path("/sys/fs/cgroup")
GROUPS_OF_THIS_PROCESS = Path("/proc/self/cgroup")


class Room(NamedTuple):
    """Bytes that can still be had, and who says so: "this machine", "this container"."""

    size: int
    of: str


def room() -> Room | None:
    """What can be had without others' giving way; None where the system does not tell."""
    found = [Room(size, "this container") for size in _groups()]
    machine = psutil.virtual_memory().available if psutil is not None else _physical()
    if machine is not None:
        found.append(Room(machine, "this machine"))
    return min(found, key=lambda each: each.size, default=None)


def resident() -> int:
    """Bytes that this process holds in memory; 0 where that is not known."""
    return psutil.Process().memory_info().rss if psutil is not None else 0


def _groups() -> list[int]:
    """What is left in each control group of Linux that this process is in and that has a limit."""
    found = []
    for folder, limit, used, reclaimable in _folders():
        try:
            most, taken = int((folder / limit).read_text()), int((folder / used).read_text())
            kept = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        except (OSError, ValueError):  # not there, or "max": no limit
            continue
        if most < 1 << 60:  # the first version writes a huge number for none
            found.append(max(most - taken + int(kept.get(reclaimable, 0)), 0))
    return found


def _folders() -> list[tuple[Path, str, str, str]]:
    """Folders of the groups this process is in, from its own up to all processes', and the names of files there."""
    second = ("memory.max", "memory.current", "inactive_file")
    first = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    try:
        lines = GROUPS_OF_THIS_PROCESS.read_text().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        top, names = (CGROUPS / "memory", first) if controllers else (CGROUPS, second)
        inside = Path(path.lstrip("/"))
        found += [(top / each, *names) for each in (inside, *inside.parents)]
    return found


def _physical() -> int | None:
    try:
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None
    return pages * size if pages > 0 and size > 0 else None

"""What is left, where a container says so and where none does."""

import pytest

from warp_fabric.memory import machine
from warp_fabric.memory.machine import Room, room


@pytest.fixture
def groups(tmp_path, monkeypatch):
    """Writes control groups: files by name in a folder, and the lines of /proc/self/cgroup."""
    lines = tmp_path / "cgroup"

    def write(belongs: str, files: dict[str, str]) -> None:
        lines.write_text(belongs)
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)

    monkeypatch.setattr(machine, "CGROUPS", tmp_path)
    monkeypatch.setattr(machine, "GROUPS_OF_THIS_PROCESS", lines)
    return write


def test_the_second_version(groups):
    """What may be dropped again does not count as used."""
    files = {
        "memory.max": "1000000\n",
        "memory.current": "400000\n",
        "memory.stat": "anon 300000\ninactive_file 50000\n",
    }
    groups("0::/pod/run\n", {f"pod/run/{name}": text for name, text in files.items()})
    assert room() == Room(650_000, "this container")


def test_a_group_above_has_less(groups):
    files = {"memory.max": "max\n", "memory.current": "400000\n", "memory.stat": "inactive_file 0\n"}
    above = {"memory.max": "500000\n", "memory.current": "400000\n", "memory.stat": "inactive_file 0\n"}
    groups(
        "0::/pod/run\n",
        {f"pod/run/{name}": text for name, text in files.items()} | {f"pod/{name}": t for name, t in above.items()},
    )
    assert room() == Room(100_000, "this container")


def test_the_first_version(groups):
    """A container that sees its own group as the root of all."""
    files = {"limit_in_bytes": "2000000\n", "usage_in_bytes": "3000000\n", "stat": "total_inactive_file 1500000\n"}
    groups(
        "5:devices:/x\n4:memory:/docker/abc\n0::/\n", {f"memory/memory.{name}": text for name, text in files.items()}
    )
    assert room() == Room(500_000, "this container")


@pytest.mark.parametrize("limit", ["max", "9223372036854771712"])
def test_no_limit(groups, limit):
    name = "memory/memory.limit_in_bytes" if limit.isdigit() else "memory.max"
    groups("4:memory:/\n0::/\n", {name: limit})
    found = room()
    assert found is not None
    assert found.of == "this machine"
    assert found.size > 1e6


def test_without_the_library_that_tells(groups, monkeypatch):
    groups("", {})
    monkeypatch.setattr(machine, "psutil", None)
    assert machine.resident() == 0
    monkeypatch.setattr(machine, "_physical", lambda: 16)
    assert room() == Room(16, "this machine")
    monkeypatch.setattr(machine, "_physical", lambda: None)
    assert room() is None


def test_this_process():
    assert machine._physical() is None or machine._physical() > 1e8
    assert machine.resident() > 1e6

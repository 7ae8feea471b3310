"""The user's tape: seen, paused and put back."""

import pytest
import warp as wp

from warp_fabric.solver.tape import active_tape, off_tape
from warp_fabric.types import f64


def copied(device: str) -> None:
    """Work that a tape records."""
    x, y = (wp.zeros(3, dtype=f64, device=device, requires_grad=True) for _ in range(2))
    wp.copy(y, x)


def test_the_tape_that_records(device):
    assert active_tape() is None
    with wp.Tape() as tape:
        assert active_tape() is tape
    assert active_tape() is None


def test_nothing_is_recorded_off_the_tape(device):
    with wp.Tape() as tape:
        with off_tape() as paused:
            assert paused is tape
            assert active_tape() is None
            copied(device)
        assert not tape.launches
        assert active_tape() is tape
        copied(device)
    assert len(tape.launches) == 1


def test_another_tape_can_record_meanwhile(device):
    with wp.Tape() as tape:
        with off_tape(), wp.Tape() as inner:
            copied(device)
        assert active_tape() is tape
    assert (len(tape.launches), len(inner.launches)) == (0, 1)


def test_the_tape_is_put_back_after_an_error(device):
    with wp.Tape() as tape:
        with pytest.raises(ZeroDivisionError), off_tape():
            raise ZeroDivisionError
        assert active_tape() is tape


def test_without_a_tape_nothing_happens(device):
    with off_tape() as paused:
        assert paused is None
        with wp.Tape() as tape:
            assert active_tape() is tape
    assert active_tape() is None

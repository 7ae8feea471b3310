import numpy as np
import pytest
from woven_cloth import rolled, shaken, sheared, woven

from usd_export.checks import contact_search
from usd_export.checks.contact_search import BESIDE, CROSSING, FOLD, ContactSearch, Strands
from warp_fabric.geometry import centre_lines, clearance


def searched(fabric, position, samples=4, least=0.95, known=True):
    """Contacts of a fabric of one radius, at these crossings."""
    lines = [*centre_lines(fabric, position, samples)]
    radius = float(fabric.end_radius[0])
    strands = [
        Strands(axis, np.arange(len(each)), radius, each.shape[1], samples if known else None)
        for axis, each in enumerate(lines)
    ]
    return ContactSearch(strands, least).find(lines)


@pytest.mark.parametrize("weave", ["plain", "twill22", "satin5"])
@pytest.mark.parametrize("samples", [3, 4, 5, 6, 8, 13])
def test_cloth_with_room_has_no_contacts(weave, samples):
    fabric = woven(weave, radii=(0.25,))
    for position in (fabric.position, rolled(fabric.position, 8.0, 30.0), sheared(fabric.position, 10.0)):
        assert len(searched(fabric, position, samples).kind) == 0


@pytest.mark.parametrize(
    ("samples", "known"), [(1, True), (2, True), (3, True), (4, True), (8, True), (4, False), (8, False)]
)
def test_crossings_are_those_of_the_exact_search(samples, known):
    fabric = woven("plain", radii=(0.25,))
    position = sheared(fabric.position, 40.0)
    contacts = searched(fabric, position, samples, known=known)
    exact = clearance(fabric, *centre_lines(fabric, position, samples))
    at_crossing = contacts.kind == CROSSING
    for axis, number, ratio in zip(*(each[at_crossing] for each in (contacts.axis, contacts.number, contacts.ratio))):
        end, pick = number[np.argsort(axis)]
        assert ratio == pytest.approx(exact[pick, end], abs=0.012)
    assert at_crossing.sum() == pytest.approx((exact < 0.95).sum(), abs=2)
    assert exact.min() < 0.9


def test_neighbours_that_are_too_near():
    fabric = woven("twill22", radii=(0.25,))
    position = fabric.position.copy()
    position[3, 6, 0] -= 0.6  # end 6 comes near end 5 at pick 3, where both are on top
    contacts = searched(fabric, position)
    beside = np.flatnonzero(contacts.kind == BESIDE)
    ends = beside[contacts.axis[beside, 0] == 0]
    assert len(ends) == 1
    assert sorted(contacts.number[ends[0]]) == [5, 6]
    assert set(contacts.at[ends[0]]) <= {2, 3, 4}
    assert contacts.ratio[ends[0]] < 0.95
    assert not (contacts.kind == FOLD).any()


def folded(position, gap):
    """Rolled over by half a turn of radius 2, and the upper layer sunk to `gap` above the lower."""
    way = position[..., 0] - 10.0
    angle = np.clip(way / 2.0, 0.0, np.pi)
    beyond = np.maximum(way - 2.0 * np.pi, 0.0)
    result = position.copy()
    result[..., 0] = np.minimum(position[..., 0], 10.0) + 2.0 * np.sin(angle) - beyond
    result[..., 2] += 2.0 * (1.0 - np.cos(angle)) - np.clip(beyond / 4.0, 0.0, 1.0) * (4.0 - gap)
    return result


@pytest.mark.parametrize(("gap", "touches"), [(0.0, True), (0.6, True), (1.3, False)])
def test_folds_are_found_far_along_the_cloth(gap, touches):
    fabric = woven("twill22", ends=28, picks=8)
    contacts = searched(fabric, folded(fabric.position, gap))
    folds = contacts.kind == FOLD
    assert folds.any() == touches
    if touches:
        assert (0, 1) in {tuple(sorted(each)) for each in contacts.axis[folds].tolist()}
        assert contacts.ratio[folds].min() < (0.3 if gap == 0 else 0.95)


def test_each_pair_of_yarns_is_told_once_in_each_way():
    fabric = woven("twill22", ends=28, picks=8)
    contacts = searched(fabric, folded(fabric.position, 0.0))
    names = contacts.axis * 100 + contacts.number
    keys = [(kind, *sorted(pair)) for kind, pair in zip(contacts.kind.tolist(), names.tolist())]
    assert len(keys) == len({*keys})


def test_yarns_lying_in_each_other_everywhere_are_not_counted(monkeypatch):
    fabric = woven("plain")
    assert len(searched(fabric, 0.01 * fabric.position).kind) > 12 * 12
    monkeypatch.setattr(contact_search, "MOST_PAIRS", 100_000)
    assert searched(fabric, 0.01 * fabric.position) is None
    assert searched(fabric, fabric.position) is not None


def test_long_spacings_beside_short_ones():
    fabric = woven("plain", pick_spacing=20.0)
    assert len(searched(fabric, fabric.position).kind) == 0
    position = fabric.position.copy()
    position[5, 5, 1] += 20.0 - 0.1  # where the next pick crosses
    assert len(searched(fabric, position).kind) > 0


@pytest.mark.parametrize("samples", [*range(1, 18), 30, 97])
def test_pieces_are_few_between_crossings(samples):
    steps = Strands(0, np.arange(3), 0.1, 5 * samples + 1, samples).steps()
    assert (steps[0], steps[-1]) == (0.0, 5 * samples)
    assert np.allclose(np.diff(steps), steps[1])
    assert 3 <= (len(steps) - 1) / 5 < 8


def test_one_point_far_off_changes_nothing_elsewhere():
    fabric = woven("plain", radii=(0.25,))
    lines = [*centre_lines(fabric, fabric.position)]
    strands = [Strands(axis, np.arange(12), 0.25, 45, 4) for axis in (0, 1)]
    lines[0][3, 20] += 1e4
    contacts = ContactSearch(strands, 0.95).find(lines)
    assert contacts is not None
    assert len(contacts.kind) <= 4


def test_memory_is_bounded_by_parts(monkeypatch):
    fabric = woven("plain")
    position = shaken(fabric, 0.1)
    whole = searched(fabric, position)
    monkeypatch.setattr(contact_search, "AT_ONCE", 50)
    assert np.array_equal(searched(fabric, position).ratio, whole.ratio)
    assert len(whole.ratio)

from warp_fabric.memory.extent import Bytes, Extent


def one(picks: int, ends: int) -> Extent:
    return Extent(((picks, ends),))


def test_amounts_add_up():
    assert Bytes(1, 2) + 2 * Bytes(3, 4) == Bytes(7, 10)
    assert Bytes(7, 10).total == 17


def test_a_single_crossing_and_a_single_yarn():
    assert [count for _, count, _ in one(1, 1).elements()] == [0, 0, 0, 0]
    assert [count for _, count, _ in one(1, 7).elements()] == [6, 5, 0, 0]
    both = Extent(((1, 7), (3, 3)))
    assert both.crossings == 16
    assert [count for _, count, _ in both.elements()] == [6 + 12, 5 + 6, 4, 8]

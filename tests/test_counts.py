from warp_fabric.counts import Tally, count_progress


def test_a_function_is_told():
    told = []
    with count_progress(lambda *numbers: told.append(numbers), "frame") as tell:
        tally = Tally(tell)
        tally.expect(2)
        tally.done()
        tally.expect(1)
        tally.done()
        tally.done()
    assert told == [(1, 2), (2, 3), (3, 3)]


def test_a_bar_is_on_stderr(capsys):
    with count_progress(True, "frame") as tell:
        tell(3, 7)
    told = capsys.readouterr()
    assert told.out == ""
    assert "frame 3/7" in told.err


def test_nobody_is_told(capsys):
    with count_progress(False, "frame") as tell:
        tell(1, 2)
    assert capsys.readouterr() == ("", "")

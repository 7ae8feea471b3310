from usd_export.checks.findings import Findings


def test_what_is_wrong_at_many_times_is_one_finding():
    found = Findings()
    found.warning("/A", "it is odd", "mend it")
    for time in (2.0, 3.0, 5.5):
        found.error("/B", f"{time} is wrong", "mend that", time)
    found.error("", "the stage is wrong", "mend all")
    several, stage, odd = found.list()
    assert str(several) == "error: /B, time code 2 and 2 more: 2.0 is wrong\n  fix: mend that"
    assert str(stage) == "error: the stage is wrong\n  fix: mend all"
    assert str(odd) == "warning: /A: it is odd\n  fix: mend it"
    assert (several.severity, several.path, several.time, several.times) == ("error", "/B", 2.0, 3)


def test_findings_are_gathered():
    one, other = Findings(), Findings()
    for time in (0.0, 1.0):
        other.error("/A", "wrong", "mend", time)
    one.add(other)
    assert one.list() == other.list()


def test_the_worst_time_is_told():
    found = Findings()
    for time, badness in ((1.0, 0.2), (4.0, 0.9), (5.0, 0.9), (6.0, 0.1)):
        found.warning("/A", f"off by {badness}", "mend", time, badness)
    (finding,) = found.list()
    assert (finding.time, finding.what, finding.times) == (4.0, "off by 0.9", 4)
    assert str(finding).startswith("warning: /A, time code 4 and 3 more: off by 0.9")

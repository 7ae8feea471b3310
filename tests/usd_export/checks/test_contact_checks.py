from pathlib import Path

import numpy as np
import pytest
from crimped_cloth import straightening
from exported import exported
from pxr import UsdGeom, Vt
from textile_cloth import textile_scene
from usd_cloth import usd_run

from usd_export.checks.cloth_reader import cloths_of
from usd_export.checks.contact_checks import check_contacts, frames_of
from usd_export.checks.findings import Findings
from warp_fabric import load_scene, simulate
from warp_fabric.counts import Tally
from warp_fabric.geometry import centre_lines, clearance

DATA = Path(__file__).parents[2] / "data"
THICK = {"yarns__thin__radius": 4.0e-4, "yarns__thick__radius": 4.5e-4}
ENDS = "/Cloth/Yarns/ends_thin"


def found(stage, without=()):
    findings, told = Findings(), []
    (cloth,) = cloths_of(stage)
    yarns = [each for each in cloth.yarns if each.prim.GetName() not in without]
    tally = Tally(lambda done, count: told.append((done, count)))
    tally.expect(len(frames_of(yarns)))
    check_contacts(cloth, yarns, findings, tally)
    assert told[-1] == (len(told), len(told))
    return findings.list()


def moved(stage, path, edit, time=None):
    """Replace the points of a prim, `[yarns, points, 3]`, at one or all times."""
    curves = UsdGeom.BasisCurves(stage.GetPrimAtPath(path))
    points = curves.GetPointsAttr()
    for each in points.GetTimeSamples() if time is None else [time]:
        before = np.array(points.Get(each)).reshape(len(curves.GetCurveVertexCountsAttr().Get()), -1, 3)
        after = np.ascontiguousarray(edit(before).reshape(-1, 3), np.float32)
        points.Set(Vt.Vec3fArray.FromNumpy(after), each)


@pytest.mark.parametrize("options", [{}, {"plies": 2}, {"plies": 3, "unit": "cm", "up_axis": "Y"}])
def test_yarns_with_room_pass_and_thick_ones_do_not(tmp_path, options):
    assert found(exported(tmp_path, **options)) == []
    run = usd_run(**THICK)
    stage = exported(tmp_path, "thick.usdc", run=run, **options)
    finding = next(each for each in found(stage) if "crossings" in each.what)
    (cloth,) = cloths_of(stage)
    lines = [centre_lines(run.fabric, position, cloth.samples(cloth.yarns[0])) for position in run.position]
    ratio = [clearance(run.fabric, *each) for each in lines]
    worst = int(np.argmin([each.min() for each in ratio]))
    assert ratio[worst].min() < 0.9
    assert (finding.severity, finding.path, finding.time) == ("warning", "/Cloth/Yarns", float(worst))
    assert finding.times == sum(each.min() < 0.95 for each in ratio)
    assert " of 35 crossings interpenetrate" in finding.what
    near = float(finding.what.split("as near as ")[1].split()[0])
    assert near == pytest.approx(ratio[worst].min(), abs=0.02)


def test_each_frame_is_looked_at(tmp_path):
    stage = exported(tmp_path, run=usd_run(frames=60))
    # one end is pressed into a pick, in one frame only
    moved(stage, ENDS, lambda lines: lines + np.array([0.0, 0.0, -3.0e-4], np.float32), 37.0)
    told = found(stage)
    assert {(each.time, each.times) for each in told} == {(37.0, 1)}
    assert any("interpenetrate" in each.what for each in told)


def test_the_worst_frame_is_told(tmp_path):
    stage = exported(tmp_path)
    for time, size in ((1.0, 1e-4), (3.0, 2e-4), (4.0, 1e-4)):
        moved(stage, ENDS, lambda lines, size=size: lines - np.array([0.0, 0.0, size], np.float32), time)
    finding = next(each for each in found(stage) if "crossings interpenetrate" in each.what)
    assert (finding.time, finding.times) == (3.0, 3)


def test_neighbours_that_touch(tmp_path):
    stage = exported(tmp_path)

    def together(lines):
        lines[1] = lines[0] + np.array([1.0e-4, 0.0, 0.0], np.float32)
        return lines

    moved(stage, "/Cloth/Yarns/picks_thin", together, 2.0)
    finding = next(each for each in found(stage) if "side by side" in each.what)
    assert (finding.severity, finding.time) == ("warning", 2.0)
    assert "worst picks 0 and 1 at end" in finding.what


def test_cloth_that_goes_through_itself(tmp_path):
    run = usd_run(fabric__ends=24, pins=[])
    x = run.position[..., 0] - run.position[:, :1, :1, 0]
    run.position[..., 0] -= np.where(x > 15e-3, 2.0 * (x - 15e-3), 0.0)  # folded flat onto itself
    finding = next(each for each in found(exported(tmp_path, run=run)) if "far apart" in each.what)
    assert finding.severity == "warning"
    assert finding.times >= 5
    assert "pairs of yarns" in finding.what
    assert "fold" in finding.fix


@pytest.mark.parametrize("scale", [100.0, 0.0])
def test_yarns_that_do_not_lie_on_each_other(tmp_path, scale):
    stage = exported(tmp_path)
    if scale:
        for path in (ENDS, "/Cloth/Yarns/ends_thick", "/Cloth/Yarns/picks_thin"):
            moved(stage, path, lambda lines: lines * np.float32(scale))
    else:
        moved(stage, ENDS, lambda lines: lines[[1, 0, *range(2, len(lines))]])
    (finding,) = [each for each in found(stage) if each.severity == "error"]
    assert "yarns do not lie on each other at" in finding.what
    assert f"{35 if scale else 10} of 35 crossings" in finding.what
    assert finding.times == 6


@pytest.mark.parametrize("samples", [1, 2])
def test_few_samples_are_named_as_the_cause(tmp_path, samples):
    run = usd_run(yarns__thin__radius=2.8e-4, yarns__thick__radius=2.8e-4, fabric__weave="plain")
    assert found(exported(tmp_path, run=run)) == []
    (finding,) = found(exported(tmp_path, "few.usdc", run=run, samples_per_crossing=samples))
    assert "crossings interpenetrate" in finding.what
    assert finding.fix.startswith("export with --samples-per-crossing 3 or more")


def test_a_part_of_a_cloth(tmp_path):
    assert found(exported(tmp_path), without=["ends_thin"]) == []
    stage = exported(tmp_path, "thick.usdc", run=usd_run(**THICK))
    assert any("crossings" in each.what for each in found(stage, without=["ends_thin"]))


@pytest.mark.parametrize("edit", ["numbers", "size"])
def test_without_knowing_which_yarn_is_which(tmp_path, edit):
    for name, run in (("room.usdc", usd_run()), ("thick.usdc", usd_run(**THICK))):
        stage = exported(tmp_path, name, run=run)
        if edit == "size":
            stage.GetDefaultPrim().RemoveProperty("warpFabric:fabric:ends")
        else:
            numbers = stage.GetPrimAtPath(ENDS).GetAttribute("primvars:yarnId")
            numbers.Set([number + 100 for number in numbers.Get()])
        told = found(stage)
        assert any("crossings interpenetrate" in each.what for each in told) == (name == "thick.usdc")
        assert not any(each.severity == "error" for each in told)


def test_yarns_lying_in_each_other_densely(tmp_path):
    run = usd_run(fabric__ends=30, fabric__picks=30, pins=[])
    run.position[:] = run.position[:, :1, :1] + 0.005 * (run.position - run.position[:, :1, :1])
    told = found(exported(tmp_path, run=run))
    assert any("interpenetrate everywhere" in each.what for each in told)


def test_frames_are_those_that_all_have(tmp_path):
    stage = exported(tmp_path)
    (cloth,) = cloths_of(stage)
    UsdGeom.BasisCurves(stage.GetPrimAtPath(ENDS)).GetPointsAttr().ClearAtTime(3.0)
    assert frames_of([*cloth.yarns]) == [0.0, 1.0, 2.0, 4.0, 5.0]
    assert frames_of([]) == []
    still = stage.GetPrimAtPath(ENDS).GetAttribute("points")
    points = still.Get(0.0)
    still.Clear()
    still.Set(points)
    assert frames_of([*cloth.yarns]) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert frames_of([each for each in cloth.yarns if not each.times]) == [None]


def test_a_yarn_that_goes_through_itself(tmp_path):
    stage = exported(tmp_path)

    def looped(lines):
        """The first pick runs back over its own beginning."""
        count = lines.shape[1]
        there = count // 2
        lines[0, there:] = lines[0, : count - there][::-1] + np.array([0.0, 0.0, 1e-5], np.float32)
        return lines

    moved(stage, "/Cloth/Yarns/picks_thin", looped, 2.0)
    own = [each for each in found(stage) if "itself" in each.what]
    assert len(own) == 1
    assert own[0].time == 2.0
    assert "1 yarn goes through itself; worst pick 0 at ends" in own[0].what


def test_an_over_that_should_be_an_under(tmp_path):
    """A pick that is mirrored at the cloth lies over all ends it should lie under."""
    stage = exported(tmp_path)
    (cloth,) = cloths_of(stage)
    assert cloth.drawdown is not None
    drawdown = cloth.drawdown.copy()
    assert not [each for each in found(stage) if "on top" in each.what]
    drawdown[2, 3] ^= True
    prim = stage.GetPrimAtPath(cloth.root.GetPath())
    prim.GetAttribute("warpFabric:fabric:drawdown").Set(Vt.BoolArray.FromNumpy(drawdown.ravel()))
    wrong = [each for each in found(stage) if "on top" in each.what]
    assert [each.severity for each in wrong] == ["error"]
    assert "at 1 of 35 crossings; first at pick 2, end 3" in wrong[0].what
    assert ("the pick lies over the end" in wrong[0].what) == bool(drawdown[2, 3])


def resting(weave: str, radius: float):
    """One frame of a cloth of the paper's yarn with so thick ones, in spacings, at rest."""
    changes = {"fabric__weave": weave, "fabric__pick_spacing": 1e-3, "fabric__end_yarns": ["thin"], "fabric__ends": 12}
    run = usd_run(frames=1, fabric__picks=11, pins=[], yarns__thin__radius=1e-3 * radius, **changes)
    run.position[:] = run.fabric.position
    return run


@pytest.mark.parametrize(("weave", "jammed"), [("twill22", 0.3660), ("satin5", 0.3868)])
def test_dense_floats_make_room(tmp_path, weave, jammed):
    """At nine tenths of the sett at which round yarns that float jam; a tenth past it nothing helps."""
    assert found(exported(tmp_path, run=resting(weave, 0.9 * jammed))) == []
    assert any(
        "crossings" in each.what for each in found(exported(tmp_path, "jam.usdc", run=resting(weave, 1.1 * jammed)))
    )


def test_poplin_has_room(tmp_path):
    run = simulate(load_scene(DATA / "poplin_50x25.toml"), device="cpu")
    assert found(exported(tmp_path, run=run)) == []


@pytest.mark.parametrize("changes", [{}, {"contact__crossing_stiffness": 50.0}, {"fabric__weave": "twill22"}])
def test_crimped_yarns_may_be_as_near_as_crimp_and_flattening_have_them(tmp_path, changes):
    run = straightening(**changes)
    assert found(exported(tmp_path, run=run)) == []
    stage = exported(tmp_path, "pressed.usdc", run=run)
    moved(stage, "/Cloth/Yarns/ends_yarn", lambda lines: lines - np.float32([0.0, 0.0, 8e-5]), 2.0)
    finding = next(each for each in found(stage) if "crossings interpenetrate" in each.what)
    assert (finding.time, finding.times) == (2.0, 1)
    assert "let crossings flatten" in finding.fix


def test_thin_crimp_is_no_interpenetration_but_flattening_must_be_told(tmp_path):
    """Heights that the scene gives need not be those of round yarns."""
    thin = {"fabric__crimp": None, "fabric__end_crimp": 0.04, "fabric__pick_crimp": 0.04}
    assert found(exported(tmp_path, run=straightening(contact__crossing_stiffness=50.0, **thin))) == []
    stage = exported(tmp_path, "untold.usdc", run=straightening(contact__crossing_stiffness=50.0, **thin))
    stage.GetDefaultPrim().RemoveProperty("warpFabric:flattening")
    assert any("crossings interpenetrate" in each.what for each in found(stage))


def test_crimp_may_hold_yarns_apart(tmp_path):
    wavy = {"fabric__crimp": None, "fabric__end_crimp": 0.5, "fabric__pick_crimp": 0.5}
    assert found(exported(tmp_path, run=straightening(**wavy))) == []


def test_cotton_pulled_along_its_picks(tmp_path):
    """By 4 %: they straighten, and ends rise more."""
    scene = textile_scene("cotton", (6, 8), pins=[], fabric__crimp="touching", fabric__pose="flat")
    rest, length = scene.build().position, 7 * scene.fabric.end_spacing
    pins = []
    for pick in range(6):
        for end, pulled in ((0, 0.0), (7, 0.04 * length)):
            x, y, z = rest[pick, end]
            pins.append({"crossing": [pick, end], "path": [[0.0, x, y, z], [0.04, x + pulled, y, z]]})
    calm = {"environment.gravity": [0, 0, 0], "pins": pins, "time.duration": 0.04}
    run = simulate(scene.replace(calm), device="cpu")
    assert run.interchange[-1, 1:-1, 2:-2].min() > 0.04 * run.fabric.pick_rise
    stage = exported(tmp_path, run=run)
    assert found(stage) == []
    (cloth,) = cloths_of(stage)
    before, after = (np.ptp(cloth.side("pick")[0].lines(time)[1:-1, 4:-4, 2]) for time in (0.0, 4.0))
    assert after < 0.95 * before

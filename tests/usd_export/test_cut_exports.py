"""Exports of cut cloth: a curve for each part of a yarn, a surface without what is cut off, and checks of both."""

import numpy as np
import pytest
from cut_run import COTTON, SHAPES, cut_run
from exported import curves_of, exported
from pxr import UsdGeom, Vt

import usd_export
from usd_export.checks.cloth_reader import cloths_of
from warp_fabric.layout import ALONG_END, ALONG_PICK
from warp_fabric.runs import Runs

FAR = 0.5


def array(attribute, *time):
    return np.asarray(attribute.Get(*time))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("yarns", [None, COTTON], ids=["paper", "cotton"])
@pytest.mark.parametrize("options", [{}, {"plies": 3, "unit": "cm", "up_axis": "Y"}, {"clips": 2, "sim_curves": True}])
def test_nothing_wrong_is_found(tmp_path, shape, yarns, options):
    exported(tmp_path, run=cut_run(SHAPES[shape], yarns=yarns, far=FAR), **options)
    assert usd_export.check(tmp_path / "cloth.usdc") == []


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("plies", [0, 2])
def test_a_curve_for_each_run(tmp_path, shape, plies):
    run = cut_run(SHAPES[shape], far=FAR)
    stage, fabric = exported(tmp_path, run=run, plies=plies), run.fabric
    (cloth,) = cloths_of(stage)
    for direction, axis in (("end", ALONG_END), ("pick", ALONG_PICK)):
        runs, first = Runs.of(fabric.layout, axis), 0 if direction == "end" else fabric.end_count
        found = [(n, p) for each in cloth.side(direction) for n, p in zip(each.numbers, each.lengths)]
        samples = cloth.samples(cloth.side(direction)[0])
        assert sorted(found) == sorted(zip(first + runs.yarn, runs.points(samples)))
        for yarns in cloth.side(direction):
            of_cloth = cloth.runs(yarns)
            lines = yarns.lines(2.0)[:, ::samples]
            rest = run.position[2].swapaxes(0, 1) if direction == "end" else run.position[2]
            off = np.linalg.norm(lines - of_cloth.rows(rest), axis=-1)[of_cloth.there()]
            assert off.max() < 1.01 * max(fabric.end_radius.max(), fabric.pick_radius.max())
    colors = UsdGeom.PrimvarsAPI(curves_of(stage)["ends_thin"]).GetPrimvar("displayColor").ComputeFlattened()
    assert len(colors) == max(plies, 1) * len(cloth.yarns[0].numbers)


def test_the_surface_is_of_what_is_there(tmp_path):
    run = cut_run(SHAPES["disc"], far=FAR)
    stage = exported(tmp_path, run=run)
    mesh = UsdGeom.Mesh(stage.GetPrimAtPath("/Cloth/Surface"))
    layout = run.fabric.layout
    np.testing.assert_allclose(array(mesh.GetPointsAttr(), 3.0), run.position[3][layout.present], atol=1e-6)
    np.testing.assert_array_equal(array(mesh.GetFaceVertexIndicesAttr()).reshape(-1, 4), layout.quads)
    extent = array(mesh.GetExtentAttr(), 3.0)
    assert extent[0, 2] > run.fabric.position[..., 2].max() + 0.5 * FAR * run.time[3]  # rest is far below
    uv = array(UsdGeom.PrimvarsAPI(mesh).GetPrimvar("uv"))
    np.testing.assert_allclose(uv, np.argwhere(layout.present)[:, ::-1] / 14.0, atol=1e-6)


def test_texture_coordinates_of_yarns_are_those_of_the_surface(tmp_path):
    run = cut_run(SHAPES["disc"])
    stage, fabric = exported(tmp_path, run=run, plies=2), run.fabric
    for yarns in cloths_of(stage)[0].yarns:
        primvars = UsdGeom.PrimvarsAPI(yarns.prim)
        uv, st = (np.asarray(primvars.GetPrimvar(name).ComputeFlattened()) for name in ("uv", "st"))
        points = array(UsdGeom.BasisCurves(yarns.prim).GetPointsAttr(), 0.0)
        assert len(uv) == len(st) == len(points)
        size = np.array([fabric.end_spacing, fabric.pick_spacing]) * 14
        np.testing.assert_allclose(uv * size, st, atol=1e-7)  # no crimp: yarns are as long as the cloth
        along = 1 if yarns.direction == "end" else 0
        first = np.cumsum(yarns.counts) - yarns.counts
        assert (np.diff(uv[:, along])[np.setdiff1d(np.arange(len(uv) - 1), first[1:] - 1)] > 0).all()
        assert (uv[:, 1 - along] == np.repeat(uv[first, 1 - along], yarns.counts)).all()


def test_the_file_says_what_is_there(tmp_path):
    run = cut_run(SHAPES["L"])
    stage = exported(tmp_path, run=run)
    np.testing.assert_array_equal(cloths_of(stage)[0].layout.present, SHAPES["L"])
    whole = exported(tmp_path, "whole.usdc", cut_run(np.ones((6, 7), bool)))
    assert not whole.GetPrimAtPath("/Cloth").HasAttribute("warpFabric:fabric:present")
    assert cloths_of(whole)[0].layout.is_full


def told(stage) -> str:
    stage.Save()
    path = stage.GetRootLayer().realPath
    return "\n".join(f"{each.severity} {each.path}: {each.what}" for each in usd_export.check(path))


def without_curve(prim, lost):
    """Take one curve away, with all that is said of it."""
    curves = UsdGeom.BasisCurves(prim)
    counts = array(curves.GetCurveVertexCountsAttr())
    kept = np.repeat(np.arange(len(counts)) != lost, counts)
    points = curves.GetPointsAttr()
    for time in points.GetTimeSamples():
        points.Set(Vt.Vec3fArray.FromNumpy(array(points, time)[kept]), time)
        at = array(points, time)
        curves.GetExtentAttr().Set(UsdGeom.Curves.ComputeExtent(Vt.Vec3fArray.FromNumpy(at), [4e-4]), time)
    curves.GetCurveVertexCountsAttr().Set(np.delete(counts, lost).tolist())
    for each in UsdGeom.PrimvarsAPI(prim).GetPrimvars():
        if each.GetInterpolation() in ("vertex", "uniform"):
            values = np.asarray(each.ComputeFlattened())
            each.BlockIndices()
            each.Set(values[kept] if each.GetInterpolation() == "vertex" else np.delete(values, lost, axis=0))


def test_a_part_of_a_yarn_that_is_missing(tmp_path):
    stage = exported(tmp_path, run=cut_run(SHAPES["disc"]), velocities=False)
    (cloth,) = cloths_of(stage)
    picks = cloth.side("pick")[0]
    twice = np.flatnonzero(np.bincount(picks.numbers) == 2)[0]
    without_curve(picks.prim, int(np.flatnonzero(picks.numbers == twice)[1]))
    assert f"1 of 15 picks are missing, or parts of them: {twice - 15}" in told(stage)


def test_points_that_do_not_fit_the_cut(tmp_path):
    stage = exported(tmp_path, run=cut_run(SHAPES["strip"]))
    counts = stage.GetPrimAtPath("/Cloth/Yarns/ends_thin").GetAttribute("curveVertexCounts")
    wrong = array(counts).copy()
    wrong[0], wrong[1] = wrong[0] + 4, wrong[1] - 4
    counts.Set(wrong.tolist())
    assert "do not have as many points from each crossing to the next" in told(stage)


def moved(stage, name, way):
    points = UsdGeom.BasisCurves(stage.GetPrimAtPath(f"/Cloth/Yarns/{name}")).GetPointsAttr()
    for time in points.GetTimeSamples():
        points.Set(Vt.Vec3fArray.FromNumpy(array(points, time) + np.array(way, np.float32)), time)


def test_yarns_that_lie_apart_or_the_wrong_way_round(tmp_path):
    stage = exported(tmp_path, run=cut_run(SHAPES["disc"]), velocities=False)
    moved(stage, "picks_thin", (0.0, 0.0, 0.002))
    found = told(stage)
    assert "yarns do not lie on each other at" in found
    assert f" of {cloths_of(stage)[0].layout.count} crossings" in found
    other = exported(tmp_path, "over.usdc", cut_run(SHAPES["disc"]), velocities=False)
    drawdown = other.GetPrimAtPath("/Cloth").GetAttribute("warpFabric:fabric:drawdown")
    drawdown.Set((~array(drawdown)).tolist())
    assert "the wrong yarn is on top at" in told(other)


def test_yarns_too_thick_for_their_sett_and_cloth_folded_onto_itself(tmp_path):
    thick = cut_run(SHAPES["disc"], yarns={"radius": 3.6e-4})
    assert "interpenetrate" in told(exported(tmp_path, run=thick))
    run = cut_run(SHAPES["L"], frames=1, time__integrator="static", yarns=COTTON)
    run.position[0, 6:] = run.position[0, 5::-1]
    assert "parts of the cloth that are far apart along it interpenetrate" in told(exported(tmp_path, "f.usdc", run))

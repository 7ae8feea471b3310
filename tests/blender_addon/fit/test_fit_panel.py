"""The Fit panel in every state."""

from dataclasses import replace

import bpy
import pytest
from drawn_panel import drawn
from pretended_task import PretendedJob
from woven_objects import built

from blender_addon.fit.fit_fabric import HISTORY, Fit
from blender_addon.fit.fit_job import Finding
from blender_addon.job import tasks

FINDING = Finding(
    "converged",
    1e-8,
    {"yarns.ends.young_modulus": 5e5, "yarns.ends.bending_modulus": 1.4e-4, "contact.friction": 0.4},
    {"yarns.ends.young_modulus": 1e3, "yarns.ends.bending_modulus": None, "contact.friction": 0.1},
    ["yarns.ends.bending_modulus: this observation cannot determine it; its value means nothing"],
    [1e-4, 1e-6, 1e-8],
)


def panel():
    return drawn(bpy.types.FABRIC_PT_fit)


def test_without_a_fabric(addon):
    assert "Build a fabric first" in " ".join(panel().texts)


@pytest.mark.parametrize(("kind", "shown"), [("OBJECT", "target"), ("COLLECTION", "markers"), ("FILE", "path")])
def test_before_it_runs(addon, kind, shown):
    obj = built()
    obj.fabric.fit.kind = kind
    found = panel()
    assert found.buttons == [("fabric.fit", {})]
    assert {"target", "markers", "path"} & {*found.props} == {shown}
    ticks = ["young_modulus", "bending_modulus", "linear_density", "damping", "shear_modulus", "friction"]
    assert found.props[2:-1] == ticks
    obj.fabric.cloth.ends += 1
    assert "Rebuild the fabric first" in " ".join(panel().texts)


def test_what_wavy_yarns_have_can_be_found(addon):
    obj = built(crimp="VALUES", crossings_give=True)
    assert {"cohesion", "crossing_stiffness", "crimp", "crimp_set"} <= {*panel().props}
    obj.fabric.cloth.pick_crimp = 0.0  # which cannot be
    assert "crimp" not in panel().props


def test_while_it_runs(addon):
    obj = built()
    job = PretendedJob()
    tasks.begin(Fit(obj, job))
    assert panel().buttons == [("fabric.cancel", {"kind": "fit"})]
    job.losses, job.values = [1e-4, 1e-5], {"yarns.ends.young_modulus": 5e5}
    texts = panel().texts
    assert "ends: Stretch" in texts
    assert "0.5 MPa" in texts


def test_what_was_found(addon):
    obj = built()
    obj.fabric.fit.result = FINDING.to_text()
    found = panel()
    assert [name for name, _ in found.buttons] == ["fabric.fit", "fabric.apply_fit", "fabric.show_fit"]
    said = " ".join(found.texts)
    for part in ("Off by 100 µm", "0.5 ± 0.001 MPa", "0.14 mN", "cannot be determined", "0.4 ± 0.1"):
        assert part in said
    assert "Ends Bend: this observation cannot determine it" in said
    obj.fabric.fit.result = FINDING.to_text().replace('"converged"', '"budget"')
    assert "more tries" in " ".join(panel().texts)


def test_stopped_and_failed(addon, tmp_path):
    obj = built()
    obj.fabric.fit.folder = str(tmp_path)
    (tmp_path / HISTORY).touch()
    assert panel().buttons == [("fabric.fit", {"resume": True}), ("fabric.fit", {})]
    job = PretendedJob(end="failed")
    tasks.begin(Fit(obj, job))
    job.tick()
    assert "step 3 is not reached" in " ".join(panel().texts)


def test_a_damaged_weave(addon):
    obj = built()
    obj.fabric.fit.result = FINDING.to_text()
    obj.fabric.weave.text = "damaged"
    assert "Off by 100 µm" in panel().texts


def test_a_renamed_yarn(addon):
    obj = built()
    obj.fabric.fit.result = replace(FINDING, yarns=["ends", "picks"]).to_text()
    obj.fabric.yarns[0].name = "wool"
    said = " ".join(panel().texts)
    assert "wool: Stretch 0.5 ± 0.001 MPa" in said


def test_an_error_says_which_value_in_words(addon):
    obj = built()
    job = PretendedJob(end="failed")
    tasks.begin(Fit(obj, job))
    job.tick()
    job.error = job.error._replace(where="yarns.ends.young_modulus")
    assert "Ends Stretch: step 3" in " ".join(panel().texts)


def test_of_one_that_is_simulated_with_others(addon):
    one, two = built(), built()
    assert "alone" not in " ".join(panel().texts)
    two.fabric.simulation.lead = one
    assert "Fits simulate this fabric alone, without Fabric" in " ".join(panel().texts)

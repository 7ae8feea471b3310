"""Defaults of how a fabric is simulated are those of the package where it has some."""

import bpy


def test_defaults(addon):
    simulation = bpy.context.scene.fabric.simulation
    assert (simulation.substeps, simulation.integrator, simulation.device) == (20, "bdf2", "auto")
    assert (simulation.cache, simulation.frames) == ("", 0)

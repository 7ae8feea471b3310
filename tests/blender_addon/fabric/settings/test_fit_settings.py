"""A fit's settings: stretch and bend are ticked, there is no target yet."""

import bpy


def test_defaults(addon):
    fit = bpy.context.scene.fabric.fit
    ticked = ("young_modulus", "bending_modulus", "linear_density", "shear_modulus", "friction")
    assert [getattr(fit, name) for name in ticked] == [True, True, False, False, False]
    ticked = ("cohesion", "damping", "crossing_stiffness", "crimp", "crimp_set")
    assert [getattr(fit, name) for name in ticked] == [False] * 5
    assert (fit.kind, fit.target, fit.markers, fit.path, fit.result) == ("OBJECT", None, None, "", "")

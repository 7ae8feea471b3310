"""What a fit compares with, and what it may change."""

import bpy
from bpy.props import BoolProperty, PointerProperty, StringProperty
from bpy.types import PropertyGroup


class FitSettings(PropertyGroup):
    """The target, and the parameters that are fitted."""

    target: PointerProperty(
        name="Target", description="An animated mesh, curves, or a parent of marker empties", type=bpy.types.Object
    )
    path: StringProperty(name="Trajectory", description="A trajectory file (.h5) instead", subtype="FILE_PATH")
    young_modulus: BoolProperty(name="Stretch", description="Young's modulus of each yarn", default=True)
    bending_modulus: BoolProperty(name="Bend", description="Bending modulus of each yarn", default=True)
    linear_density: BoolProperty(name="Weight", description="Linear density of each yarn", default=False)
    shear_modulus: BoolProperty(name="Shear", default=False)
    friction: BoolProperty(name="Friction", default=False)
    result: StringProperty(name="Result", description="What the last fit found, as JSON")

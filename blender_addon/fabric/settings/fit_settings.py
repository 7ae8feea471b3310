"""What a fit compares with, and what it may change."""

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, PointerProperty, StringProperty
from bpy.types import PropertyGroup

from ...path_options import RELATIVE


class FitSettings(PropertyGroup):
    """The target, and the parameters that are fitted."""

    kind: EnumProperty(
        name="Target",
        items=(
            ("OBJECT", "Object", "An animated mesh or curves, a fabric, or the parent of what was imported"),
            ("COLLECTION", "Markers", "A collection of empties that follow marks on the cloth"),
            ("FILE", "File", "A simulation (.h5), markers (.csv) or meshes (.npz, .obj) on disk"),
        ),
    )
    target: PointerProperty(
        name="Object",
        description="An animated mesh or curves, another fabric, or the parent of imported ones or of marker "
        "empties. Where its points are this fabric's crossings or yarns, these are compared one by one and may stand "
        "anywhere; else closest points are compared. It may be hidden",
        type=bpy.types.Object,
    )
    markers: PointerProperty(
        name="Collection",
        description="Empties that follow marks on the cloth. Each is on the crossing that "
        "it is nearest to at the start frame; call it 3:4 to say that it is on pick 3 and end 4, from 0",
        type=bpy.types.Collection,
    )
    path: StringProperty(
        name="File",
        description="A simulation (.h5), markers (.csv) or meshes (.npz, .obj)",
        subtype="FILE_PATH",
        options=RELATIVE,
    )
    young_modulus: BoolProperty(name="Stretch", description="Young's modulus of each yarn", default=True)
    bending_modulus: BoolProperty(name="Bend", description="Bending modulus of each yarn", default=True)
    linear_density: BoolProperty(name="Weight", description="Linear density of each yarn", default=False)
    cohesion: BoolProperty(name="Cohesion", description="Cohesion of each yarn", default=False)
    damping: BoolProperty(name="Damping", description="Damping of each yarn, and of the fabric in shear", default=False)
    shear_modulus: BoolProperty(name="Shear", description="Shear modulus or rigidity of the fabric", default=False)
    friction: BoolProperty(name="Friction", description="Friction between yarns", default=False)
    crossing_stiffness: BoolProperty(
        name="Flattening", description="Stiffness of crossings that flatten", default=False
    )
    crimp: BoolProperty(name="Crimp", description="How wavy ends and picks are", default=False)
    crimp_set: BoolProperty(name="Set", description="How much of their waves yarns keep", default=False)
    evaluations: IntProperty(
        name="Tries",
        description="The most evaluations to make; each is a simulation and its gradient",
        default=30,
        min=1,
    )
    folder: StringProperty(name="Folder", description="Folder of the last fit's files")
    beside: StringProperty(description="Identity of the fabric that shows what was found")
    result: StringProperty(name="Result", description="What the last fit found, as JSON")

"""Size, sett, contact and pins of a fabric."""

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)
from bpy.types import PropertyGroup

from ..objects.tubes import show_tubes
from ..objects.yarn_objects import yarn_objects


def _show_tubes(settings: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    obj = settings.id_data
    if isinstance(obj, bpy.types.Object):
        show_tubes(obj, yarn_objects(obj).values())


class PinSettings(PropertyGroup):
    """Crossings that are held: where they are at rest, or following an object."""

    group: StringProperty(
        name="Vertex Group", description="The vertices of the cloth's surface (its crossings) that are held"
    )
    target: PointerProperty(
        name="Follow",
        description="An object that carries the pinned crossings along as it moves, turns and grows, from the start "
        "frame on. Without one they are held where they are",
        type=bpy.types.Object,
    )
    stiffness: FloatProperty(
        name="Stiffness",
        description="Stiffness of the spring that holds each crossing, in N/m. Lower is softer",
        default=1e4,
        min=1e-3,
        soft_max=1e6,
    )


class ClothSettings(PropertyGroup):
    """What the cloth measures and how its yarns touch."""

    ends: IntProperty(name="Ends", description="Number of lengthwise yarns", default=20, min=1, soft_max=400)
    picks: IntProperty(name="Picks", description="Number of crosswise yarns", default=20, min=1, soft_max=400)
    end_sett: FloatProperty(
        name="Ends per cm", description="Sett of the lengthwise yarns", default=5.0, min=0.01, soft_max=100.0
    )
    pick_sett: FloatProperty(
        name="Picks per cm", description="Sett of the crosswise yarns", default=5.0, min=0.01, soft_max=100.0
    )
    pose: EnumProperty(
        name="Pose",
        description="How the fabric lies before it is simulated",
        items=(
            ("HANGING", "Hanging", "Upright: ends side by side along x, picks downwards"),
            ("FLAT", "Flat", "Level: ends side by side along x, picks along y"),
        ),
    )
    tubes_viewport: BoolProperty(
        name="Round Yarns",
        description="Draw yarns as tubes in the viewport: slower, from about 60 by 60 crossings on. Renders always do",
        default=True,
        update=_show_tubes,
    )
    pins: CollectionProperty(type=PinSettings)
    active_pin: IntProperty(name="Active Pin")
    shear_modulus: FloatProperty(
        name="Shear",
        description="Resistance of crossing yarns to turning against each other, in Pa. Higher is stiffer",
        default=1000.0,
        min=0.0,
    )
    friction: FloatProperty(
        name="Friction",
        description="Friction coefficient of yarns that cross. Higher keeps them from sliding",
        default=0.5,
        min=0.0,
        soft_max=2.0,
    )
    friction_stiffness: FloatProperty(
        name="Stick",
        description="Stiffness with which yarns stick to each other until they slide, in N/m",
        default=1000.0,
        min=1e-6,
    )
    sliding_damping: FloatProperty(
        name="Damping", description="Damping of yarns that slide through a crossing, in N s/m", default=1000.0, min=0.0
    )
    parallel_stiffness: FloatProperty(
        name="Crowding",
        description="Resistance of neighbouring yarns to being pushed together, in Pa",
        default=1.0,
        min=0.0,
    )
    wind_density: FloatProperty(
        name="Density",
        description="Density of the air, in kg/m³. Still air slows moving cloth, too; 0 removes the air",
        default=1.2,
        min=0.0,
    )
    wind_drag: FloatProperty(
        name="Drag", description="Drag of air that moves along the cloth, in kg/(m² s)", default=0.0, min=0.0
    )

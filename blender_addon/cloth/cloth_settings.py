"""Size, sett, contact and pins of a fabric."""

import bpy
from bpy.props import CollectionProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty
from bpy.types import PropertyGroup


class PinSettings(PropertyGroup):
    """Crossings that are held: where they are at rest, or following an object."""

    group: StringProperty(name="Vertex Group", description="Crossings of the cloth's surface that are held")
    target: PointerProperty(
        name="Follow",
        description="An object that carries the pinned crossings along; empty: they are held where they are",
        type=bpy.types.Object,
    )
    stiffness: FloatProperty(name="Stiffness", description="In N/m", default=1e4, min=1e-3, soft_max=1e6)


class ClothSettings(PropertyGroup):
    """What the cloth measures and how its yarns touch."""

    ends: IntProperty(name="Ends", description="Number of lengthwise yarns", default=20, min=1, soft_max=400)
    picks: IntProperty(name="Picks", description="Number of crosswise yarns", default=20, min=1, soft_max=400)
    end_sett: FloatProperty(name="Ends per cm", default=5.0, min=0.01, soft_max=100.0, precision=2)
    pick_sett: FloatProperty(name="Picks per cm", default=5.0, min=0.01, soft_max=100.0, precision=2)
    pose: EnumProperty(
        name="Pose",
        items=(
            ("HANGING", "Hanging", "Ends side by side along x, picks downwards"),
            ("FLAT", "Flat", "In the ground plane: ends side by side along x, picks along y"),
        ),
    )
    pins: CollectionProperty(type=PinSettings)
    active_pin: IntProperty(name="Active Pin")
    shear_modulus: FloatProperty(name="Shear", description="Shear modulus in Pa", default=1000.0, min=0.0)
    friction: FloatProperty(name="Friction", description="Between yarns", default=0.5, min=0.0, soft_max=2.0)
    friction_stiffness: FloatProperty(name="Friction Stiffness", description="In N/m", default=1000.0, min=1e-6)
    sliding_damping: FloatProperty(name="Sliding Damping", description="In N s/m", default=1000.0, min=0.0)
    parallel_stiffness: FloatProperty(name="Parallel Contact", description="In Pa", default=1.0, min=0.0)
    wind_density: FloatProperty(name="Air Density", description="In kg/m³", default=1.2, min=0.0)
    wind_drag: FloatProperty(name="Air Drag", description="In kg/(m² s)", default=0.0, min=0.0)

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


def _damping(settings: bpy.types.PropertyGroup) -> float:
    """The strongest of the yarns and of shear: they differ where a fit found them."""
    return max(settings.shear_damping, *(yarn.damping for yarn in settings.id_data.fabric.yarns), 0.0)


def _set_damping(settings: bpy.types.PropertyGroup, value: float) -> None:
    settings.shear_damping = value
    for yarn in settings.id_data.fabric.yarns:
        yarn.damping = value


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
    bone: StringProperty(
        name="Bone", description="The bone of the armature that carries them. Without one its object does"
    )
    by_surface: BoolProperty(
        name="On Its Surface",
        description="Each pinned crossing goes with the place of the mesh that is nearest to it at the start frame, "
        "as the mesh bends and stretches. Off: all go with the object as a whole",
    )
    surface_group: StringProperty(
        name="Part", description="A vertex group of the mesh: only this part of it carries them. Empty: all of it"
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
    shape: StringProperty(
        name="Shape", description="What the cloth is cut to: its outline, or its crossings. Empty: the whole rectangle"
    )
    bundle: IntProperty(
        name="Bundle",
        description="How many yarns are simulated as one, so that large cloth takes less time and memory. All of them "
        "are drawn; none slides. 0: as many as leave 10 000 crossings at most",
        default=1,
        min=0,
        soft_max=32,
    )
    damping: FloatProperty(
        name="Damping",
        description="How fast the cloth stops trembling, by what its yarns lose inside, in milliseconds. 0: air alone "
        "slows it. With 3, a ripple that moves five times a second loses a quarter of its height each time",
        min=0.0,
        soft_max=20.0,
        get=_damping,
        set=_set_damping,
        options={"SKIP_SAVE"},  # its yarns and `shear_damping` keep it
    )
    crimp: EnumProperty(
        name="Waviness",
        description="How wavy are the yarns (their crimp)? Woven yarns bend over and under each other, and pulled "
        "cloth first straightens them: it gives far more than its yarns do",
        items=(
            ("NONE", "None", "Straight yarns: cloth as stiff as they are, much stiffer than real fabric"),
            ("TOUCHING", "Touching", "As wavy as round yarns that touch wherever they cross"),
            ("VALUES", "Values", "As wavy as you say, for ends and picks: how much longer yarns are than the cloth"),
        ),
    )
    end_crimp: FloatProperty(
        name="End Crimp",
        description="How much longer an end is than the cloth it runs through, once pulled straight",
        default=5.0,
        min=0.0,
        soft_max=30.0,
        precision=1,
        subtype="PERCENTAGE",
    )
    pick_crimp: FloatProperty(
        name="Pick Crimp",
        description="How much longer a pick is than the cloth is wide, once pulled straight",
        default=5.0,
        min=0.0,
        soft_max=30.0,
        precision=1,
        subtype="PERCENTAGE",
    )
    crimp_set: FloatProperty(
        name="Set",
        description="How much of its waves a yarn keeps when it is taken out of the cloth. With less, yarns press on "
        "each other harder, and slide less",
        default=80.0,
        min=0.0,
        max=100.0,
        precision=0,
        subtype="PERCENTAGE",
    )
    crossings_give: BoolProperty(
        name="Crossings Flatten",
        description="Yarns flatten where they press on each other, so that cloth pulled both ways at once gives more",
        default=False,
    )
    crossing_stiffness: FloatProperty(
        name="Stiffness",
        description="Resistance of a crossing to being flattened, in N/m. Lower is softer; fine cotton has about 125",
        default=125.0,
        min=1e-3,
        soft_max=1e4,
    )
    tubes_viewport: BoolProperty(
        name="Round Yarns",
        description="Draw yarns as tubes in the viewport: slower, from about 60 by 60 crossings on. Renders always do",
        default=True,
        update=_show_tubes,
    )
    pins: CollectionProperty(type=PinSettings)
    active_pin: IntProperty(name="Active Pin")
    shear_by: EnumProperty(
        name="Shear By",
        description="What resists when the cloth is pulled askew",
        items=(
            ("MODULUS", "Yarns (Pa)", "A modulus of crossing yarns: closer and thicker yarns make stiffer cloth"),
            ("RIGIDITY", "Cloth (N/m)", "A rigidity of the whole cloth, as it is measured in fabric"),
        ),
    )
    shear_modulus: FloatProperty(
        name="Shear",
        description="Resistance of crossing yarns to turning against each other, in Pa. Higher is stiffer",
        default=1000.0,
        min=0.0,
    )
    shear_rigidity: FloatProperty(
        name="Shear",
        description="Resistance of the cloth to being pulled askew, in N/m. Cotton has 40 to 140. Higher is stiffer",
        default=50.0,
        min=1e-6,
        soft_max=1e3,
    )
    shear_damping: FloatProperty(
        name="Shear Damping",
        description="What the cloth loses inside as it is pulled askew, in milliseconds; Damping in the Cloth panel "
        "sets it along with the yarns'",
        default=0.0,
        min=0.0,
        soft_max=20.0,
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
        name="Sliding", description="Damping of yarns that slide through a crossing, in N s/m", default=1000.0, min=0.0
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

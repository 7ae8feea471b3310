"""What a cloth touches besides its own crossings, and how."""

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, PointerProperty
from bpy.types import PropertyGroup


class CollisionSettings(PropertyGroup):
    """Obstacles, which have their thickness and friction in Blender's own Collision settings, and the cloth itself."""

    collide_with: EnumProperty(
        name="Collide With",
        description="Which objects the cloth cannot pass. They need Blender's own Collision (Physics properties)",
        items=(
            ("ALL", "All", "Every mesh object with Collision, also in collections that are instanced or linked"),
            ("COLLECTION", "Collection", "Those of one collection alone"),
            ("NONE", "Nothing", "The cloth passes through all objects"),
        ),
    )
    collection: PointerProperty(
        name="Collection",
        description="The cloth collides with the objects of this collection that have Collision",
        type=bpy.types.Collection,
    )
    self_collision: BoolProperty(
        name="Self Collision", description="The cloth cannot pass through itself, as where it folds. Takes longer"
    )
    friction: FloatProperty(
        name="Friction",
        description="Friction coefficient of the cloth on itself. Obstacles have their own",
        default=0.3,
        min=0.0,
        soft_max=2.0,
    )
    stiffness: FloatProperty(
        name="Stiffness",
        description="How strongly yarns resist being pressed onto obstacles and each other, in N/m. Lower is softer",
        default=100.0,
        min=1e-3,
        soft_max=1e4,
    )

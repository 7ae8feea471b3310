"""Fabrics that are simulated together, in one run, so that they touch each other: one leads, the others name it."""

from __future__ import annotations

import bpy

from .settings.cloth_settings import ClothSettings
from .settings.collision_settings import CollisionSettings

OF_CLOTH = (
    "shear_by",
    "shear_modulus",
    "shear_rigidity",
    "shear_damping",
    "friction",
    "friction_stiffness",
    "sliding_damping",
    "parallel_stiffness",
    "wind_density",
    "wind_drag",
)
"""Settings of the cloth that a run has once; so the lead's count."""
OF_COLLISION = ("collide_with", "collection", "friction", "stiffness")
"""Likewise, of collisions."""


def lead_of(obj: bpy.types.Object, scene: bpy.types.Scene) -> bpy.types.Object:
    """The fabric in whose run another is simulated: itself where it is simulated by itself. Cheap, for drawing."""
    seen = {obj}
    while (lead := obj.fabric.simulation.lead) is not None and lead not in seen:
        if not lead.fabric.built or scene.objects.get(lead.name) != lead:  # what names an object keeps it if deleted
            break
        seen.add(lead)
        obj = lead
    return obj


def beside(lead: bpy.types.Object, scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The other fabrics of a lead's run, by name; none where it is simulated by itself. Cheap, for drawing."""
    if lead_of(lead, scene) != lead:
        return []
    named = (each for each in scene.objects if each.fabric.built and each.fabric.simulation.lead is not None)
    found = [each for each in named if each != lead and lead_of(each, scene) == lead]
    return sorted(found, key=lambda each: each.name)


def group_of(obj: bpy.types.Object, scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """All fabrics of the run that a fabric is simulated in, the lead first."""
    lead = lead_of(obj, scene)
    return [lead, *beside(lead, scene)]


def bring_together(lead: bpy.types.Object, others: list[bpy.types.Object], scene: bpy.types.Scene) -> None:
    """Simulate fabrics in a lead's run from now on; those that one of them led come along."""
    joining = {each for other in others for each in group_of(other, scene)} - {lead}
    lead.fabric.simulation.lead = None
    for each in joining:
        each.fabric.simulation.lead = lead


def take_apart(obj: bpy.types.Object, scene: bpy.types.Scene) -> None:
    """Simulate a fabric by itself from now on; where it is the lead, the others too."""
    for each in beside(obj, scene):
        each.fabric.simulation.lead = None
    obj.fabric.simulation.lead = None


def without_effect(obj: bpy.types.Object, lead: bpy.types.Object) -> list[str]:
    """Settings of a fabric that differ from its lead's, which count, as the panels call them."""
    found = []
    for kind, group, names in ((ClothSettings, "cloth", OF_CLOTH), (CollisionSettings, "collision", OF_COLLISION)):
        own, counts = getattr(obj.fabric, group), getattr(lead.fabric, group)
        labels = kind.bl_rna.properties
        found += [labels[each].name for each in names if getattr(own, each) != getattr(counts, each)]
    return [*dict.fromkeys(found)]

"""Choosing which fabrics are simulated together, in one run."""

import bpy

from ..fabric.active import fabric_object, touched
from ..fabric.group import bring_together, group_of, lead_of, take_apart
from ..job import tasks
from ..operator import is_local, reported


class GroupOperator:
    """Base of such operators."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def _poll(cls, fabrics):
        for each in fabrics:
            if not is_local(cls, each):
                return False
            if tasks.running(each, "simulate"):
                cls.poll_message_set("Wait for the end of the simulation, or cancel it")
                return False
        return True


class FABRIC_OT_together(GroupOperator, bpy.types.Operator):
    """Simulate the selected fabrics together."""

    bl_idname = "fabric.together"
    bl_label = "Simulate Selected Together"
    bl_description = (
        "Simulate the selected fabrics in one run, in which they touch each other. The active one leads: its method, "
        "contact, air and collisions count for all"
    )

    @classmethod
    def poll(cls, context):
        fabrics = touched(context)
        if len(fabrics) < 2 or fabric_object(context) is None:
            cls.poll_message_set("Select two fabrics or more; the active one leads")
            return False
        if any(context.scene.objects.get(each.name) != each for each in fabrics):
            cls.poll_message_set("The fabrics are not in one scene")
            return False
        return cls._poll([of for each in fabrics for of in group_of(each, context.scene)])

    @reported
    def execute(self, context):
        lead = fabric_object(context)
        assert lead is not None  # see poll
        bring_together(lead, touched(context), context.scene)
        names = ", ".join(each.name for each in group_of(lead, context.scene))
        self.report({"INFO"}, f"Simulated together from now on: {names}")
        return {"FINISHED"}


class FABRIC_OT_apart(GroupOperator, bpy.types.Operator):
    """Simulate the fabric by itself."""

    bl_idname = "fabric.apart"
    bl_label = "Simulate by Itself"
    bl_description = "Simulate this fabric by itself again; where it leads others, all of them by themselves"

    @classmethod
    def poll(cls, context):
        obj = fabric_object(context)
        if obj is None or len(group_of(obj, context.scene)) < 2:
            cls.poll_message_set("It is simulated by itself")
            return False
        return cls._poll(group_of(obj, context.scene))

    @reported
    def execute(self, context):
        obj = fabric_object(context)
        assert obj is not None  # see poll
        take_apart(obj, context.scene)
        return {"FINISHED"}


def lead_in(context: bpy.types.Context) -> bpy.types.Object | None:
    """The fabric that is simulated where the active one is: the lead of its group, or itself."""
    obj = fabric_object(context)
    return None if obj is None else lead_of(obj, context.scene)


CLASSES = (FABRIC_OT_together, FABRIC_OT_apart)

"""What Blender keeps of a weave: one text, so that each edit is one step to undo."""

from bpy.props import EnumProperty, StringProperty
from bpy.types import PropertyGroup


class WeaveSettings(PropertyGroup):
    """A weave as text (see `weave_text.Weave`), and how its drawdown is looked at."""

    text: StringProperty(name="Weave", description="Draft and yarns of one repeat; empty for plain weave")
    view: EnumProperty(
        name="View",
        items=(
            ("COLOR", "Color", "The cloth's face in its yarns' colours"),
            ("STRUCTURE", "Structure", "Black where the end is on top"),
            ("INTERLACEMENT", "Interlace", "Yarns passing over and under each other"),
        ),
    )

"""Options of the exported file, see `usd_export.Options`."""

from bpy.props import BoolProperty, EnumProperty, IntProperty
from bpy.types import PropertyGroup


class ExportSettings(PropertyGroup):
    """What is exported, and how."""

    samples_per_crossing: IntProperty(name="Samples per Crossing", default=4, min=1, soft_max=16)
    plies: IntProperty(name="Plies", description="Strands twisted into each yarn; 0 for smooth yarns", min=0, max=100)
    surface: BoolProperty(name="Surface", default=True)
    pins: BoolProperty(name="Pins", default=True)
    velocities: BoolProperty(name="Velocities", description="For motion blur", default=True)
    materials: BoolProperty(name="Materials", default=True)
    unit: EnumProperty(name="Unit", items=(("m", "Metres", ""), ("cm", "Centimetres", ""), ("mm", "Millimetres", "")))
    up_axis: EnumProperty(name="Up", items=(("Z", "Z", ""), ("Y", "Y", "")))
    layers: BoolProperty(name="Separate Samples", description="Samples in a layer of their own")
    clips: IntProperty(name="Frames per Clip", description="0: no value clips", min=0)

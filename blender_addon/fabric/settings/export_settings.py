"""Options of the exported file, see `usd_export.Options`."""

from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty
from bpy.types import PropertyGroup

PURPOSES = (
    ("AUTO", "Automatic", "Yarns are for renders, the surface stands in for them in viewports"),
    ("default", "Default", "Always shown"),
    ("render", "Render", "Shown in final renders"),
    ("proxy", "Proxy", "Shown in viewports, in place of what is rendered"),
    ("guide", "Guide", "Shown where guides are"),
)
OBSTACLE_PURPOSES = (("AUTO", "Automatic", "Shown where guides are"), *PURPOSES[1:])


class ExportSettings(PropertyGroup):
    """What is exported, and how."""

    yarns: BoolProperty(name="Yarns", description="As curves", default=True)
    surface: BoolProperty(name="Surface", description="As a mesh", default=True)
    pins: BoolProperty(name="Pins", description="As guides", default=True)
    obstacles: BoolProperty(name="Obstacles", description="As colliders", default=True)
    velocities: BoolProperty(name="Velocities", description="Velocities of all points, for motion blur", default=True)
    materials: BoolProperty(name="Materials", description="UsdPreviewSurface, and MaterialX as a variant", default=True)
    sim_curves: BoolProperty(
        name="Solver Curves", description="Linear curves with physical attributes, for other solvers"
    )
    samples_per_crossing: IntProperty(
        name="Samples",
        description="Curve points from one crossing to the next: the level of detail",
        default=4,
        min=1,
        soft_max=16,
        max=1000,
    )
    plies: IntProperty(name="Plies", description="Strands twisted into each yarn; 0 for smooth yarns", min=0, max=100)
    ply_twist: FloatProperty(
        name="Twist",
        description="Twist of the plies, in turns per metre, negative for S twist; 0: typical of each yarn",
    )
    yarn_purpose: EnumProperty(
        name="Yarns", description="USD purpose of the yarns: where they are shown", items=PURPOSES
    )
    surface_purpose: EnumProperty(
        name="Surface", description="USD purpose of the surface: where it is shown", items=PURPOSES
    )
    obstacle_purpose: EnumProperty(
        name="Obstacles", description="USD purpose of obstacles: where they are shown", items=OBSTACLE_PURPOSES
    )
    unit: EnumProperty(
        name="Unit",
        description="Unit of lengths in the file",
        items=(("m", "Metres", ""), ("cm", "Centimetres", ""), ("mm", "Millimetres", "")),
    )
    up_axis: EnumProperty(name="Up", description="The file's up axis", items=(("Z", "Z", ""), ("Y", "Y", "")))
    time_codes_per_second: FloatProperty(
        name="Time Codes", description="Time codes per second in the file; 0: the scene's frames per second", min=0.0
    )
    layers: BoolProperty(name="Separate Layer", description="Samples in a file of their own beside the exported one")
    clips: IntProperty(
        name="Frames per Clip", description="Samples in value clips, files beside the exported one; 0: none", min=0
    )

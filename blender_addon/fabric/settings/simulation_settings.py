"""How a fabric is simulated; frames and frame rate are the scene's own."""

import bpy
from bpy.props import EnumProperty, IntProperty, PointerProperty, StringProperty
from bpy.types import PropertyGroup

from ...path_options import RELATIVE


class SimulationSettings(PropertyGroup):
    """Time steps, device and cache."""

    substeps: IntProperty(name="Substeps", description="Time steps in each frame", default=20, min=1, soft_max=200)
    integrator: EnumProperty(
        name="Method",
        items=(
            ("bdf2", "Accurate (BDF2)", "Second order in time: moves freely"),
            ("euler", "Damped (Euler)", "First order in time: calms down faster"),
            ("static", "Rest Shape", "The equilibrium: one frame, no motion"),
        ),
    )
    device: EnumProperty(
        name="Device",
        items=(
            ("auto", "Automatic", "A CUDA GPU where there is one and it is faster, else the processor"),
            ("cpu", "CPU", "The processor"),
            ("cuda:0", "GPU", "The first CUDA GPU"),
        ),
    )
    lead: PointerProperty(
        name="Together With",
        description="The fabric in whose run this one is simulated, so that they touch each other",
        type=bpy.types.Object,
    )
    panel: StringProperty(description="Which of the fabrics in the cache this is; empty: the only one")
    cache: StringProperty(
        name="Cache",
        description="The simulated cloth (.usdc)",
        subtype="FILE_PATH",
        options=RELATIVE,
    )
    start: IntProperty(name="Cache Start", description="Scene frame of the cache's first frame")
    given_up: StringProperty(description="The stopped simulation that is not to go on, as the fabric was put to rest")
    frames: IntProperty(name="Cached Frames", description="How many frames the cache holds", min=0)

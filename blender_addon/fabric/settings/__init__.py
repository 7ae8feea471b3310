"""What Blender keeps of a fabric: a group of properties for each topic, in the blend file and undone with it."""

from .cloth_settings import ClothSettings, PinSettings
from .collision_settings import CollisionSettings
from .export_settings import ExportSettings
from .fabric_settings import FabricSettings
from .fit_settings import FitSettings
from .simulation_settings import SimulationSettings
from .weave_settings import WeaveSettings
from .yarn_settings import YarnSettings

CLASSES = (
    WeaveSettings,
    YarnSettings,
    PinSettings,
    ClothSettings,
    CollisionSettings,
    SimulationSettings,
    FitSettings,
    ExportSettings,
    FabricSettings,
)
"""Each after those that it holds."""

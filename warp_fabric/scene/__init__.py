"""Scene: everything a run needs, in Python and as a TOML file."""

from warp_fabric.scene.collision import Collision
from warp_fabric.scene.contact import Contact
from warp_fabric.scene.obstacle import Obstacle
from warp_fabric.scene.panels import Panel
from warp_fabric.scene.scene import Scene
from warp_fabric.scene.settings import Environment, Initial, Pin, SolverSettings, Time
from warp_fabric.scene.toml import load_scene
from warp_fabric.scene.weaving import FabricSettings

__all__ = [
    "Collision",
    "Contact",
    "Environment",
    "FabricSettings",
    "Initial",
    "Obstacle",
    "Panel",
    "Pin",
    "Scene",
    "SolverSettings",
    "Time",
    "load_scene",
]

"""What was observed of a cloth and is compared with its simulation: runs, marker tracks, animated meshes, shapes."""

from warp_fabric.fitting.targets.frames import FramesTarget
from warp_fabric.fitting.targets.markers import MarkerTarget
from warp_fabric.fitting.targets.mesh_sequence import MeshTarget
from warp_fabric.fitting.targets.place import TargetWarning
from warp_fabric.fitting.targets.rest_shape import RestShapeTarget
from warp_fabric.fitting.targets.target import Comparison, Target, as_target

__all__ = [
    "Comparison",
    "FramesTarget",
    "MarkerTarget",
    "MeshTarget",
    "RestShapeTarget",
    "Target",
    "TargetWarning",
    "as_target",
]

"""A scene with all inputs."""

from small_run import small_scene

from warp_fabric.initial import initial_state
from warp_fabric.inputs import Inputs
from warp_fabric.model import Model
from warp_fabric.yarn import library_yarn

SCENE = small_scene(
    yarns__stiff=library_yarn("paper-yarn-2"),
    yarns__stiff__radius=2.5e-4,
    fabric__end_yarns=["soft", "stiff"],
    environment__gusts=[[0.0, 0.0, 1.0, 0.0], [0.01, 1.0, -2.0, 0.5], [0.03, 0.0, 0.0, 0.0]],
)
GRID = (6, 5)
STEPS = 40
SHAPES = {
    "yarns.soft.radius": (),
    "yarns.stiff.radius": (),
    "yarns.stiff.linear_density": (),
    "contact.friction": (),
    "environment.gravity": (3,),
    "environment.wind": (3,),
    "environment.gusts": (3, 4),
    "pins.1.stiffness": (),
    "pins.0.path": (1, 4),
    "pins.1.path": (2, 4),
    "initial.position": (*GRID, 3),
    "initial.velocity": (*GRID, 3),
    "initial.sliding": (*GRID, 2),
    "initial.sliding_velocity": (*GRID, 2),
    "forces": (STEPS, *GRID, 3),
}


def inputs_of(scene, device, **options) -> Inputs:
    return Inputs.of(scene, Model(scene, device), initial_state(scene), **options)

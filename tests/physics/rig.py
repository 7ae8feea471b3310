"""Scenes of the physics tests, and what is measured on their runs with NumPy alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

import warp_fabric as wf
from warp_fabric.initial import initial_state

GRAVITY = 9.8  # m/s2
RADIUS = 1.0e-4  # m


def yarn(stretch: float, bend: float, density: float, radius: float = RADIUS) -> wf.Yarn:
    """A yarn by its stretch stiffness ks [N], bending rigidity kb [N m2] and linear density [kg/m]."""
    area = np.pi * radius**2
    return wf.Yarn(radius=radius, young_modulus=stretch / area, bending_modulus=bend / area, linear_density=density)


def single_yarn(kind: wf.Yarn, segments: int, length: float, pins, *, axis: str = "pick", pose: str = "flat", **parts):
    """The scene of one yarn alone, a pick (along +x) or an end (flat: along +y, hanging: along -z).

    `pins` maps crossing numbers along the yarn to targets (None: where it rests); `parts` are other parts of a scene.
    """
    spacing, count = length / segments, segments + 1
    size = {"ends": count, "picks": 1} if axis == "pick" else {"ends": 1, "picks": count}
    fabric = wf.FabricSettings(
        **size, end_spacing=spacing, pick_spacing=spacing, end_yarns=["yarn"], pick_yarns=["yarn"], pose=pose
    )
    held = [
        wf.Pin(
            crossing=(0, k % count) if axis == "pick" else (k % count, 0),
            stiffness=1.0e6,
            path=None if target is None else [[0.0, *target]],
        )
        for k, target in pins.items()
    ]
    return wf.Scene(fabric=fabric, yarns={"yarn": kind}, pins=held, **parts)


def motion(duration: float, step: float, integrator: str, frames_per_second: float | None = None) -> wf.Time:
    """As many frames as steps, unless said otherwise."""
    return wf.Time(
        duration=duration, step=step, frames_per_second=frames_per_second or 1.0 / step, integrator=integrator
    )


def started(scene: wf.Scene, folder: Path, **arrays: np.ndarray) -> wf.Scene:
    """The scene with `arrays` (by data set name, [picks, ends, k], of panels [crossings, k]) as its initial state."""
    state = {**initial_state(scene), **arrays}
    if "sliding" in arrays:
        state.setdefault("anchor", arrays["sliding"])
    state = {name: np.asarray(values)[None] for name, values in state.items()}
    compression = np.zeros(state["position"].shape[:-1])
    path = folder / "start.h5"
    run = wf.Trajectory(
        time=np.zeros(1), **state, compression=compression, scene=scene, version=wf.__version__, device="cpu"
    )
    return replace(scene, initial=wf.Initial(state=str(run.save(path))))


def pin_force(run: wf.Trajectory, number: int, frame: int = -1) -> np.ndarray:
    """Force [3] N that a pin exerts on the cloth."""
    pin = run.scene.pins[number]
    rows = np.asarray(pin.path if pin.path is not None else [[0.0, *run.fabric.position[pin.crossing]]])
    target = [np.interp(run.time[frame], rows[:, 0], rows[:, k]) for k in (1, 2, 3)]
    return pin.stiffness * (target - run.position[frame][pin.crossing])


class Lines(NamedTuple):
    """All picks, or all ends, with crossings along the axis before the last; frames and yarns before that."""

    x: np.ndarray
    s: np.ndarray
    v: np.ndarray
    sd: np.ndarray
    density: np.ndarray
    stretch: np.ndarray
    bend: np.ndarray

    @property
    def segments(self):
        """x0, x1, D and the material's velocities a, b at both ends of all segments; their linear densities."""
        length = np.diff(self.s)[..., None]
        w = np.diff(self.x, axis=-2) / length
        a = self.v[..., :-1, :] - w * self.sd[..., :-1, None]
        b = self.v[..., 1:, :] - w * self.sd[..., 1:, None]
        return self.x[..., :-1, :], self.x[..., 1:, :], length, a, b, self.density[:, None, None]


def lines(run: wf.Trajectory) -> tuple[Lines, Lines]:
    """Picks and ends of all frames."""
    fabric, result = run.fabric, []
    for axis, yarns in ((0, fabric.pick_yarn), (1, fabric.end_yarn)):
        sets = (run.position, run.sliding, run.velocity, run.sliding_velocity)
        x, s, v, sd = (np.swapaxes(values, 1, 1 + axis) for values in sets)
        kinds = [fabric.yarns[index] for index in yarns]
        area = [np.pi * kind.radius**2 for kind in kinds]
        stretch = np.array([kind.young_modulus * one for kind, one in zip(kinds, area)])
        bend = np.array([kind.bending_modulus * one for kind, one in zip(kinds, area)])
        density = np.array([kind.linear_density for kind in kinds])
        result.append(Lines(x, s[..., axis], v, sd[..., axis], density, stretch, bend))
    return result[0], result[1]


def over_segments(values: np.ndarray) -> np.ndarray:
    """Sum over yarns and segments, frame by frame."""
    return values.sum(axis=(1, 2))


def mass_and_centre(run: wf.Trajectory) -> tuple[float, np.ndarray]:
    """Mass [kg], and centre of mass [frames, 3] m."""
    mass, moment = 0.0, 0.0
    for group in lines(run):
        x0, x1, length, _, _, density = group.segments
        mass += over_segments(density * length)[0, 0]
        moment = moment + over_segments(density * length * (x0 + x1) / 2)
    return mass, moment / mass


def momentum(run: wf.Trajectory) -> tuple[np.ndarray, np.ndarray]:
    """Linear [frames, 3] N s and angular momentum about the origin [frames, 3] N m s."""
    linear, angular = 0.0, 0.0
    for group in lines(run):
        x0, x1, length, a, b, density = group.segments
        p0, p1 = density * length / 6 * (2 * a + b), density * length / 6 * (a + 2 * b)
        linear = linear + over_segments(p0 + p1)
        angular = angular + over_segments(np.cross(x0, p0) + np.cross(x1, p1))
    return linear, angular


def energy(run: wf.Trajectory) -> np.ndarray:
    """Kinetic, stretch, bending and gravity's energy together [frames] J; of fabrics without shear and contact."""
    total = 0.0
    for group in lines(run):
        x0, x1, length, a, b, density = group.segments
        kinetic = density * length / 6 * (a * a + b * b + a * b)
        strain = np.linalg.norm(x1 - x0, axis=-1)[..., None] / length - 1.0
        stretched = 0.5 * group.stretch[:, None, None] * length * strain**2
        high = -density * length * (0.5 * (x0 + x1) @ np.asarray(run.scene.environment.gravity))[..., None]
        total = total + over_segments(kinetic).sum(-1) + over_segments(stretched + high)[:, 0]
        if group.x.shape[-2] > 2:
            along = np.diff(group.x, axis=-2)
            along /= np.linalg.norm(along, axis=-1)[..., None]
            half = np.linalg.norm(np.diff(along, axis=-2), axis=-1) / 2
            angle = 2 * np.arcsin(np.minimum(half, 1.0))
            span = group.s[..., 2:] - group.s[..., :-2]
            total = total + (group.bend[:, None] * angle**2 / span).sum(axis=(1, 2))
    return total


def soft_cloth(time: wf.Time, gravity: float = 0.0, **contact: float) -> wf.Scene:
    """A free cloth of soft, unlike yarns in vacuum, whose fastest stretch waves have periods of 5 ms; no shear, no
    friction and no contact between yarns but what `contact` says."""
    kinds = {"thin": yarn(0.02, 1.0e-7, 1.0e-3, 2.0e-4), "thick": yarn(0.03, 2.0e-7, 2.0e-3, 3.0e-4)}
    fabric = wf.FabricSettings(
        ends=6,
        picks=7,
        end_spacing=1.0e-2,
        pick_spacing=0.8e-2,
        end_yarns=["thin", "thick"],
        pick_yarns=["thick", "thin", "thin"],
    )
    nothing = {"shear_modulus": 0.0, "friction": 0.0, "sliding_damping": 0.0, "parallel_stiffness": 0.0}
    return wf.Scene(
        fabric=fabric,
        yarns=kinds,
        contact=wf.Contact(**{**nothing, **contact}),
        environment=wf.Environment(gravity=[0, 0, -gravity], wind_density=0.0),
        time=time,
        solver=wf.SolverSettings(tolerance=1e-11),
    )


def wave(scene: wf.Scene, speed: float = 0.05) -> np.ndarray:
    """Velocities [picks, ends, 3] m/s of a standing wave that leaves the edges unstrained: a smooth start."""
    rest = scene.build().position
    size = rest[-1, -1] - rest[0, 0]
    across, up = (np.cos(np.pi * (rest - rest[0, 0])[..., k] / size[k]) for k in (0, 1))
    return speed * (across * up)[..., None] * [1.0, 0.5, 2.0]

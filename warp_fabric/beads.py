"""Beads: the balls on yarns by which cloth touches obstacles and itself (`docs/physics.md`, section 13).

A crossing bead sits at every crossing, as thick as its two yarns together. Where cloth is open, segment beads, as thick
as their yarn, close the gap between two crossings. How many there are is settled by the radii that a model is made
with; what their radii are is read from the material, so that it can be differentiated.
"""

# Warp structs are no types to a type checker.
# pyright: reportInvalidTypeForm=false, reportGeneralTypeIssues=false, reportOperatorIssue=false

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp

from warp_fabric.bead_counts import SLACK, beads_between
from warp_fabric.fabric import Fabric, kinds_of_nodes
from warp_fabric.layout import ALONG_PICK, Layouts
from warp_fabric.material import Material
from warp_fabric.topology import Topology
from warp_fabric.types import f64, vec2, vec3


@dataclass(frozen=True)
class BeadTable:
    """The beads of one or more fabrics, K in all: of each fabric the crossings', then those of its picks' segments,
    then of its ends', in the order of their first crossings and along the segment.

    Attributes:
        node: [K, 2] the crossings a bead rides on, twice the same for a crossing bead. weight: [K] of the first.
        yarn: [K, 2] of whose radii its own is the sum; the second is -1 for a segment bead.
        radius: [K] m, as made. fabric: [K]. flat: [K, 2] m, its place in the flat fabric at rest.
    """

    node: np.ndarray
    weight: np.ndarray
    yarn: np.ndarray
    radius: np.ndarray
    fabric: np.ndarray
    flat: np.ndarray


def beads_of(fabrics: list[Fabric], topology: Topology) -> BeadTable:
    """The beads of fabrics side by side, their kinds of yarn numbered behind each other."""
    yarns = kinds_of_nodes(fabrics)
    radii = np.concatenate([fabric.kind_radius for fabric in fabrics])
    first_node = np.cumsum([0] + [fabric.layout.count for fabric in fabrics])
    parts: list[tuple[np.ndarray, ...]] = []
    for number, fabric in enumerate(fabrics):
        pick, end = fabric.layout.crossing.T
        here = slice(first_node[number], first_node[number + 1])
        of_node = [each[here] for each in yarns]
        thick = radii[of_node[0]] + radii[of_node[1]]
        flat = np.stack([end * fabric.end_spacing, pick * fabric.pick_spacing], axis=1)
        node = np.arange(fabric.layout.count)

        def add(node, weight, yarn, radius, flat, number=number) -> None:
            parts.append((node + first_node[number], weight, yarn, radius, np.full(len(node), number), flat))

        add(np.stack([node, node], 1), np.ones(len(node)), np.stack(of_node, 1), thick, flat)
        mine = topology.fabric[topology.segment[:, 0]] == number
        for axis, length in enumerate((fabric.end_spacing, fabric.pick_spacing)):
            segment = topology.segment[mine & (topology.segment_axis == axis)] - first_node[number]
            segment = segment[np.argsort(segment[:, 0], kind="stable")]
            yarn = np.stack(of_node if axis == ALONG_PICK else of_node[::-1], 1)[segment[:, 0]]
            if fabric.bundling is None:
                yarn[:, 1] = -1  # between crossings a yarn is as thick as it is, and a bundle as the cloth
            radius = radii[yarn[:, 0]] + np.where(yarn[:, 1] >= 0, radii[yarn[:, 1]], 0.0)
            count = beads_between(length, thick[segment].sum(axis=1), radius)
            which = np.repeat(np.arange(len(segment)), count)
            place = (np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count) + 1) / (count[which] + 1)
            ridden = segment[which]
            between = (1.0 - place)[:, None] * flat[ridden[:, 0]] + place[:, None] * flat[ridden[:, 1]]
            add(ridden, 1.0 - place, yarn[which], radius[which], between)
    return BeadTable(*(np.concatenate(column) for column in zip(*parts)))


@wp.struct
class Beads:
    """A `BeadTable` as kernels read it, and which beads ride on a crossing.

    group: [F] fabrics that touch each other have the same number. node_bead: those of crossing i are
    node_offset[i] : node_offset[i + 1]; node_weight: what they have of it.
    """

    node: wp.array(dtype=wp.vec2i)
    weight: wp.array(dtype=f64)
    yarn: wp.array(dtype=wp.vec2i)
    radius_made: wp.array(dtype=f64)
    fabric: wp.array(dtype=wp.int32)
    group: wp.array(dtype=wp.int32)
    grid_place: wp.array(dtype=wp.vec4i)
    flat: wp.array(dtype=vec2)
    node_offset: wp.array(dtype=wp.int32)
    node_bead: wp.array(dtype=wp.int32)
    node_weight: wp.array(dtype=f64)


def device_beads(table: BeadTable, layouts: Layouts, group: list[int]) -> Beads:
    """On the current device.

    Args:
        layouts: Of the fabrics. group: Of each fabric: those that touch each other have the same.
    """
    count = len(table.weight)
    crossing = np.concatenate([layout.crossing for layout in layouts.parts])
    place = [crossing[table.node[:, k]] for k in range(2)]
    riders = np.concatenate([np.arange(count), np.flatnonzero(table.node[:, 0] != table.node[:, 1])])
    nodes = np.concatenate([table.node[:, 0], table.node[riders[count:], 1]])
    weights = np.concatenate([table.weight, 1.0 - table.weight[riders[count:]]])
    order = np.lexsort((riders, nodes))
    beads = Beads()
    beads.node = wp.array(table.node, dtype=wp.vec2i)
    beads.weight = wp.array(table.weight, dtype=f64)
    beads.yarn = wp.array(table.yarn, dtype=wp.vec2i)
    beads.radius_made = wp.array(table.radius, dtype=f64)
    beads.fabric = wp.array(table.fabric, dtype=wp.int32)
    beads.group = wp.array(group, dtype=wp.int32)
    beads.grid_place = wp.array(np.concatenate(place, axis=1), dtype=wp.vec4i)
    beads.flat = wp.array(table.flat, dtype=vec2)
    beads.node_offset = wp.array(np.searchsorted(nodes[order], np.arange(layouts.count + 1)), dtype=wp.int32)
    beads.node_bead = wp.array(riders[order], dtype=wp.int32)
    beads.node_weight = wp.array(weights[order], dtype=f64)
    return beads


@wp.func
def bead_place(beads: Beads, position: wp.array(dtype=vec3), b: int) -> vec3:
    """A bead's centre, or what else crossings have, such as their velocity, there."""
    nodes = beads.node[b]
    if nodes[0] == nodes[1]:
        return position[nodes[0]]
    w = beads.weight[b]
    return w * position[nodes[0]] + (f64(1.0) - w) * position[nodes[1]]


@wp.func
def bead_radius(beads: Beads, material: Material, b: int) -> f64:
    """m."""
    yarns = beads.yarn[b]
    if yarns[1] < 0:
        return material.radius[yarns[0]]
    return material.radius[yarns[0]] + material.radius[yarns[1]]


@wp.func
def may_touch(beads: Beads, a: int, b: int) -> bool:
    """Whether a pair of beads is one that contact counts: of different fabrics that may touch, or of one fabric, but
    neither on one cell of the grid nor closer in the flat fabric than twice their touch distance."""
    if a == b or beads.group[beads.fabric[a]] != beads.group[beads.fabric[b]]:
        return False
    if beads.fabric[a] != beads.fabric[b]:
        return True
    p, q = beads.grid_place[a], beads.grid_place[b]
    picks = wp.max(wp.max(p[0], p[2]), wp.max(q[0], q[2])) - wp.min(wp.min(p[0], p[2]), wp.min(q[0], q[2]))
    ends = wp.max(wp.max(p[1], p[3]), wp.max(q[1], q[3])) - wp.min(wp.min(p[1], p[3]), wp.min(q[1], q[3]))
    if picks <= 1 and ends <= 1:
        return False
    touch = beads.radius_made[a] + beads.radius_made[b]
    return wp.length(beads.flat[a] - beads.flat[b]) >= f64(2.0) * touch * f64(1.0 - SLACK)

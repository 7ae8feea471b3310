"""Elements in dense algebra: how unknowns move their coordinates, and their Jacobians as full matrices."""

import numpy as np

from warp_fabric.model import Model


def coordinates(model: Model) -> dict[str, np.ndarray]:
    """How unknowns move each element's coordinates: by kind, [elements, coordinates, 5 N]."""
    table, count = model.topology, model.node_count
    x = np.eye(5 * count).reshape(count, 5, 5 * count)

    def along(nodes: np.ndarray, axes: np.ndarray) -> np.ndarray:
        return x[nodes, 3 + axes][:, None]

    first, second = table.segment.T
    before, centre, after = table.triple.T
    corner, arm, other = table.corner.T
    return {
        "segment": np.concatenate(
            [x[first, :3], along(first, table.segment_axis), x[second, :3], along(second, table.segment_axis)], axis=1
        ),
        "triple": np.concatenate(
            [
                x[centre, :3] - x[before, :3],
                x[after, :3] - x[centre, :3],
                along(after, table.triple_axis) - along(before, table.triple_axis),
            ],
            axis=1,
        ),
        "corner": np.concatenate([x[arm, :3] - x[corner, :3], x[other, :3] - x[corner, :3]], axis=1),
        "triangle": x[table.triangle, :3].sum(axis=1) if model.windy else np.zeros((0, 3, 5 * count)),
        "node": x,
    }


def free(model: Model) -> np.ndarray:
    inner = np.repeat(model.topology.inner[:, None], 2, axis=1)
    return np.concatenate([np.ones((model.node_count, 3), bool), inner], axis=1).ravel()


def dense_blocks(kind: str, buffer: np.ndarray) -> np.ndarray:
    """[elements, coordinates, coordinates] of a Jacobian buffer."""
    if kind == "segment":
        return buffer.reshape(-1, 2, 2, 4, 4).swapaxes(2, 3).reshape(-1, 8, 8)
    if kind == "corner":
        uu, uv, vv = np.moveaxis(buffer, 1, 0)
        return np.concatenate(
            [np.concatenate([uu, uv], axis=2), np.concatenate([uv.swapaxes(1, 2), vv], axis=2)], axis=1
        )
    if kind == "triple":
        dense = np.zeros((len(buffer), 7, 7))
        dense[:, :3, :3], dense[:, :3, 3:6], dense[:, 3:6, 3:6] = (buffer[:, k] for k in range(3))
        dense[:, 3:6, :3] = buffer[:, 1].swapaxes(1, 2)
        dense[:, :6, 6] = dense[:, 6, :6] = buffer[:, 3, :2].reshape(-1, 6)
        dense[:, 6, 6] = buffer[:, 3, 2, 0]
        return dense
    return buffer

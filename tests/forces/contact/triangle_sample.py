"""Beads near each part of triangles."""

import numpy as np

FEATURES = np.arange(7)


def sample(r: float, count: int = 20):
    """Triangles a few touch distances wide, each with a bead near each of its parts: x, a, b, c, and which part."""
    random = np.random.default_rng(3)
    a, b, c = (r * random.uniform(-4.0, 4.0, (count, 3)) for _ in range(3))
    n = np.cross(b - a, c - a)
    n /= np.linalg.norm(n, axis=1, keepdims=True)
    corners = [a, b, c]

    def out(k):
        """Away from the triangle in its plane, across the edge from corner k on."""
        edge = corners[(k + 1) % 3] - corners[k]
        return np.cross(edge, n) / np.linalg.norm(edge, axis=1, keepdims=True)

    share = random.uniform(0.2, 0.8, (count, 1))
    places = [(a + b + c) / 3.0]
    places += [(1.0 - share) * corners[k] + share * corners[(k + 1) % 3] + 0.4 * r * out(k) for k in range(3)]
    places += [corners[k] + 0.2 * r * (out(k) + out((k + 2) % 3)) for k in range(3)]
    up = r * random.uniform(0.3, 0.7, (count, 1)) * random.choice([-1.0, 1.0], (count, 1))
    x = np.concatenate([place + up * n for place in places])
    return [x, *(np.tile(corner, (7, 1)) for corner in corners)], np.repeat(FEATURES, count)

import numpy as np
import warp as wp

from warp_fabric.picture.rays import across, dither


@wp.kernel(enable_backward=False)
def _spread(normal: wp.vec3, out: wp.array(dtype=wp.vec3)):
    i, j = wp.tid()
    out[64 * i + j] = across(normal, (float(i) + 0.5) / 64.0, (float(j) + 0.5) / 64.0)


@wp.kernel(enable_backward=False)
def _dithers(out: wp.array2d(dtype=float)):
    i, j = wp.tid()
    out[i, j] = dither(float(j), float(i))


def test_directions_are_spread_by_the_cosine():
    for normal in np.eye(3):
        out = wp.zeros(64 * 64, dtype=wp.vec3, device="cpu")
        wp.launch(_spread, (64, 64), [wp.vec3(*normal)], [out], device="cpu")
        ways = out.numpy().astype(float)
        np.testing.assert_allclose(np.linalg.norm(ways, axis=1), 1.0, atol=1e-5)
        np.testing.assert_allclose(ways.mean(axis=0), 2.0 / 3.0 * normal, atol=2e-3)  # of cos over cos
        assert (ways @ normal).min() > 0.0


def test_neighbouring_pixels_have_even_numbers():
    """Any 3 x 3 pixels have about every ninth once."""
    out = wp.zeros((30, 30), dtype=float, device="cpu")
    wp.launch(_dithers, (30, 30), [out], device="cpu")
    blocks = np.sort(np.lib.stride_tricks.sliding_window_view(out.numpy(), (3, 3)).reshape(-1, 9), axis=1)
    assert np.abs(blocks.mean(axis=0) - (np.arange(9) + 0.5) / 9).max() < 0.1
    assert np.diff(blocks, axis=1).max() < 0.35

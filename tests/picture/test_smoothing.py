import numpy as np
import warp as wp

from warp_fabric.picture.smoothing import Pixels, smooth

SHAPE = (20, 24)


def smoothed(lit: np.ndarray, point: np.ndarray, normal: np.ndarray, seen=1.0, solid=0.0) -> np.ndarray:
    """White pixels of one ray each under the main light alone."""
    pixels = Pixels()
    ones = np.ones(SHAPE, np.float32)
    for name in ("ambient", "fuzz", "fuzz_key"):
        setattr(pixels, name, wp.zeros(SHAPE, dtype=wp.vec3, device="cpu"))
    pixels.key = wp.array(np.ones((*SHAPE, 3), np.float32), dtype=wp.vec3, device="cpu")
    pixels.point = wp.array(point.astype(np.float32), dtype=wp.vec3, device="cpu")
    pixels.normal = wp.array(normal.astype(np.float32), dtype=wp.vec3, device="cpu")
    values = {"seen": seen * ones, "solid": solid * ones, "facing": ones, "lit": lit, "open": ones}
    for name, value in values.items():
        setattr(pixels, name, wp.array(value.astype(np.float32), dtype=float, device="cpu"))
    out = wp.zeros((*SHAPE, 4), dtype=float, device="cpu")
    wp.launch(smooth, SHAPE, [pixels, 0, SHAPE[0], 1], [out], device="cpu")
    return out.numpy()[..., 0]


def plane(height=0.0) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.meshgrid(0.05 * np.arange(SHAPE[0]), 0.05 * np.arange(SHAPE[1]), indexing="ij")
    return np.stack([x, y, np.broadcast_to(height, SHAPE)], axis=-1), np.broadcast_to([0.0, 0.0, 1.0], (*SHAPE, 3))


def test_noise_on_one_surface_is_averaged():
    lit = np.random.default_rng(0).integers(0, 2, SHAPE)
    assert smoothed(lit, *plane())[3:-3, 3:-3].std() < 0.3 * lit.std()


def test_on_obstacles_pixels_may_be_far_apart():
    lit = np.random.default_rng(0).integers(0, 2, SHAPE)
    point, normal = plane()
    assert smoothed(lit, 100.0 * point, normal)[3:-3, 3:-3].std() > 0.9 * lit.std()
    assert smoothed(lit, 100.0 * point, normal, solid=1.0)[3:-3, 3:-3].std() < 0.3 * lit.std()


def test_even_light_stays_as_it_is():
    np.testing.assert_allclose(smoothed(np.ones(SHAPE), *plane()), 1.0, rtol=1e-6)


def test_light_does_not_bleed_over_an_edge():
    half = np.arange(SHAPE[1]) < 12
    lit = np.broadcast_to(half, SHAPE).astype(float)
    apart, around = plane(2.0 * half), plane()
    turned = np.where(half[:, None], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]) * np.ones((*SHAPE, 3))
    for point, normal in (apart, (around[0], turned)):
        np.testing.assert_allclose(smoothed(lit, point, normal), lit, atol=1e-6)
    assert np.abs(smoothed(lit, *plane()) - lit).max() > 0.3


def test_where_nothing_was_seen_nothing_is_drawn():
    assert not smoothed(np.ones(SHAPE), *plane(), seen=0.0).any()

"""Standard errors: against closed forms and noise drawn many times, and what is said of what cannot be determined."""

import numpy as np
import pytest

from warp_fabric.fitting.experiment import Frame, Linearised
from warp_fabric.fitting.uncertainty import ALIKE, ANYWHERE, PRECISION, UNKNOWN, uncertainty_of

FRAMES, ROWS = 40, 15
LABELS = ["a", "b", "c"]


def design(seed=1, size=3, frames=FRAMES, rows=ROWS):
    return np.random.default_rng(seed).standard_normal((frames, rows, size))


def linearised(jacobian, residual, weight=1.0, motion=1.0) -> Linearised:
    """From [frames, rows, P] and [frames, rows]."""
    return Linearised([Frame(r, j, weight) for r, j in zip(residual, jacobian)], motion)


def flat(jacobian):
    return jacobian.reshape(-1, jacobian.shape[-1])


def answer(jacobian, residual):
    """Least squares of residuals that are linear: where u ends, and the residuals there."""
    j, r = flat(jacobian), residual.ravel()
    u = -np.linalg.lstsq(j, r, rcond=None)[0]
    return u, (r + j @ u).reshape(residual.shape)


def coverage(draw, jacobian, count=300, seed=2):
    """How often, in %, 95 % intervals hold the truth, u = 0, for each unknown."""
    rng, inside = np.random.default_rng(seed), 0
    for _ in range(count):
        u, left = answer(jacobian, draw(rng))
        found = uncertainty_of(linearised(jacobian, left), [f"{k}" for k in range(jacobian.shape[-1])])
        inside = inside + (np.abs(u) <= 1.96 * found.errors)
    return 100.0 * inside / count


def test_even_noise_as_in_the_textbook():
    """One frame of many rows: sigma^2 (J'J)^-1, but for what one draw of the noise is worth."""
    jacobian = design(frames=1, rows=200_000) * [1.0, 0.1, 3.0]
    noise = 0.02 * np.random.default_rng(3).standard_normal(jacobian.shape[:2])
    _, left = answer(jacobian, noise)
    halves = [part.reshape(400, 500, -1) for part in (jacobian, left[..., None])]
    found = uncertainty_of(linearised(halves[0], halves[1][..., 0]), LABELS)
    covariance = 0.02**2 * np.linalg.inv(flat(jacobian).T @ flat(jacobian))
    np.testing.assert_allclose(found.errors, np.sqrt(covariance.diagonal()), rtol=0.25)
    assert np.all(found.errors > 0.95 * np.sqrt(covariance.diagonal()))
    spread = np.sqrt(covariance.diagonal())
    np.testing.assert_allclose(found.correlations, covariance / np.outer(spread, spread), atol=1e-9)
    assert found.noise == pytest.approx(0.02, rel=0.01)
    assert found.statements == []
    assert not found.shifts.any()


def test_the_sandwich_to_the_letter():
    """One frame: no neighbours, and its score is 0 at the answer, so what counts are the rows' own squares."""
    jacobian = design(4, frames=1, rows=30)
    _, left = answer(jacobian, np.random.default_rng(5).standard_normal((1, 30)))
    j, r = flat(jacobian), left.ravel()
    inverse = np.linalg.inv(j.T @ j)
    middle = (j * (r**2)[:, None]).T @ j
    expected = np.sqrt(30 / 27 * (inverse @ middle @ inverse).diagonal())
    np.testing.assert_allclose(uncertainty_of(linearised(jacobian, left), LABELS).errors, expected, rtol=1e-9)


def test_frames_that_go_together_to_the_letter():
    """A misfit that is the same throughout a frame and much like its neighbours' (Newey-West, Bartlett weights)."""
    jacobian = np.abs(design(6))
    drift = np.cumsum(np.random.default_rng(7).standard_normal(FRAMES))[:, None] * np.ones(ROWS)
    _, left = answer(jacobian, drift)
    scores = np.einsum("frp,fr->fp", jacobian, left)
    middle, lags = scores.T @ scores, int(4 * (FRAMES / 100) ** (2 / 9))
    assert lags == 3
    for lag in range(1, lags + 1):
        across = sum(np.outer(scores[k], scores[k - lag]) for k in range(lag, FRAMES))
        middle += (1 - lag / (lags + 1)) * (across + across.T)
    inverse = np.linalg.inv(flat(jacobian).T @ flat(jacobian))
    count = FRAMES * ROWS
    expected = np.sqrt(count / (count - 3) * (inverse @ middle @ inverse).diagonal())
    found = uncertainty_of(linearised(jacobian, left), LABELS)
    np.testing.assert_allclose(found.errors, expected, rtol=1e-9)
    naive = np.sqrt((left**2).sum() / (count - 3) * inverse.diagonal())
    assert np.all(found.errors > 1.5 * naive)


def test_coverage_of_even_noise():
    inside = coverage(lambda rng: 0.1 * rng.standard_normal((FRAMES, ROWS)), design(8))
    assert np.all((inside > 90.0) & (inside < 99.5)), inside


def test_coverage_of_noise_that_differs_from_place_to_place():
    """Ten times as large where an unknown is seen best: plain least squares would be far too sure of it."""
    jacobian = design(9, size=2)
    jacobian[:, 0, 0] *= 5.0
    size = np.where(np.arange(ROWS) == 0, 1.0, 0.1)
    inside = coverage(lambda rng: size * rng.standard_normal((FRAMES, ROWS)), jacobian)
    assert np.all((inside > 90.0) & (inside < 99.5)), inside


def test_coverage_of_frames_that_are_off_as_a_whole():
    jacobian = design(10, size=2) + np.array([1.0, 0.0])
    inside = coverage(lambda rng: np.repeat(rng.standard_normal((FRAMES, 1)), ROWS, axis=1), jacobian)
    assert np.all((inside > 88.0) & (inside < 99.5)), inside


def test_the_noise_is_in_metres():
    """Residuals are scaled: `weight` says by how much."""
    jacobian, rng = design(11), np.random.default_rng(12)
    _, left = answer(jacobian, 0.3 * rng.standard_normal((FRAMES, ROWS)))
    plain = uncertainty_of(linearised(jacobian, left), LABELS)
    scaled = uncertainty_of(linearised(1e-3 * jacobian, 1e-3 * left, weight=1e-6), LABELS)
    assert scaled.noise == pytest.approx(plain.noise, rel=1e-12)
    assert plain.noise == pytest.approx(0.3, rel=0.1)
    np.testing.assert_allclose(scaled.errors, plain.errors)


def test_what_is_not_seen():
    jacobian = design(13)
    jacobian[..., 1] = 0.0
    found = uncertainty_of(linearised(jacobian, 0.1 * design(14, size=1)[..., 0]), LABELS)
    assert np.isinf(found.errors).tolist() == [False, True, False]
    assert found.determined.tolist() == [True, False, True]
    assert found.statements == ["b: this observation does not depend on it; its value is the one you gave"]
    np.testing.assert_array_equal(found.correlations[1], [0.0, 1.0, 0.0])
    nothing = uncertainty_of(linearised(0.0 * jacobian, 0.1 * design(14, size=1)[..., 0]), LABELS)
    assert np.isinf(nothing.errors).all()
    assert len(nothing.statements) == 3


def test_what_cannot_be_determined():
    jacobian = design(15) * [1.0, 1e-3, 1.0]
    residual = 0.1 * np.random.default_rng(16).standard_normal((FRAMES, ROWS))
    found = uncertainty_of(linearised(jacobian, residual), LABELS)
    assert UNKNOWN < found.errors[1] < np.inf
    assert found.determined.tolist() == [True, False, True]
    assert found.statements == ["b: this observation cannot determine it; its value means nothing"]


@pytest.mark.parametrize(("sign", "words"), [(1.0, "make up for each other"), (-1.0, "rise and fall together")])
def test_what_only_a_combination_is_known_of(sign, words):
    jacobian = design(17)
    jacobian[..., 2] = sign * jacobian[..., 0] + 0.1 * jacobian[..., 2]
    found = uncertainty_of(linearised(jacobian, 0.01 * design(18, size=1)[..., 0]), LABELS)
    (statement,) = found.statements
    assert statement.startswith(f"a and c {words} (correlation {'-' if sign > 0 else ''}0.99")
    assert abs(found.correlations[0, 2]) > ALIKE > abs(found.correlations[0, 1])
    assert found.errors[0] > 5.0 * found.errors[1]


def test_a_pair_that_cannot_be_told_apart():
    """Equal columns: neither is determined, whatever rounding makes of them."""
    jacobian = design(19)
    jacobian[..., 2] = 2.0 * jacobian[..., 0]
    found = uncertainty_of(linearised(jacobian, 1e-3 * design(20, size=1)[..., 0]), LABELS)
    assert found.determined.tolist() == [False, True, False]
    assert found.errors[1] < 1e-3
    np.testing.assert_allclose(found.errors[[0, 2]], ANYWHERE * np.array([2.0, 1.0]) / 5.0**0.5, rtol=1e-6)
    assert any("a and c make up for each other" in statement for statement in found.statements)


@pytest.mark.parametrize("scale", [1.0, 0.1, 1.0 / 3.0])
def test_what_rounding_makes_of_equal_columns_is_no_information(scale):
    """Whatever the noise: of two unknowns only a sum is seen; a third is known as well as without them."""
    jacobian = design(25)
    jacobian[..., 2] = scale * jacobian[..., 0] * (1.0 + 1e-16 * design(26, size=1)[..., 0])
    for noise in (0.0, 1e-9, 1e-3):
        found = uncertainty_of(linearised(jacobian, noise * design(20, size=1)[..., 0]), LABELS)
        spread = np.array([scale, 1.0]) / np.hypot(scale, 1.0)
        np.testing.assert_allclose(found.errors[[0, 2]], ANYWHERE * spread, rtol=1e-6)
        assert found.errors[1] < 1e-3
        assert found.statements[:2] == [
            f"{each}: this observation cannot determine it; its value means nothing" for each in "ac"
        ]


def test_exact_observations_leave_some_doubt():
    jacobian, motion = design(21), 0.02
    found = uncertainty_of(linearised(jacobian, np.zeros((FRAMES, ROWS)), weight=4.0, motion=motion), LABELS)
    inverse = np.linalg.inv(flat(jacobian).T @ flat(jacobian))
    np.testing.assert_allclose(found.errors, PRECISION * motion * 2.0 * np.sqrt(inverse.diagonal()), rtol=1e-9)
    assert np.all(found.errors > 0.0)
    assert found.noise == 0.0


def test_the_time_step_counts_as_one_more_error():
    """A shift of residuals that unknowns make up for in part: they shift by least squares."""
    jacobian, rng = design(22), np.random.default_rng(23)
    _, left = answer(jacobian, 0.1 * rng.standard_normal((FRAMES, ROWS)))
    moved = np.array([0.02, -0.01, 0.0])
    _, beyond = answer(jacobian, 0.01 * rng.standard_normal((FRAMES, ROWS)))
    shift = jacobian @ moved + beyond
    without = uncertainty_of(linearised(jacobian, left), LABELS)
    found = uncertainty_of(linearised(jacobian, left), LABELS, list(shift))
    np.testing.assert_allclose(found.shifts, moved, atol=1e-12)
    np.testing.assert_allclose(found.errors, np.hypot(without.errors, moved), rtol=1e-9)
    # Residuals far smaller than the shift: the observation was simulated in the same steps, and has that error too.
    same = uncertainty_of(linearised(jacobian, 1e-6 * left), LABELS, list(shift))
    share = 1e-6 * np.linalg.norm(left) / np.linalg.norm(beyond)
    np.testing.assert_allclose(same.shifts, share * moved, rtol=1e-6, atol=1e-12)
    none = uncertainty_of(linearised(jacobian, left), LABELS, [np.zeros(ROWS)] * FRAMES)
    np.testing.assert_array_equal(none.errors, without.errors)


def test_fewer_residuals_than_unknowns():
    found = uncertainty_of(linearised(design(24, frames=1, rows=2), np.full((1, 2), 0.1)), LABELS)
    assert not found.determined.all()

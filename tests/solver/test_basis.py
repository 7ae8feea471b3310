"""GMRES's vectors: the host's and the device's, against NumPy."""

import numpy as np
import pytest
import warp as wp

from warp_fabric.solver.basis import HostBasis
from warp_fabric.solver.device_basis import DeviceBasis
from warp_fabric.types import vec5

MOST = 5


@pytest.fixture(params=[1, 7, 700], ids=lambda count: f"{count} crossings")
def count(request):
    """Less than a tile of numbers, and several."""
    return request.param


@pytest.fixture(params=["host", "device"])
def basis(request, device, count):
    if request.param == "device":
        return DeviceBasis(MOST, 5 * count, wp.get_device(device))
    if device != "cpu":
        pytest.skip("the CPU's")
    return HostBasis(MOST, 5 * count)


@pytest.fixture
def array(device, count):
    rng = np.random.default_rng(17)

    def made() -> wp.array:
        return wp.array(rng.standard_normal((count, 5)), dtype=vec5, device=device)

    return made


def numbers(x: wp.array) -> np.ndarray:
    return x.numpy().ravel().copy()


def test_residuals_and_norms(basis, array):
    """Each time anew, where work has been recorded too."""
    x, y, out = array(), array(), array()
    for _ in range(4):
        x.assign(2.0 * x.numpy())
        difference = numbers(x) - numbers(y)
        assert basis.norm(x) == pytest.approx(np.linalg.norm(numbers(x)), rel=1e-14)
        basis.take(x)
        basis.begin(basis.norm(x), out)
        np.testing.assert_allclose(numbers(out), numbers(x) / np.linalg.norm(numbers(x)), rtol=1e-14)
        norm = basis.leave(x, y)
        assert norm == pytest.approx(np.linalg.norm(difference), rel=1e-14)
        basis.begin(norm, out)
        np.testing.assert_allclose(numbers(out), difference / np.linalg.norm(difference), rtol=1e-13)


def test_sums(basis, array):
    x, y, out = array(), array(), array()
    expected = numbers(x) + numbers(y)
    for target in (out, y):
        basis.add(x, y, target)
        np.testing.assert_array_equal(numbers(target), expected)
    expected = numbers(x) + numbers(y)
    basis.add(x, y, x)
    np.testing.assert_array_equal(numbers(x), expected)


def test_what_is_not_finite_has_no_finite_norm(basis, array):
    x = array()
    values = x.numpy().copy()
    values[-1, 4] = np.nan
    x.assign(values)
    assert np.isnan(basis.norm(x))


def test_it_grows(basis, array, count):
    """Orthonormal vectors that span what was given; several times over, as cycles do."""
    vectors = min(MOST, 5 * count) - 1
    given, out = [array() for _ in range(vectors + 1)], array()
    image = array()
    for _ in range(3):
        basis.take(given[0])
        basis.begin(basis.norm(given[0]), out)
        q, r = [numbers(out)], [[basis.norm(given[0])]]
        for k in range(1, vectors + 1):
            image.assign(given[k])
            column, height = basis.grow(k, image, out)
            q.append(numbers(out))
            r.append([*column, height])
        for k, column in enumerate(r):
            np.testing.assert_allclose(column @ np.array(q[: k + 1]), numbers(given[k]), atol=1e-12)
        np.testing.assert_allclose(np.array(q) @ np.array(q).T, np.eye(vectors + 1), atol=1e-13)
        weights = np.arange(1.0, vectors + 2.0)
        for some in (weights, weights[:2], weights[:0]):
            basis.combine(some, out)
            np.testing.assert_allclose(numbers(out), some @ np.array(q)[: len(some)], atol=1e-12)


def test_what_nearly_cancels_is_orthogonal_all_the_same(basis, array, count):
    if count == 1:
        pytest.skip("has room for five only")
    x, tiny, image, out = array(), array(), array(), array()
    basis.take(x)
    basis.begin(basis.norm(x), out)
    first = numbers(out)
    image.assign(x.numpy() + 1e-9 * tiny.numpy())
    column, height = basis.grow(1, image, out)
    assert abs(first @ numbers(out)) < 1e-13
    assert column[0] == pytest.approx(np.linalg.norm(numbers(x)), rel=1e-8)
    assert 0.0 < height < 1e-7 * column[0]

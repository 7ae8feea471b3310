import numpy as np
import pytest
from crimped_cloth import straightening
from waving_cloth import waving

from warp_fabric.viewer.cloth import Cloth
from warp_fabric.viewer.quantities import QUANTITIES, named, scale_of, spoken


@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda each: each.name)
@pytest.mark.parametrize("shape", [(6, 5), (1, 5), (5, 1), (2, 2)])
def test_every_quantity_has_a_value_for_pick_and_end_at_each_crossing(quantity, shape):
    run = straightening(picks=6, ends=5) if "interchange" in quantity.needs else waving(6, 5)
    run = waving(*shape) if min(shape) > 1 and "interchange" not in quantity.needs else run
    arrays = {name: getattr(run, name)[:, : shape[0], : shape[1]] for name in quantity.needs}
    values = quantity.values({**arrays, "rest": run.fabric.sliding[: shape[0], : shape[1]]})
    assert values.shape == (run.frame_count, *shape, 2)
    assert np.isfinite(values).all()
    assert not quantity.shared or np.array_equal(values[..., 0], values[..., 1])
    assert quantity.signed or values.min() >= 0.0


def test_stretch_is_length_over_rest_length_less_one():
    run = waving(swing=0.0)
    stretch = Cloth(run, "run").values(named("stretch"), 4)
    np.testing.assert_allclose(stretch[:, :, 1], 0.02, rtol=1e-9)  # ends
    np.testing.assert_allclose(stretch[0, :, 0], 0.0, atol=1e-12)  # the border's pick does not slide


def test_stretch_counts_the_yarn_that_has_slid_in():
    stretch = Cloth(waving(swing=0.0), "run").values(named("stretch"), 4)
    # inner crossings slid by a tenth of a spacing: their first segment has 1.1 spacings of yarn, their last 0.9
    first, last = 1 / 1.1 - 1, 1 / 0.9 - 1
    np.testing.assert_allclose(stretch[2, :, 0], [first, first / 2, 0, last / 2, last], atol=1e-12)


def test_crimped_yarn_at_rest_is_not_stretched_and_exchanges_its_waves():
    run = straightening(picks=6, ends=7)
    cloth = Cloth(run, "run")
    assert "interchange" in [each.name for each in cloth.quantities()]
    assert "interchange" not in [each.name for each in Cloth(waving(), "run").quantities()]
    np.testing.assert_allclose(cloth.values(named("stretch"), 0), 0.0, atol=1e-12)
    exchanged = cloth.values(named("interchange"), -1)
    np.testing.assert_array_equal(exchanged[..., 1], 2.0 * run.interchange[-1])
    np.testing.assert_array_equal(exchanged[..., 0], -exchanged[..., 1])


def test_sliding_is_measured_from_rest():
    run = waving()
    sliding = Cloth(run, "run").values(named("sliding"), 2)
    np.testing.assert_allclose(sliding[1:-1, 1:-1, 0], 0.05 * run.fabric.end_spacing)
    assert not sliding[..., 1].any()


def test_a_course_is_what_the_frames_say():
    for cloth in (Cloth(waving(), "run"), Cloth(straightening(picks=6, ends=5), "run")):
        for quantity in cloth.quantities():
            for pick, end in ((0, 0), (3, 2), (5, 4)):
                frames = [cloth.values(quantity, k)[pick, end] for k in range(len(cloth.time))]
                np.testing.assert_array_equal(cloth.course(quantity, pick, end), frames)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0, "N", "0 N"),
        (0.0, "", "0 %"),
        (0.00123, "N", "1.23 mN"),
        (-2.5e-5, "m", "-25 µm"),
        (1.0, "N", "1 N"),
        (0.99999, "N", "1 N"),
        (5e3, "N", "5 kN"),
        (0.0123, "", "1.23 %"),
        (2.4e-6, "", "2.4 ppm"),
        (3.43e-12, "m", "3.43 pm"),
        (1e-14, "m", "10 fm"),
        (-2e-17, "N", "-20 aN"),
        (1e-22, "m", "0.0001 am"),
        (5e-13, "", "0.5 × 1e-12"),
        (2e-16, "", "0.2 × 1e-15"),
    ],
)
def test_values_are_spoken_with_units_that_fit(value, unit, text):
    assert spoken(value, unit) == text


def test_more_digits_are_spoken_where_asked_for():
    assert spoken(0.0123456789, "m", 6) == "12.3457 mm"
    assert spoken(-2e-9, "m", 6) == "-2 nm"


def test_a_range_has_one_unit():
    assert scale_of(0.004, "N") == (1e-3, "mN")
    assert scale_of(0.004, "") == (1e-2, "%")


def test_names_are_found():
    assert [named(each.name) for each in QUANTITIES] == [*QUANTITIES]
    assert named("draft colours") is None

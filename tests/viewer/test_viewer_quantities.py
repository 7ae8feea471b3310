from dataclasses import replace

import numpy as np
import pytest
from waving_cloth import waving

import warp_fabric as wf
from warp_fabric.layout import ALONG_END, ALONG_PICK, Layout
from warp_fabric.viewer.cloth import Cloth
from warp_fabric.viewer.quantities import QUANTITIES, named, scale_of, spoken


def crimped(**changes) -> wf.Trajectory:
    """A waving run whose yarns are crimped, and as long as at rest where they rise as they do in its frames."""
    run = waving(swing=0.0)
    crimp = {"fabric.end_crimp": 0.05, "fabric.pick_crimp": 0.08, "contact.crossing_stiffness": 100.0}
    scene = run.scene.replace({**crimp, **changes})
    at_rest = scene.build()
    still = {name: np.repeat(getattr(at_rest, name)[None], run.frame_count, axis=0) for name in ("position", "sliding")}
    return replace(run, scene=scene, anchor=still["sliding"], **still)


@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda each: each.name)
@pytest.mark.parametrize("shape", [(6, 5), (1, 5), (5, 1), (2, 2)])
def test_every_quantity_has_a_value_for_pick_and_end_at_each_crossing(quantity, shape):
    run = crimped()
    window = np.s_[: shape[0], : shape[1]]
    arrays = {name: getattr(run, name)[:, *window] for name in quantity.needs}
    arrays |= {"rest": run.fabric.sliding[window], "on_top": run.fabric.drawdown[window]}
    layout = Layout.full(*shape)
    arrays |= {"pick_links": layout.links(ALONG_PICK), "end_links": layout.links(ALONG_END)}
    values = quantity.values({**arrays, "rise": np.full((run.frame_count, *shape, 2), run.fabric.end_rise)})
    assert values.shape == (run.frame_count, *shape, 2)
    assert np.isfinite(values).all()
    assert not quantity.shared or np.array_equal(values[..., 0], values[..., 1])
    assert quantity.signed or values.min() >= 0.0


@pytest.mark.parametrize("weave", ["plain", "twill22"])
def test_crimped_yarns_at_rest_are_not_stretched(weave):
    run = crimped(**{"fabric.weave": weave})
    np.testing.assert_allclose(Cloth(run, "run").values(named("stretch"), 2), 0.0, atol=1e-12)


def test_crimped_yarns_are_as_long_as_their_rise_makes_them():
    """sqrt(p^2 + h^2) over the arc length, in a plain weave that lies flat; of picks 2 u + g less is left to rise."""
    run = crimped(**{"fabric.weave": "plain"})
    run.interchange[:], run.flattening[:] = 0.1 * run.fabric.pick_rise, 0.3 * run.fabric.pick_rise
    stretch, fabric = Cloth(run, "run").values(named("stretch"), 3), run.fabric
    of_picks = np.hypot(fabric.end_spacing, 0.5 * fabric.pick_rise) / (1.08 * fabric.end_spacing) - 1.0
    rise = fabric.end_rise - 0.1 * fabric.pick_rise
    of_ends = np.hypot(fabric.pick_spacing, rise) / (1.05 * fabric.pick_spacing) - 1.0
    np.testing.assert_allclose(stretch[..., 0], of_picks, rtol=1e-9)
    np.testing.assert_allclose(stretch[..., 1], of_ends, rtol=1e-9)


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


def test_sliding_is_measured_from_rest():
    run = waving()
    sliding = Cloth(run, "run").values(named("sliding"), 2)
    np.testing.assert_allclose(sliding[1:-1, 1:-1, 0], 0.05 * run.fabric.end_spacing)
    assert not sliding[..., 1].any()


def test_a_course_is_what_the_frames_say():
    cloth = Cloth(crimped(), "run")
    assert cloth.quantities() == [*QUANTITIES]
    for quantity in QUANTITIES:
        for pick, end in ((0, 0), (3, 2), (5, 4)):
            frames = [cloth.values(quantity, k)[pick, end] for k in range(5)]
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

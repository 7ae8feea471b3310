"""Model: device arrays of one fabric or of several side by side."""

import numpy as np
import pytest
import warp as wp
from panelled_scene import panelled_scene
from sample_cloth import sample_model, sample_scene
from textile_cloth import textile_model

import warp_fabric.model
from warp_fabric.layout import ALONG_END, ALONG_PICK
from warp_fabric.material import Material
from warp_fabric.model import GPU_GAINS_FROM, Model, resolve_device
from warp_fabric.prescribed import Pins


def test_parameters_are_those_of_the_scene(device):
    scene = sample_scene("twill")
    material = sample_model("twill", device).material
    for name in ("radius", "linear_density", "young_modulus", "bending_modulus"):
        expected = [getattr(yarn, name) for yarn in scene.yarns.values()]
        np.testing.assert_array_equal(getattr(material, name).numpy(), expected)
    for section, names in (
        ("contact", ("shear_modulus", "friction", "friction_stiffness", "sliding_damping", "parallel_stiffness")),
        ("environment", ("gravity", "wind", "wind_density", "wind_drag")),
    ):
        for name in names:
            np.testing.assert_array_equal(getattr(material, name).numpy(), [getattr(getattr(scene, section), name)])


def test_every_parameter_takes_gradients(device):
    material = sample_model("twill", device).material
    for name in Material.vars:
        array = getattr(material, name)
        assert array.requires_grad, name
        assert array.device == wp.get_device(device)


def test_what_takes_gradients_is_listed(device):
    """Once each: all of the material, and of pins what they pull with and where to; tables are no parameters."""
    model = sample_model("twill", device)
    pins = {name: getattr(model.pins, name) for name in Pins.vars}
    differentiable = {"stiffness", "key_time", "key_position"}
    expected = [getattr(model.material, name) for name in Material.vars] + [pins[name] for name in differentiable]
    found = model.differentiable()
    assert sorted(map(id, found)) == sorted(map(id, expected))
    assert all(array.grad is not None for array in found)
    assert not any(array.requires_grad for name, array in pins.items() if name not in differentiable)


def test_cloth_without_pins_takes_no_gradients_by_them(device):
    found = Model(sample_scene("twill").replace({"pins": []}), device).differentiable()
    assert len(found) == len(Material.vars)
    assert all(array.size for array in found)


def test_grid_of_the_twill(device):
    model = sample_model("twill", device)
    grid = model.grid
    pick, end = np.indices((6, 7))
    np.testing.assert_array_equal(grid.end_on_top.numpy().reshape(6, 7), (pick + end) % 4 < 2)
    np.testing.assert_array_equal(grid.pick_yarn.numpy().reshape(6, 7), np.resize([0, 1, 2], 6)[:, None] + 0 * end)
    np.testing.assert_array_equal(grid.end_yarn.numpy().reshape(6, 7), np.array([1, 0, 2, 1, 1, 0, 2]) + 0 * pick)
    expected = np.where(model.topology.segment_axis == 0, 1.1e-3, 0.95e-3)
    np.testing.assert_allclose(grid.segment_length.numpy(), expected, rtol=1e-15)
    np.testing.assert_allclose(grid.corner_spacing.numpy(), 1.025e-3, rtol=1e-15)


def test_corners_are_interlaced_where_both_neighbours_lie_on_the_other_side(device):
    model = sample_model("twill", device)
    above = model.grid.end_on_top.numpy()
    expected = [above[a] != above[c] and above[b] != above[c] for c, a, b in model.topology.corner]
    np.testing.assert_array_equal(model.grid.corner_interlaced.numpy(), expected)
    assert 0 < sum(expected) < len(expected)
    assert sample_model("plain", device).grid.corner_interlaced.numpy().all()


def test_air_acts_where_it_has_density_or_drag(device):
    scene = sample_scene("open_plain")
    assert not Model(scene, device).windy
    assert Model(scene.replace({"environment.wind_density": 1.0}), device).windy
    assert Model(scene.replace({"environment.wind_drag": 0.1}), device).windy
    assert Model([scene, sample_scene("plain")], device).windy


def test_locate(device):
    model = Model([sample_scene("twill"), sample_scene("plain")], device)
    assert model.layouts.locate(0) == (0, 0, 0)
    assert model.layouts.locate(41) == (0, 5, 6)
    assert model.layouts.locate(42) == (1, 0, 0)
    assert model.layouts.locate(42 + 13) == (1, 2, 3)
    with pytest.raises(IndexError, match="out of bounds"):
        model.layouts.locate(67)


def test_fabrics_side_by_side(device):
    """Each brings its yarns, parameters and pins; crossings are numbered on."""
    scenes = [sample_scene("twill"), sample_scene("open_plain")]
    both, alone = Model(scenes, device), [Model(scene, device) for scene in scenes]
    assert both.layouts.shapes == [(6, 7), (7, 7)]
    assert both.node_count == 42 + 49
    np.testing.assert_array_equal(both.rest_position, np.concatenate([model.rest_position for model in alone]))
    np.testing.assert_array_equal(both.rest_sliding, np.concatenate([model.rest_sliding for model in alone]))
    for name in Material.vars:
        parts = [getattr(model.material, name).numpy() for model in alone]
        np.testing.assert_array_equal(getattr(both.material, name).numpy(), np.concatenate(parts))
    for name in ("pick_yarn", "end_yarn"):
        first, second = (getattr(model.grid, name).numpy() for model in alone)
        np.testing.assert_array_equal(getattr(both.grid, name).numpy(), np.concatenate([first, second + 3]))
    pins = both.pins.crossing.numpy()
    np.testing.assert_array_equal(pins, [0, 6, 3 * 7 + 2, 42, 42 + 6, 42 + 42, 42 + 48, 42 + 24])
    np.testing.assert_array_equal(both.pins.key_offset.numpy(), [0, 1, 2, 3, 4, 5, 6, 7, 9])


def test_panels_are_fabrics_of_one_group(device):
    scene = panelled_scene()
    model = Model([scene, sample_scene("plain"), scene], device)
    assert model.group.tolist() == [0, 0, 1, 2, 2]
    assert model.layouts.shapes == [(5, 6), (5, 7), (5, 5), (5, 6), (5, 7)]
    first = Model(scene, device)
    assert first.pins.crossing.numpy().tolist() == [0, 5, 30, 36, 33]
    np.testing.assert_array_equal(first.rest_position[30:], scene.parts[1].build().position.reshape(-1, 3))
    assert Model([sample_scene("twill"), sample_scene("plain")], device).group.tolist() == [0, 1]


def test_pins_without_a_path_hold_rest_positions(device):
    model = sample_model("twill", device)
    resting = model.rest_position[model.pins.crossing.numpy()]
    np.testing.assert_array_equal(model.pins.key_position.numpy(), resting)


def test_without_sliding_leaves_the_model_as_it_is(device):
    model = sample_model("twill", device)
    stuck = model.without_sliding()
    assert not stuck.grid.slides.numpy().any()
    np.testing.assert_array_equal(stuck.grid.inner.numpy(), model.topology.inner)
    np.testing.assert_array_equal(model.grid.slides.numpy(), model.topology.slides)
    assert stuck.grid.segment.ptr == model.grid.segment.ptr
    assert stuck.material is model.material


def test_a_named_device_is_taken_at_any_size():
    assert resolve_device("cpu", 10**6) == "cpu"
    assert resolve_device("cuda:1", 1) == "cuda:1"
    assert str(Model(sample_scene("two_by_two").replace({"solver.device": "cpu"})).device) == "cpu"


@pytest.mark.parametrize("available", [False, True])
def test_auto_is_the_gpu_where_the_cloth_is_large_enough(monkeypatch, available):
    monkeypatch.setattr(wp, "is_cuda_available", lambda: available)
    assert resolve_device("auto", GPU_GAINS_FROM - 1) == "cpu"
    assert resolve_device("auto", GPU_GAINS_FROM) == ("cuda:0" if available else "cpu")


def test_auto_counts_the_crossings_of_all_fabrics(monkeypatch):
    asked = []
    monkeypatch.setattr(warp_fabric.model, "resolve_device", lambda *given: asked.append(given) or "cpu")
    scene = sample_scene("two_by_two")
    Model(scene)
    Model([scene, sample_scene("one_pick"), scene])
    assert asked == [("auto", 4), ("auto", 4 + 5 + 4)]


@pytest.mark.parametrize("kind", ["segment", "triple"])
def test_pairs_have_elements_of_picks_first(device, kind):
    """So that a kernel knows the axis of each without looking."""
    model = Model([sample_scene("twill"), sample_scene("one_pick")], device)
    pairs, axis = model.pairs[kind], getattr(model.topology, f"{kind}_axis")
    assert pairs.second is not None
    offset, second, element = (array.numpy() for array in (pairs.offset, pairs.second, pairs.element))
    assert (offset[:-1] <= second).all()
    assert (second <= offset[1:]).all()
    for row, middle in enumerate(second):
        assert (axis[element[offset[row] : middle]] == ALONG_PICK).all()
        assert (axis[element[middle : offset[row + 1]]] == ALONG_END).all()
    assert {*axis[element]} == {ALONG_PICK, ALONG_END}
    assert model.pairs["corner"].second is None


def test_what_messages_call_its_fabrics():
    panelled = panelled_scene()
    small = panelled.parts[0]
    assert Model(small, "cpu").of_fabric == [""]
    assert Model(panelled, "cpu").of_fabric == [" of panel 'front'", " of panel 'left side'"]
    assert Model([small, panelled], "cpu").of_fabric == [" of fabric 0", " of fabric 1", " of fabric 2"]


def test_a_place_among_several_fabrics():
    assert textile_model(((4, 3),), "cpu").place(5) == "[1, 2]"
    assert textile_model(((4, 3), (2, 2)), "cpu").place(14) == "[1, 0] of fabric 1"
    assert Model(panelled_scene(), "cpu").place(37) == "[1, 0] of panel 'left side'"

import numpy as np
import pytest
from eventually import eventually
from panelled_scene import panelled_scene
from waving_cloth import waving

import warp_fabric as wf
from warp_fabric.viewer.color_scale import ColorScale
from warp_fabric.viewer.detail import FINEST, Shape
from warp_fabric.viewer.quantities import named
from warp_fabric.viewer.sources import sources
from warp_fabric.viewer.viewer import Viewer


@pytest.fixture
def show(server):
    opened = []

    def open_(*what) -> Viewer:
        opened.append(Viewer(server, sources(what)))
        return opened[-1]

    yield open_
    for viewer in opened:
        viewer.close()
        assert viewer.failure is None


def drawn(viewer, k=0, bundle=0):
    handles = viewer._drawings[k]._bundles
    return handles[bundle].batched_positions if handles else np.zeros((0, 3))


def choose(viewer, **choices) -> None:
    for name, value in choices.items():
        setattr(viewer._page.choices, name, value)
    viewer._awake.set()


def test_the_frame_that_is_sought_is_drawn(show):
    viewer = show(waving())
    eventually(lambda: len(drawn(viewer)) == 5 * (5 * FINEST + FINEST))
    before = drawn(viewer).copy()
    viewer._playback.seek(4)
    viewer._awake.set()
    eventually(lambda: not np.array_equal(drawn(viewer), before))
    assert "frame 4 of 4" in viewer._page._moment.content


def test_it_plays(show):
    viewer = show(waving())
    viewer._playback.choose_speed(5.0)
    viewer._playback.playing = True
    viewer._awake.set()
    seen = set()
    eventually(lambda: seen.add(viewer._playback.index) or len(seen) >= 3)


def test_colours_and_their_legend(show):
    run = waving()
    viewer = show(run)
    viewer._playback.seek(4)
    choose(viewer, color="compression")
    eventually(lambda: "press on each other" in viewer._page._legend.content)
    frames = [np.stack([each, each], axis=-1) for each in run.compression]
    assert viewer._scale[1].high == ColorScale.over(named("compression"), frames).high
    choose(viewer, color="draft colours")
    eventually(lambda: viewer._page._legend.content == "")


def test_a_click_on_a_crossing_shows_its_numbers_and_course(show):
    viewer = show(waving(), waving(7, 6, swing=0.3))
    eventually(lambda: len(drawn(viewer, 1)) > 0)
    at = viewer._seen(0)[3, 2]
    viewer._choose(at + np.array([0.0, 5.0, 0.0]), np.array([0.0, -1.0, 0.0]))
    eventually(lambda: viewer._plotted is not None)
    panel = viewer._page.crossing
    assert "Pick 3" in panel._text.content
    assert "end 2" in panel._text.content
    assert panel._plot.visible
    assert len(panel._plot.data) == 6  # time; pick and end of either run; the mark
    np.testing.assert_allclose(viewer._drawings[0]._mark.position, at - viewer._arrangement.offsets[0])
    assert viewer._drawings[1]._mark is not None
    viewer._choose(np.array([0.0, 90.0, 90.0]), np.array([0.0, 1.0, 0.0]))
    eventually(lambda: "Click on a crossing" in panel._text.content)
    assert not panel._plot.visible
    assert viewer._drawings[0]._mark is None


def test_a_crossing_that_only_one_run_has(show):
    viewer = show(waving(7, 6), waving(6, 5))
    viewer._choose(viewer._seen(0)[6, 5] + [0.0, 5.0, 0.0], np.array([0.0, -1.0, 0.0]))
    eventually(lambda: viewer._plotted is not None)
    assert viewer._drawings[1]._mark is None


def test_over_each_other_and_back(show):
    viewer = show(waving(), waving(swing=0.3))
    eventually(lambda: len(drawn(viewer)) > 0)
    apart = viewer._drawings[1]._root.position.copy()
    choose(viewer, beside=False, color="run")
    eventually(lambda: not viewer._arranged)
    eventually(lambda: not viewer._drawings[1]._root.position.any())
    eventually(lambda: len({*map(tuple, viewer._drawings[1]._bundles[0].batched_colors)}) == 1)
    choose(viewer, beside=True)
    eventually(lambda: np.array_equal(viewer._drawings[1]._root.position, apart))


def test_large_cloth_is_a_surface_with_yarns_near_the_camera(show):
    viewer = show(waving(150, 150, frames=2, swing=0.1))

    def faces() -> list[int]:
        """Of each patch; while one is made anew, it is not there."""
        return [len(patch.faces) for patch in viewer._drawings[0]._patches if patch is not None]

    eventually(lambda: len(faces()) == 4)  # two colours on either side
    assert not len(drawn(viewer))
    everywhere = sum(faces())

    class Camera:
        position = viewer._seen(0)[75, 75] + [0.0, 1.0, 0.0]
        look_at = viewer._seen(0)[75, 75]
        fov = 0.6

    viewer._camera = Camera
    viewer._awake.set()
    eventually(lambda: len(drawn(viewer)) > 0)
    eventually(lambda: len(faces()) == 4 and sum(faces()) < everywhere)
    choose(viewer, shape=Shape.yarns)
    eventually(lambda: not viewer._drawings[0]._patches)


def test_pins_can_be_hidden(show):
    viewer = show(waving())
    eventually(lambda: viewer._drawings[0]._pins is not None)
    choose(viewer, pins=False)
    eventually(lambda: viewer._drawings[0]._pins is None)


def test_obstacles_can_be_hidden(show):
    viewer = show(waving(obstacles=[{"shape": "sphere", "center": [0.0, 0.0, -0.01], "radius": 1e-3}]))
    eventually(lambda: len(viewer._drawings[0]._obstacles) == 1)
    choose(viewer, obstacles=False)
    eventually(lambda: viewer._drawings[0]._obstacles == [])
    choose(viewer, obstacles=True)
    eventually(lambda: len(viewer._drawings[0]._obstacles) == 1)


def test_new_frames_are_followed(show, tmp_path, monkeypatch):
    monkeypatch.setattr("warp_fabric.viewer.sources.POLL", 0.0)
    path = waving(frames=3).save(tmp_path / "run.h5")
    viewer = show(path)
    waving(frames=5).save(path)
    eventually(lambda: viewer._playback.last == 4)
    eventually(lambda: viewer._playback.index == 4)
    choose(viewer, follow=False)
    viewer._playback.seek(1)
    waving(frames=9).save(path)
    eventually(lambda: viewer._playback.last == 8)
    assert viewer._playback.time == 0.125


def test_a_fault_of_the_thread_is_not_lost(server, monkeypatch):
    def fail(*_any):
        raise ZeroDivisionError

    monkeypatch.setattr("warp_fabric.viewer.viewer.paint", fail)
    viewer = Viewer(server, sources([waving()]))
    with pytest.raises(ZeroDivisionError):
        viewer.wait()


def test_panels_are_drawn_where_they_are(show):
    run = wf.simulate(panelled_scene(time__duration=0.002), device="cpu")
    viewer = show(run)
    for k in (0, 1):
        eventually(lambda k=k: len(drawn(viewer, k)) > 0)
    front, side = run.parts
    apart = side.position[0, 0, 0] - front.position[0, 0, 0]
    seen = (viewer._seen(1)[0, 0] - viewer._seen(0)[0, 0]) / viewer._arrangement.scale
    np.testing.assert_allclose(seen, apart, atol=1e-9)
    choose(viewer, beside=True)
    eventually(lambda: not np.allclose(viewer._arrangement.offsets[1], viewer._arrangement.offsets[0]))

"""The viewer at work: a thread of its own that reads what has changed, lets time pass, and draws."""

from __future__ import annotations

import contextlib
import io
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from warp_fabric.viewer.arrangement import FIELD_OF_VIEW, UP, Arrangement
from warp_fabric.viewer.cloth import Cloth
from warp_fabric.viewer.color_scale import ColorScale
from warp_fabric.viewer.detail import Shape, samples_for, window_around, worth_yarns
from warp_fabric.viewer.drawing import Drawing
from warp_fabric.viewer.page import BY_RUN, TINTS, Page
from warp_fabric.viewer.painter import Look, paint
from warp_fabric.viewer.picking import crossing_on_ray
from warp_fabric.viewer.playback import Playback
from warp_fabric.viewer.quantities import named
from warp_fabric.viewer.sources import Source, next_to_each_other
from warp_fabric.viewer.surface import stride

if TYPE_CHECKING:
    import viser

PICTURES = 15.0
"""Most pictures a second."""
PAUSE = 0.04
"""Seconds after a picture in which nothing is drawn: viser looks for what it is to send every 1/60 s, and sends nothing
while a picture is being put together."""
IDLE = 0.25
"""Seconds between looks at files while nothing else happens."""
BACKDROP = (226, 230, 235)
"""Before which white yarns are seen as well as black ones."""
SCALE_FRAMES = 12
"""Frames of each run that a colour scale is made from."""


class Viewer:
    """Shows sources on a server's page until it is closed.

    Args:
        server: The server.
        sources: What to show, at least one.

    Attributes:
        failure: What ended the thread before its time, if anything did.
    """

    def __init__(self, server: viser.ViserServer, sources: Sequence[Source]) -> None:
        self._server, self._sources = server, sources
        self.failure: BaseException | None = None
        self._awake, self._stop, self._ended = threading.Event(), threading.Event(), threading.Event()
        self._playback = Playback([each.subject.time for each in sources])
        if any(each.unfinished for each in sources):
            self._playback.seek(self._playback.last)
        cloths = self._cloths()
        found = {each.name: each for cloth in cloths for each in cloth.quantities()}
        beside, see = next_to_each_other(sources), self._see_everything
        self._page = Page(server, self._playback, [*found.values()], len(sources), self._awake.set, see, beside)
        self._panel = self._page.crossing
        self._drawings = [Drawing(server, f"/{k}") for k in range(len(sources))]
        self._drawn: list[tuple | None] = [None] * len(sources)
        self._chosen: tuple[int, int] | None = None
        self._plotted: tuple | None = None
        self._scale: tuple[object, ColorScale | None] = (None, None)
        self._windows: list = [None] * len(sources)
        self._camera: viser.CameraHandle | None = None
        self._put: dict[int, tuple[float, np.ndarray]] = {}  # by browser: aspect and place of the camera
        self._light = self._set_scene()
        self._arrange()
        self._listen()
        threading.Thread(target=self._work, name="warp-fabric viewer", daemon=True).start()

    def close(self) -> None:
        """End it; the page stays as it is."""
        self._stop.set()
        self._awake.set()
        self._ended.wait()

    def wait(self) -> None:
        """Wait until it has ended."""
        # not Thread.join: a Ctrl-C in it has Python take a running thread for one that has ended
        while not self._ended.wait(0.2):
            pass
        if self.failure is not None:
            raise self.failure

    def _cloths(self) -> list[Cloth]:
        return [each.subject for each in self._sources if isinstance(each.subject, Cloth)]

    # What the user does

    def _set_scene(self) -> viser.DirectionalLightHandle:
        """Light and backdrop; returns the light that shows the yarns' shape."""
        scene = self._server.scene
        scene.set_up_direction("+z")
        scene.configure_default_lights(False)
        scene.configure_environment_map(None)
        scene.set_background_image(np.full((2, 2, 3), BACKDROP, np.uint8))
        scene.add_light_hemisphere(
            "/lights/sky", sky_color=(255, 255, 255), ground_color=(150, 150, 160), intensity=1.5
        )
        return scene.add_light_directional("/lights/front", intensity=2.0)

    def _listen(self) -> None:
        scene, server = self._server.scene, self._server

        @scene.on_click()
        def _(event) -> None:
            self._choose(np.array(event.ray_origin), np.array(event.ray_direction))

        @server.on_client_connect
        def _(client) -> None:
            self._show_everything(client)

            @client.camera.on_update
            def _(camera) -> None:
                self._camera = camera
                put = self._put.get(client.client_id)
                # the window has got another size, and nobody has moved the camera since it was put here
                if put and put[0] != camera.aspect and np.allclose(put[1], camera.position, atol=1e-3):
                    self._show_everything(client)
                self._awake.set()

    def _choose(self, origin: np.ndarray, direction: np.ndarray) -> None:
        """Look at the crossing on this ray."""
        hits = []
        for k, source in enumerate(self._sources):
            if isinstance(source.subject, Cloth):
                reach = 0.75 * source.subject.spacing() * self._arrangement.scale
                hit = crossing_on_ray(self._seen(k), origin, direction, reach)
                if hit is not None:
                    hits.append((hit[2], hit[:2]))
        self._chosen = min(hits)[1] if hits else None
        self._awake.set()

    def _seen(self, k: int) -> np.ndarray:
        """[picks, ends, 3], where a cloth's crossings are in the view now; not numbers where there is none."""
        cloth, where = self._sources[k].subject, self._arrangement
        assert isinstance(cloth, Cloth)
        position = cloth.crossings(cloth.frame_at(self._playback.time))
        return (position - where.centres[k]) * where.scale + where.offsets[k]

    def _show_everything(self, client: viser.ClientHandle) -> None:
        """Put a browser's camera where all is in its picture."""
        eye, middle = self._arrangement.camera(client.camera.aspect)
        self._put[client.client_id] = client.camera.aspect, eye
        with client.atomic():
            client.camera.position, client.camera.look_at, client.camera.up_direction = eye, middle, UP

    def _see_everything(self) -> None:
        self._to_arrange = True
        self._awake.set()

    # The thread

    def _work(self) -> None:
        try:
            last = time.monotonic()
            while not self._stop.is_set():
                if not self._playback.playing:
                    self._awake.wait(IDLE)
                self._awake.clear()
                now = time.monotonic()
                self._read_again()
                self._playback.advance(now - last)
                last = now
                self._draw()
                self._stop.wait(max(PAUSE, 1.0 / PICTURES - (time.monotonic() - now)))
        except BaseException as error:
            self.failure = error
        finally:
            self._ended.set()

    def _read_again(self) -> None:
        changed = [source.changed() for source in self._sources]
        if any(changed):
            self._playback.renew([each.subject.time for each in self._sources])
            if self._page.choices.follow and not self._playback.playing:
                self._playback.seek(self._playback.last)

    def _arrange(self) -> None:
        """Put everything in its place, and the camera before it."""
        subjects, beside = [each.subject for each in self._sources], self._page.choices.beside
        self._arrangement = where = Arrangement.of(subjects, beside)
        self._light.position = tuple(where.back + 0.8 * UP)
        for k, drawing in enumerate(self._drawings):
            label = self._sources[k].name if beside and len(subjects) > 1 else ""
            drawing.place(where.offsets[k], label, where.tops[k])
        first = self._server.initial_camera
        first.fov, (first.position, first.look_at) = FIELD_OF_VIEW, where.camera()
        for client in self._server.get_clients().values():
            self._show_everything(client)
        self._drawn = [None] * len(subjects)
        self._arranged, self._to_arrange = beside, False

    def _draw(self) -> None:
        choices, playback = self._page.choices, self._playback
        if self._to_arrange or choices.beside != self._arranged:
            self._arrange()
        scale = self._color_scale()
        samples = samples_for([each.subject for each in self._sources])
        samples = {Shape.automatic: samples, Shape.yarns: samples or 1, Shape.surface: 0}[choices.shape]
        with self._server.atomic():
            for k, source in enumerate(self._sources):
                subject = source.subject
                frame = subject.frame_at(playback.time)
                tint = TINTS[k % len(TINTS)] if choices.color == BY_RUN else None
                look = Look(scale, tint, samples, None if samples else self._window(k))
                wanted = (id(subject), frame, look, choices.pins, choices.obstacles)
                if wanted != self._drawn[k]:
                    self._draw_one(k, frame, look)
                    self._drawn[k] = wanted
            self._page.show_moment(any(each.unfinished for each in self._sources))
            self._page.show_sources([self._state(k) for k in range(len(self._sources))])
            self._show_crossing()

    def _draw_one(self, k: int, frame: int, look: Look) -> None:
        subject, where, drawing = self._sources[k].subject, self._arrangement, self._drawings[k]
        drawing.draw(paint(subject, frame, look, where.centres[k], where.scale))
        shapes = subject.obstacles if self._page.choices.obstacles else ()
        drawing.draw_obstacles(shapes, subject.time[frame], where.centres[k], where.scale)
        pins = subject.pins(self._playback.time) if self._page.choices.pins else np.zeros((0, 3))
        drawing.draw_pins((pins - where.centres[k]) * where.scale, 0.6 * subject.spacing() * where.scale)

    def _window(self, k: int):
        """The picks and ends of a large cloth that are near the camera, and in its middle."""
        subject, camera = self._sources[k].subject, self._camera
        if not isinstance(subject, Cloth) or camera is None or subject.grid is None:
            return None
        eye, spacing = np.asarray(camera.position), subject.spacing() * self._arrangement.scale
        direction = np.asarray(camera.look_at) - eye
        hit = crossing_on_ray(self._seen(k), eye, direction, 2.0 * spacing * stride(subject.grid))
        if hit is None or not worth_yarns(hit[2], spacing, camera.fov):
            return None
        return window_around(hit[:2], subject.grid, stride(subject.grid))

    def _color_scale(self) -> ColorScale | None:
        quantity = named(self._page.choices.color)
        key = (quantity and quantity.name, *(id(each.subject) for each in self._sources))
        if key != self._scale[0]:
            scale = None
            if quantity is not None:
                samples = []
                for cloth in self._cloths():
                    if quantity in cloth.quantities():
                        frames = np.unique(np.linspace(0, len(cloth.time) - 1, SCALE_FRAMES).astype(int))
                        layout = cloth.fabric.layout
                        samples += [layout.packed(cloth.values(quantity, int(frame))) for frame in frames]
                scale = ColorScale.over(quantity, samples)
            self._scale = (key, scale)
            self._page.show_legend(scale.legend() if scale else "")
        return self._scale[1]

    def _state(self, k: int) -> tuple[str, str, str]:
        source = self._sources[k]
        subject = source.subject
        size = f"{subject.grid[0]} picks x {subject.grid[1]} ends" if subject.grid else "curves"
        frames = f", {len(subject.time)} of {source.unfinished} frames so far" if source.unfinished else ""
        color = "#" + "".join(f"{round(255 * part):02x}" for part in TINTS[k % len(TINTS)])
        return source.name, f"{size}{frames}", color if self._page.choices.color == BY_RUN else ""

    def _show_crossing(self) -> None:
        if self._chosen is None:
            self._panel.clear()
            for drawing in self._drawings:
                drawing.mark(None, 0.0)
            self._plotted = None
            return
        pick, end = self._chosen
        cloths, frames = [], []
        for k, source in enumerate(self._sources):
            cloth = source.subject
            if not isinstance(cloth, Cloth) or not cloth.has(pick, end):
                self._drawings[k].mark(None, 0.0)
                continue
            cloths.append(cloth)
            frames.append(cloth.frame_at(self._playback.time))
            radius = 0.9 * cloth.spacing() * self._arrangement.scale
            self._drawings[k].mark(self._seen(k)[pick, end] - self._arrangement.offsets[k], radius)
        self._panel.show_numbers(cloths, frames, pick, end)
        plotted = (self._chosen, self._panel.plotted, *(id(each) for each in cloths))
        if plotted != self._plotted:
            self._panel.show_course(cloths, pick, end)
            self._plotted = plotted
        self._panel.show_moment(self._playback.time)


@contextlib.contextmanager
def quiet():
    """Keep what viser prints about itself to itself."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield

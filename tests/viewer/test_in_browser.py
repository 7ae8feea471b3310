"""The page in a real Chromium, which draws it by software: what users see and what their clicks do."""

import io
import os
import re
import shutil
from contextlib import contextmanager

import numpy as np
import pytest
from interrupted import interrupted
from small_run import small_scene
from waving_cloth import waving

from warp_fabric.simulation import simulate_to
from warp_fabric.viewer import view
from warp_fabric.viewer.quantities import QUANTITIES
from warp_fabric.viewer.viewer import BACKDROP

pytest.importorskip("viser")
playwright = pytest.importorskip("playwright.sync_api")
Image = pytest.importorskip("PIL.Image")

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
SOFTWARE = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
WIDTH, HEIGHT, PANEL = 700, 450, 400
PATIENCE = 60_000  # ms

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: put it on PATH, or its path into CHROMIUM")


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        options = {"executable_path": CHROMIUM, "args": ["--no-sandbox", *SOFTWARE]}
        with driver.chromium.launch(**options) as opened:
            yield opened


@contextmanager
def visits(browser):
    """Opens pages of what is to be seen, and waits until each is drawn."""
    closing, faults = [], []

    def open_(*what):
        showing = view(*what, port=0)
        closing.append(showing.close)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        closing.append(page.close)
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(showing.url)
        page.get_by_text(re.compile("frame \\d+ of")).wait_for()
        until(page, lambda: cloth_share(page) > 0.02)
        return page

    yield open_
    for close in reversed(closing):
        close()
    assert faults == []


@pytest.fixture
def visit(browser):
    with visits(browser) as open_:
        yield open_


@pytest.fixture(scope="module")
def swinging(browser):
    """A page that several tests look at: of cloth that swings."""
    with visits(browser) as open_:
        yield open_(waving(8, 8, swing=0.2))


def picture(page) -> np.ndarray:
    """The picture beside the controls, [height, width, 3]."""
    clip = {"x": 0, "y": 0, "width": WIDTH - PANEL, "height": HEIGHT}
    return np.asarray(Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")).astype(int)


def on_cloth(page) -> np.ndarray:
    """[height, width], where something is before the backdrop."""
    seen = picture(page)
    ground = np.array(BACKDROP)
    return np.abs(seen - ground).max(axis=-1) > 40


def cloth_share(page) -> float:
    return float(on_cloth(page).mean())


def until(page, condition) -> None:
    """Wait until what the browser draws is so."""
    for _ in range(PATIENCE // 250):
        if condition():
            return
        page.wait_for_timeout(250)
    pytest.fail("the browser has not drawn it")


def until_changed(page, before: np.ndarray) -> None:
    until(page, lambda: (np.abs(picture(page) - before).max(axis=-1) > 40).mean() > 0.002)


def choose(page, label: str, option: str) -> None:
    page.get_by_text(label, exact=True).locator("xpath=ancestor::*[3]").locator("input").first.click()
    page.get_by_role("option", name=option, exact=True).click()


def seek(page, frame: int) -> None:
    number = page.locator(".mantine-NumberInput-input").first
    number.fill(str(frame))
    number.press("Enter")


def mark(page) -> int:
    """The column of the plot's canvas in which the upright line stands, in its grey; -1 where there is none."""
    return page.evaluate(
        """(grey) => {
        const canvas = document.querySelector(".uplot canvas");
        if (!canvas || !canvas.width || !canvas.height) return -1;
        const {width, height} = canvas, pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
        const count = new Array(width).fill(0);
        for (let k = 0; k < width * height; k++)
            if (pixels[4 * k + 3] > 128 && [0, 1, 2].every((c) => Math.abs(pixels[4 * k + c] - grey) < 8))
                count[k % width]++;
        const most = Math.max(...count);
        return most > height / 8 ? count.indexOf(most) : -1;
    }""",
        0x77,
    )


def test_it_is_scrubbed_and_played(swinging):
    page = swinging
    before = picture(page)
    seek(page, 4)
    page.get_by_text("0.5000 s, frame 4 of 4").wait_for()
    until_changed(page, before)
    seek(page, 0)
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_text(re.compile(r"frame [1-4] of 4")).wait_for()
    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_role("button", name="Play", exact=True).wait_for()


def test_yarns_are_coloured_by_each_quantity(swinging):
    page = swinging
    seek(page, 4)
    page.get_by_text("frame 4 of 4").wait_for()
    page.wait_for_timeout(500)
    for quantity in QUANTITIES[:3]:  # the others are those of crimped yarns
        before = picture(page)
        choose(page, "Yarns by", quantity.name)
        page.get_by_text(quantity.meaning).wait_for()
        until_changed(page, before)


def test_a_click_on_a_crossing_gives_its_numbers_and_their_course(swinging):
    page = swinging
    seek(page, 4)
    page.get_by_text("Click on a crossing").wait_for()
    rows, columns = np.nonzero(on_cloth(page))
    page.mouse.click(float(np.median(columns)), float(np.median(rows)))
    page.get_by_text(re.compile("Pick [345]")).wait_for()
    page.get_by_text("stretch of the end").wait_for()
    page.locator(".uplot canvas").wait_for()
    choose(page, "Plot", "compression")
    page.get_by_text("compression [µN]").wait_for()
    page.locator(".uplot").get_by_text("now").wait_for()
    until(page, lambda: mark(page) > 0)
    last = mark(page)
    seek(page, 1)
    until(page, lambda: 0 < mark(page) < 0.75 * last)
    page.mouse.click(5.0, HEIGHT - 5.0)
    page.get_by_text("Click on a crossing").wait_for()
    assert not page.locator(".uplot canvas").is_visible()


@pytest.mark.slow
def test_two_runs_are_compared(visit, tmp_path):
    paths = [waving(8, 8, swing=swing).save(tmp_path / f"{name}.h5") for name, swing in (("calm", 0.2), ("windy", 0.4))]
    page = visit(*paths)
    for name in ("calm.h5", "windy.h5"):
        assert page.get_by_text(name).is_visible()
    assert gap(page) > 0
    choose(page, "Runs", "over each other")
    until(page, lambda: gap(page) == 0)
    page.locator("input[value='run']").first.wait_for(state="attached")  # which tells them apart


def gap(page) -> int:
    """Columns of the picture without cloth between columns with cloth."""
    seen = np.flatnonzero(on_cloth(page).any(axis=0))
    return int(seen[-1] - seen[0] + 1 - len(seen)) if len(seen) else 0


def test_a_run_that_grows_is_followed(visit, tmp_path):
    path = tmp_path / "run.h5"
    interrupted(path, 3)
    page = visit(path)
    page.get_by_text("3 of 9 frames so far").wait_for()
    page.get_by_text("frame 2 of 2").wait_for()
    interrupted(path, 6)
    page.get_by_text("6 of 9 frames so far").wait_for()
    page.get_by_text("frame 5 of 5").wait_for()
    simulate_to(path, small_scene(), resume=True)
    page.get_by_text("frame 8 of 8").wait_for()
    page.get_by_text("so far").wait_for(state="detached")


@pytest.mark.slow
def test_large_cloth_is_drawn(visit):
    page = visit(waving(150, 150, frames=2, swing=0.1))
    assert cloth_share(page) > 0.2

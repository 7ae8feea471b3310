"""Pictures a second that the viewer sends to its page while a run plays.

    python -m benchmarks.viewer [--sizes 60,100,200] [--seconds 60] [--output FILE]

A process that only receives stands for the browser: what that takes to draw is its own. The run is cotton that sways,
with more frames a second than the viewer shows.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import time

import numpy as np

import warp_fabric as wf
from benchmarks.common import arguments, cotton_of, machine, measure_each, numbers, table, write
from warp_fabric.viewer.page import DRAFT
from warp_fabric.viewer.viewer import PICTURES

SIZES = (60, 100, 200)
COLORS = (DRAFT, "stretch")
SECONDS, PARTS = 10.0, 5
"""How long is measured, and in how many parts."""
DURATION = SECONDS + 2.0
"""Of the run: it must not begin again meanwhile, as there is a pause before."""
FRAMES = 1 + int(1.1 * PICTURES * DURATION)


def swaying(size: int) -> wf.Trajectory:
    """Cotton whose lower edge moves to and fro by a fifth of its height, every two seconds."""
    moments, scene = np.linspace(0.0, DURATION, FRAMES), cotton_of(size, 2)
    fabric = scene.build()
    position = np.repeat(fabric.position[None], FRAMES, axis=0)
    down = -fabric.position[..., 2]
    position[..., 1] += 0.2 * np.sin(np.pi * moments)[:, None, None] * down**2 / down.max()
    still = np.zeros_like(position)
    sliding = np.repeat(fabric.sliding[None], FRAMES, axis=0)
    arrays = {"velocity": still, "sliding_velocity": still[..., :2], "anchor": sliding, "compression": still[..., 0]}
    return wf.Trajectory(moments, position, sliding, **arrays, scene=scene, version="", device="cpu")


def receive(url: str, seconds: float, pipe) -> None:
    """Take what a page is sent: tells when it is there, then when yarns or surface came anew [s], and all bytes."""
    import msgspec
    import viser
    import zstandard
    from websockets.sync.client import connect
    from websockets.typing import Subprotocol

    moments: dict[str, list[float]] = {}
    size, end = 0, float("inf")
    protocol = Subprotocol(f"viser-v{viser.__version__}")
    with connect(url.replace("http", "ws"), subprotocols=[protocol], max_size=None, compression=None) as page:
        while time.monotonic() < end:
            data = page.recv(timeout=30.0)
            assert isinstance(data, bytes)
            if end == float("inf"):
                end = time.monotonic() + seconds
                pipe.send("ready")
            packed = data[16 : 16 + int.from_bytes(data[8:16], "little")]
            for each in msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(packed))["messages"]:
                changes = each.get("updates", {})
                if "batched_positions" in changes or "vertices" in changes:
                    moments.setdefault(each["name"], []).append(time.monotonic() - end + seconds)
                    size += len(data) if each["name"] == next(iter(moments)) else 0
    pipe.send((max(moments.values(), key=len), size))


def measure(size: int, color: str, seconds: float = SECONDS) -> dict:
    """Pictures a second, the median of parts, and what each takes."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    with wf.view(swaying(size), port=0) as showing:
        viewer = showing._viewer  # what the page's buttons change
        viewer._page.choices.color = color
        viewer._playback.choose_speed(1.0)
        page = context.Process(target=receive, args=(showing.url, seconds, there))
        page.start()
        here.recv()
        viewer._playback.playing = True
        viewer._awake.set()
        used = time.process_time()
        moments, sent = here.recv()
        used = time.process_time() - used
        page.join()
    rates = np.histogram(moments, np.linspace(0.0, seconds, PARTS + 1))[0] / (seconds / PARTS)
    return {
        "size": size,
        "color": color,
        "pictures_per_second": statistics.median(rates.tolist()),
        "cpu_seconds_per_picture": used / len(moments),
        "bytes_per_picture": sent / len(moments),
    }


def report(results: list[dict], where: str) -> str:
    """The results as a Markdown table."""
    rows = [
        [
            f"{one['size']} x {one['size']}, {one['color']}",
            f"{one['pictures_per_second']:.1f}",
            f"{1e3 * one['cpu_seconds_per_picture']:.0f}",
            f"{one['bytes_per_picture'] / 1e6:.1f}",
        ]
        for one in results
    ]
    text = f"Pictures that the viewer sends, at most {PICTURES:.0f} a second, on {where}:\n\n"
    return text + table(["crossings, colour", "pictures / s", "CPU ms / picture", "MB / picture"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="crossings along a side")
    options = arguments(parser, "viewer")
    cases = [(size, color) for size in numbers(options.sizes) for color in COLORS]
    label = lambda case: f"{case[0]} x {case[0]}, {case[1]}"  # noqa: E731
    results = measure_each(options, cases, label, lambda case: measure(*case))
    where = machine(options.device).replace(", one thread", "")
    write(options, report(results, where), results)


if __name__ == "__main__":
    main()

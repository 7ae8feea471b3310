"""Whether gradients and fits fit."""

import pytest
from small_run import small_scene

from warp_fabric import SceneError, simulate
from warp_fabric.fitting import fits_memory
from warp_fabric.fitting.fits_memory import check_fits
from warp_fabric.fitting.targets import FramesTarget
from warp_fabric.memory.extent import Bytes


def test_each_is_asked_for_what_it_takes(monkeypatch):
    """With all that was observed; a second simulation counts where there is one."""
    scene, asked = small_scene(), []
    comparison = FramesTarget(simulate(scene)).compare(scene)
    assert comparison.size == 8 * 5 * 30

    def check(scene, _device, need, what):
        asked.append((what, need(scene).total, need(scene.replace({"fabric.picks": 3})).total))

    monkeypatch.setattr(fits_memory, "check_memory", check)
    for unknowns, again in ((None, 0), (None, 1), (3, 0), (30, 0)):
        check_fits(scene, [comparison], "cpu", "auto", (), unknowns, again)
    whats, sizes, smaller = zip(*asked)
    assert whats == ("a gradient", "a gradient", "a fit", "a fit")
    assert sizes[1] > sizes[0]
    assert sizes[3] > sizes[2]
    assert all(a > b for a, b in zip(sizes, smaller))


def test_refused(monkeypatch):
    scene = small_scene()
    comparison = FramesTarget(simulate(scene)).compare(scene)
    monkeypatch.setattr(fits_memory, "gradient", lambda *_: Bytes(10**18))
    with pytest.raises(SceneError, match="a gradient of 6 x 5 crossings takes"):
        check_fits(scene, [comparison], "cpu", 1, (), None, 0)

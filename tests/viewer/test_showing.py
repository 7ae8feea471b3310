import sys
import urllib.request

import pytest
from waving_cloth import waving

import warp_fabric
from warp_fabric import WarpFabricError
from warp_fabric.viewer import view


def test_a_page_is_served_on_this_machine_alone():
    pytest.importorskip("viser")
    with waving().view(port=0) as showing:
        assert showing.url.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(showing.url) as page:
            assert b"<html" in page.read(2000)
        assert showing.url in showing._repr_html_()
        assert "<iframe" in showing._repr_html_()
    assert "iframe" not in showing._repr_html_()
    showing.close()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(showing.url, timeout=5)


def test_two_pages_get_ports_of_their_own():
    pytest.importorskip("viser")
    with warp_fabric.view(waving(), port=0) as first:
        port = int(first.url.rpartition(":")[2])
        with view(waving().scene, port=port) as second:
            assert second.url != first.url


def test_nothing_is_printed(capfd):
    pytest.importorskip("viser")
    with view(waving(), port=0):
        pass
    assert capfd.readouterr().out == ""


def test_without_viser_the_fix_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "viser", None)
    with pytest.raises(WarpFabricError, match="viser") as caught:
        view(waving())
    assert caught.value.fix == "pip install warp-fabric[view]"


def test_wrong_calls_say_what_to_do():
    pytest.importorskip("viser")
    with pytest.raises(WarpFabricError, match="nothing to show"):
        view()
    with pytest.raises(WarpFabricError, match="no such address") as caught:
        view(waving(), host="192.0.2.1")
    assert "127.0.0.1" in caught.value.fix

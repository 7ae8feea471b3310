import socket
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


def listening(port: int = 0) -> socket.socket:
    server = socket.socket()
    server.bind(("127.0.0.1", port))
    server.listen()
    return server


@pytest.fixture
def last_port():
    """The last port there is, taken by this test or by somebody else."""
    try:
        server = listening(65535)
    except OSError:
        yield
    else:
        with server:
            yield


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_where_no_port_is_free_it_says_so(last_port, host):
    pytest.importorskip("viser")
    with pytest.raises(WarpFabricError, match=r"it cannot be used: .*in use") as caught:
        view(waving(), port=65535, host=host)
    assert (caught.value.where, caught.value.fix) == ("port 65535", "give another port, such as 8080")


@pytest.mark.parametrize("port", [-1, 65536, "8080"])
def test_ports_are_numbers(port):
    pytest.importorskip("viser")
    with pytest.raises(WarpFabricError, match="numbers from 0 to 65535"):
        view(waving(), port=port)


def test_a_port_that_is_taken_is_passed_over():
    pytest.importorskip("viser")
    with listening() as server:
        taken = server.getsockname()[1]
        with view(waving(), port=taken) as showing:
            assert int(showing.url.rpartition(":")[2]) != taken

"""Opening the page: from what is to be shown to an address in the browser."""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING

from warp_fabric.errors import WarpFabricError
from warp_fabric.viewer.sources import sources

if TYPE_CHECKING:
    from warp_fabric.scene import Scene
    from warp_fabric.trajectory import Trajectory

HERE = "127.0.0.1"
"""Only programs on this machine reach a page at this address."""
PORT = 8080
LAST_PORT = 65535
PORTS_TRIED = 100


class Showing:
    """A page that is being shown; in a notebook it is seen below the cell.

    Attributes:
        url: Its address.
    """

    def __init__(self, server, viewer, url: str) -> None:
        self._server, self._viewer, self.url = server, viewer, url

    def wait(self) -> None:
        """Wait until it is closed, or Ctrl-C is pressed."""
        self._viewer.wait()

    def close(self) -> None:
        """Take the page away. Closing it twice does no harm."""
        if self._server is not None:
            from warp_fabric.viewer.viewer import quiet

            self._viewer.close()
            with quiet():
                self._server.stop()
            self._server = None

    def __enter__(self) -> Showing:
        return self

    def __exit__(self, *_error) -> None:
        self.close()

    def _repr_html_(self) -> str:
        if self._server is None:
            return "<i>This page has been closed.</i>"
        return f'<iframe src="{self.url}" width="100%" height="640" style="border: 0"></iframe>'


def view(
    *what: str | os.PathLike | Trajectory | Scene, host: str = HERE, port: int = PORT, browser: bool = False
) -> Showing:
    """Show runs, scenes and USD files on a page in the browser; this returns at once.

    Args:
        what: Trajectories, scenes, or paths of trajectory files (also while they are being written), scene files and
            USD files. Several are shown next to each other.
        host: The address to serve at; by default only programs on this machine reach it.
        port: The port, or the next one that is free.
        browser: Whether to open the page in the default browser.

    Raises:
        WarpFabricError: where something cannot be read, viser is not installed, the address is not this machine's, or
            no port can be had.
    """
    if not what:
        raise WarpFabricError("there is nothing to show", fix="give a run, a scene or a USD file")
    try:
        import viser
    except ImportError as error:
        raise WarpFabricError("viewing needs the package viser", fix="pip install warp-fabric[view]") from error
    from warp_fabric.viewer.viewer import Viewer, quiet

    read = sources(what)
    _check_address(host)
    port = _free_port(host, port)
    with quiet():
        server = viser.ViserServer(host, port, label="Warp Fabric", verbose=False)
    viewer = Viewer(server, read)
    name = HERE if host in ("0.0.0.0", "::", "") else f"[{host}]" if ":" in host else host
    showing = Showing(server, viewer, f"http://{name}:{server.get_port()}")
    if browser:
        import webbrowser

        webbrowser.open(showing.url)
    return showing


def _check_address(host: str) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host or None, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.bind(address)
    except OSError as error:
        fix = f"give {HERE} for this machine alone, or 0.0.0.0 for the network"
        raise WarpFabricError(f"this machine has no such address: {error}", where=f"host {host}", fix=fix) from error


def _free_port(host: str, port: int) -> int:
    """The first port from this one on that can be had; 0 leaves the choice to the system.

    viser looks for one itself, but in a thread of its own, and where there is none its caller waits forever.
    """
    where, fix = f"port {port}", f"give another port, such as {PORT}"
    if not isinstance(port, int) or not 0 <= port <= LAST_PORT:
        raise WarpFabricError(f"ports are numbers from 0 to {LAST_PORT}", where=where, fix=fix)
    candidates = range(port, min(port + PORTS_TRIED, LAST_PORT + 1))
    for candidate in candidates:
        problem = _port_problem(host, candidate)
        if problem is None:
            return candidate
    what = (
        f"neither this port nor any up to {candidates[-1]} can be used" if len(candidates) > 1 else "it cannot be used"
    )
    raise WarpFabricError(f"{what}: {problem}", where=where, fix=fix)


def _port_problem(host: str, port: int) -> OSError | None:
    """Why a server cannot listen at a port."""
    for family, kind, protocol, _, address in socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM):
        try:
            with socket.socket(family, kind, protocol) as trial:
                if os.name == "posix":  # as servers do: a port that was closed a moment ago is free
                    trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind(address)
        except OSError as error:
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):  # localhost without IPv6
                return error
    return None

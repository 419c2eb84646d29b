"""Control as a process: the application under uvicorn, ended by our own signals."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import structlog
import uvicorn
from fastapi import FastAPI

from ingest.bus_address import BusAddress
from ingest.open_files import allow_many_files
from ingest.worker import Stop
from wallserver.config import Settings
from wallserver.control.app import create_app
from wallserver.control.connections import Configuration

_log = structlog.get_logger(__name__)
# Pages ask every five seconds, which is when uvicorn hangs up by itself: there would be a handshake each time, and
# nobody to answer who asks at that very moment.
_IDLE_S = 20
_MOST_WEBSOCKET = 64 * 1024  # bytes of one message of a display


async def run_control(settings: Settings, address: BusAddress, stop: Stop) -> None:
    """Control, until `stop` is set: catalogue, people, walls, planner, pages, API and WebSockets.

    Prints the administrator's first password, once. Raises OSError where it cannot listen, CatalogueError where
    the database's key or the settings' cameras cannot be used, BusError where the bus refuses us.
    """
    allow_many_files()  # each display, page and player is a connection
    await serve(create_app(settings, address), settings, stop)


async def serve(app: FastAPI, settings: Settings, stop: Stop) -> None:
    """Serve the application of `create_app` until `stop` is set, or what is behind it fails."""
    with contextlib.closing(_listen(settings.http.host, settings.http.port)) as listener:
        async with app.router.lifespan_context(app):
            server = _Server(_configuration(app, settings))
            serving = asyncio.create_task(server.serve([listener]), name="http")
            stopping = asyncio.create_task(stop.wait(), name="stop")
            _say_hello(app, settings)
            background: asyncio.Task[None] = app.state.background
            try:
                await asyncio.wait({serving, stopping, background}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                stopping.cancel()
                app.state.control.hub.close()
                app.state.control.leases.close()
                server.should_exit = True
                await serving
            if background.done() and (failure := background.exception()) is not None:
                raise _first_cause(failure)


def _first_cause(failure: BaseException) -> BaseException:
    """What went wrong, out of the groups that task groups make of it."""
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: ours set `stop`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _configuration(app: FastAPI, settings: Settings) -> Configuration:
    return Configuration(
        app,
        lifespan="off",  # run_control enters it itself: uvicorn would swallow what it raises
        ws_max_size=_MOST_WEBSOCKET,
        ssl_certfile=settings.http.certificate,
        ssl_keyfile=settings.http.key,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=1,
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        reason = error.strerror or "the address cannot be used"
        raise OSError(error.errno, f"cannot listen on {host} port {port}: {reason}") from error
    # What is accepted here inherits it. asyncio sets it only on sockets that name their protocol, which this one does
    # not; without, the second part of an answer, or the second message to a display, waits for the 40 ms after which
    # the other side acknowledges the first (Nagle, RFC 9293 3.7.4).
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _say_hello(app: FastAPI, settings: Settings) -> None:
    scheme = "https" if settings.http.https else "http"
    _log.info("control is up", address=f"{scheme}://{settings.http.host}:{settings.http.port}")
    control = app.state.control
    if control.first_password is not None:
        # Printed, not logged: logs are kept and sent on.
        print(f"Sign in as admin with the password {control.first_password} (told this once).", flush=True)
        control.first_password = None

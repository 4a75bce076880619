"""Serving on a socket, with little patience for clients that are slow to ask or to read."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from kg.errors import ConfigError
from kg.server import PATIENCE

MAX_HEAD = 64 << 10  # bytes of a request before its body
MAX_CLIENTS = 200  # connections at once
KEEP_ALIVE = 5  # seconds
SHUTDOWN = 2  # seconds for answers that are under way


class Protocol(H11Protocol):
    """HTTP/1.1 that closes a connection when a request's head, or the client's reading of an answer, takes too long."""

    patience = PATIENCE
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A client has come: its request is awaited."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Some of a request has come; once its head is whole, the rest has limits of its own."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._stop()

    def on_response_complete(self) -> None:
        """An answer is out: the next request is awaited."""
        super().on_response_complete()
        self._wait()

    def pause_writing(self) -> None:
        """The client does not read."""
        super().pause_writing()
        self._wait()

    def resume_writing(self) -> None:
        """It reads again."""
        super().resume_writing()
        self._stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        super().connection_lost(exc)
        self._stop()

    def _wait(self) -> None:
        self._stop()
        self._timer = self.loop.call_later(self.patience, self.transport.abort)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def serve(app: Any, host: str, port: int, ready: Callable[[str], None] = lambda address: None) -> None:
    """Serves an application until it is interrupted.

    Args:
        app: an ASGI application.
        host: the address to listen on, and no other.
        port: 0 for any that is free.
        ready: is told the address once clients may come.

    Raises:
        ConfigError: nobody may listen there.
    """
    listening = _listen(host, port)
    name = f"[{host}]" if ":" in host else host
    config = uvicorn.Config(
        app, http=Protocol, ws="none", lifespan="off", log_level="critical", access_log=False, server_header=False,
        proxy_headers=False, limit_concurrency=MAX_CLIENTS, timeout_keep_alive=KEEP_ALIVE, timeout_graceful_shutdown=SHUTDOWN,
        h11_max_incomplete_event_size=MAX_HEAD,
    )  # fmt: skip
    with listening:
        ready(f"http://{name}:{listening.getsockname()[1]}/")
        uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=128)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"cannot listen on {host}:{port}: {reason}", hint="choose another --port or --host") from error

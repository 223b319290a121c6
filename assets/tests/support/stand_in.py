"""Servers on loopback that answer as they were told: each failure of an endpoint, for real."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler


@dataclass(frozen=True)
class Said:
    """An answer: by default JSON."""

    status: int = 200
    body: str | bytes = "{}"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


Answering = Callable[[HTTPServerRequest], Awaitable[Said]]


def application(answering: Answering) -> Application:
    class Anything(RequestHandler):
        async def prepare(self) -> None:
            said = await answering(self.request)
            self.set_status(said.status)
            for name, value in said.headers.items():
                self.set_header(name, value)
            with contextlib.suppress(Exception):  # whoever asked may have gone away
                await self.finish(said.body)

    return Application([(r".*", Anything)])


@contextlib.contextmanager
def serving(answering: Answering, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The address of a server, in a thread of its own, that is gone at the end."""
    started = threading.Event()
    seen: dict[str, object] = {}

    async def serve() -> None:
        sockets = bind_sockets(0, "127.0.0.1")
        server = HTTPServer(application(answering), ssl_options=tls)
        server.add_sockets(sockets)
        seen.update(port=sockets[0].getsockname()[1], loop=asyncio.get_running_loop())
        seen["end"] = asyncio.Event()
        started.set()
        await seen["end"].wait()
        server.stop()
        await server.close_all_connections()

    thread = threading.Thread(target=asyncio.run, args=[serve()], daemon=True)
    thread.start()
    started.wait()
    try:
        yield f"{'https' if tls else 'http'}://localhost:{seen['port']}"
    finally:
        seen["loop"].call_soon_threadsafe(seen["end"].set)
        thread.join(10)

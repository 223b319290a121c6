"""Connections are taken while there is room for them, and end when nobody speaks."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import time
from typing import Any

from tornado.httpserver import HTTPServer

NO_MORE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
PAUSE_SECONDS, SAY_AGAIN_SECONDS = 1.0, 60.0
AT_ONCE = 128  # connections taken before others have their turn
SILENT_SECONDS = 120  # without a request, or in the middle of its head
BODY_SECONDS = 600  # of 32 MiB, 55 kB a second
log = logging.getLogger("localkfp")


class PatientServer(HTTPServer):
    """Takes no connection while the process may open no more files, and says so once."""

    def initialize(self, *arguments: Any, **options: Any) -> None:
        limits = {"idle_connection_timeout": SILENT_SECONDS, "body_timeout": BODY_SECONDS}
        super().initialize(*arguments, **{**limits, **options})
        self._listening: dict[int, socket.socket] = {}
        self._said = -SAY_AGAIN_SECONDS

    def add_sockets(self, sockets: Any) -> None:
        loop = asyncio.get_running_loop()
        for one in sockets:
            self._listening[one.fileno()] = one
            loop.add_reader(one, self._accept, one)

    def stop(self) -> None:
        loop = asyncio.get_running_loop()
        for one in self._listening.values():
            loop.remove_reader(one)
            one.close()
        self._listening.clear()

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(AT_ONCE):
            try:
                connection, address = listener.accept()
            except BlockingIOError:
                return
            except ConnectionAbortedError:
                continue
            except OSError as error:
                if error.errno not in NO_MORE:
                    raise
                self._pause(listener, error)
                return
            connection.setblocking(False)
            self._handle_connection(connection, address)

    def _pause(self, listener: socket.socket, error: OSError) -> None:
        self.say_full(error)
        loop = asyncio.get_running_loop()
        loop.remove_reader(listener)
        loop.call_later(PAUSE_SECONDS, self._resume, listener)

    def say_full(self, error: OSError) -> None:
        if time.monotonic() - self._said >= SAY_AGAIN_SECONDS:
            log.error("connections are not taken for now: %s (see `ulimit -n`)", error.strerror)
            self._said = time.monotonic()

    def _resume(self, listener: socket.socket) -> None:
        if listener.fileno() in self._listening:
            asyncio.get_running_loop().add_reader(listener, self._accept, listener)

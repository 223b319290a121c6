"""Where the server listens, and how it is called there."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket

from tornado.netutil import bind_sockets

from localkfp.errors import ServerError

PORT = 8090
BACKLOG = 1024  # connections that wait to be taken; one that finds no place tries again in seconds
TRIES = 10  # of a free port: one that is free on 127.0.0.1 may be taken on ::1
# `localhost` is two addresses, and a client may try either first: both must lead to us.
LOCALHOST = ("127.0.0.1", "::1")
NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def names(host: str) -> frozenset[str]:
    """What other machines may call a server at this host; none for loopback."""
    if is_loopback(host):
        return frozenset()
    return frozenset(name.lower() for name in (host, socket.gethostname(), socket.getfqdn()))


def url(host: str, port: int) -> str:
    """The server's address for this machine."""
    if host in ("localhost", *LOCALHOST):
        name = "localhost"
    elif host in ("0.0.0.0", "::"):  # every address; these two are no names of a server
        name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}[host]
    else:
        name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"


def bind(host: str, port: int | None) -> list[socket.socket]:
    """Sockets that listen at the host, all on one port. `port` None: 8090, or a free one.

    Raises ServerError.
    """
    if port is not None and not 0 <= port < 2**16:
        raise ServerError(f"{port} is no port: a port is a number up to 65535.")
    reason = ""
    for candidate in (PORT, *[0] * TRIES) if port is None else (port,):
        try:
            return _bind(LOCALHOST if host in ("localhost", *LOCALHOST) else (host,), candidate)
        except OSError as error:
            reason = str(error)
    wanted = f"Port {port}" if port is not None else "A port"
    raise ServerError(
        f"{wanted} can't be had on this machine ({host}: {reason}). Choose another, or leave "
        "--port out: localkfp then takes a free one."
    )


def _bind(hosts: tuple[str, ...], port: int) -> list[socket.socket]:
    with contextlib.ExitStack() as stack:
        sockets: list[socket.socket] = []
        for host in hosts:
            try:
                found = bind_sockets(port, host, backlog=BACKLOG)
            except OSError as error:
                unknown = isinstance(error, socket.gaierror) or error.errno in NO_SUCH_ADDRESS
                if sockets and unknown:
                    continue  # this machine has no IPv6
                raise
            for one in found:
                stack.callback(one.close)
            sockets += found
            port = sockets[0].getsockname()[1]
        stack.pop_all()
        return sockets

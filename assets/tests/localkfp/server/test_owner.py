"""Whose process is at the other end of a connection."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from contextlib import closing

import pytest
from localkfp.server import owner as whose
from localkfp.server.owner import OwnersServer, owned, owner, served
from tornado.httputil import HTTPHeaders, ResponseStartLine

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid ..."
US, PEER = ("127.0.0.1", 8090), ("127.0.0.1", 50000)
REST = "00000000:00000000 00:00000000 00000000"


def table(*rows):
    return "\n".join([HEAD, *(f"   {n}: {row}" for n, row in enumerate(rows))])


def row(local, remote, user, inode=4711):
    return f"{local} {remote} 01 {REST} {user:5}        0 {inode} 1 0000000000000000 20 4 30 10 -1"


def words(text, port):
    """As a machine with the lowest byte first writes it."""
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    packed = socket.inet_pton(family, text)
    parts = [packed[i : i + 4][::-1].hex().upper() for i in range(0, len(packed), 4)]
    return f"{''.join(parts)}:{port:04X}"


PEER_ROW = (words("127.0.0.1", 50000), words("127.0.0.1", 8090))
OUR_ROW = (PEER_ROW[1], PEER_ROW[0])
MAPPED = (words("::ffff:127.0.0.1", 50000), words("::ffff:127.0.0.1", 8090))


@pytest.mark.skipif(sys.byteorder != "little", reason="rows of a machine with low bytes first")
@pytest.mark.parametrize(
    ("tables", "user"),
    [
        ([table(row(*OUR_ROW, 1000), row(*PEER_ROW, 1001))], 1001),
        ([table(row(*PEER_ROW, 0))], 0),
        ([table(row(*PEER_ROW, 0, inode=0))], None),  # closed: it shows user 0, whose-ever it was
        ([table(row(*PEER_ROW, 0, inode=0), row(*PEER_ROW, 1001))], 1001),
        ([table(row(*OUR_ROW, 1000))], None),  # our own end says nothing of the other
        ([table(), table(row(*MAPPED, 1001))], 1001),  # a program with a socket of IPv6
        ([table()], None),
        ([], None),
    ],
)
def test_the_row_of_the_other_end_says_whose_it_is(tables, user):
    assert owner(owned(tables), PEER, US) == user


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says whose a connection is")
@pytest.mark.parametrize(
    ("family", "address", "called"),
    [
        (socket.AF_INET, "127.0.0.1", "127.0.0.1"),
        (socket.AF_INET6, "::1", "::1"),
        (socket.AF_INET, "127.0.0.1", "::ffff:127.0.0.1"),
    ],
)
def test_a_connection_of_this_user_is_served_until_it_is_closed(family, address, called):
    with socket.socket(family) as server:
        server.bind((address, 0))
        server.listen()
        kind = socket.AF_INET6 if ":" in called else socket.AF_INET
        with socket.socket(kind) as peer:
            peer.connect((called, server.getsockname()[1]))
            connection = server.accept()[0]
            with closing(connection):
                assert served([connection]) == [True]
                peer.close()
                assert served([connection]) == [False]


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="needs a second user")
def test_a_connection_of_another_user_is_not_served():
    with socket.create_server(("127.0.0.1", 0)) as server:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:  # another user, whose socket stays open until we have looked
            os.setgid(65534)
            os.setuid(65534)
            with socket.create_connection(server.getsockname()):
                os.close(writer)
                os.read(reader, 1)
            os._exit(0)
        os.close(reader)
        connection = server.accept()[0]
        with closing(connection):
            assert served([connection]) == [False]
        os.close(writer)
        os.waitpid(child, 0)


def test_one_reading_that_begins_later_answers_for_all_who_wait(monkeypatch):
    go, readings = threading.Event(), []

    def slowly(connections):
        readings.append(len(connections))
        go.wait(60)
        return [True] * len(connections)

    def answer(request):
        request.connection.write_headers(ResponseStartLine("", 204, "None"), HTTPHeaders())
        request.connection.finish()

    async def ask(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        said = await reader.read()
        writer.close()
        return said

    async def all_of_them():
        server = OwnersServer(answer)
        taken, handle = [], server.handle_stream
        server.handle_stream = lambda *one: (taken.append(one), handle(*one))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            server.add_sockets([listener])
            asked = [asyncio.create_task(ask(listener.getsockname()[1])) for _ in range(51)]
            while len(taken) < len(asked):
                await asyncio.sleep(0)
            go.set()
            answers = await asyncio.gather(*asked)
            server.stop()
        return answers

    monkeypatch.setattr(whose, "served", slowly)
    answers = asyncio.run(asyncio.wait_for(all_of_them(), 60))
    assert all(said.startswith(b"HTTP/1.1 204") for said in answers)
    assert len(readings) <= 2
    assert sum(readings) == len(answers)

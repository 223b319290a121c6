"""Whose process is at the other end of a connection."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import closing

import pytest
from localkfp.server.owner import is_served, owner

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
    assert owner(tables, PEER, US) == user


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
                assert is_served(connection)
                peer.close()
                assert not is_served(connection)


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
            assert is_served(connection) is False
        os.close(writer)
        os.waitpid(child, 0)

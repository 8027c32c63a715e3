"""An answer is sent when it is there: nothing waits for the other side to confirm what came before."""

from __future__ import annotations

import asyncio
import socket

import pytest

from service.serving import bound


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_connection_of_ours_does_not_collect_small_packets(host: str) -> None:
    """asyncio turns Nagle's algorithm off, but only on sockets that say that they are of TCP."""
    listener = bound(host, 0)
    found: asyncio.Queue[int] = asyncio.Queue()

    class Connection(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            taken = transport.get_extra_info("socket")
            found.put_nowait(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()

    async def serve_one() -> int:
        server = await asyncio.get_running_loop().create_server(Connection, sock=listener)
        _, writer = await asyncio.open_connection(*listener.getsockname()[:2])
        no_delay = await asyncio.wait_for(found.get(), 30)
        writer.close()
        server.close()
        return no_delay

    assert asyncio.run(serve_one()) == 1

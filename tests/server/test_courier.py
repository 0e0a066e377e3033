"""Sending to endpoints: which addresses are refused, and what an endpoint cannot make the service do."""

import asyncio
import socket
from ipaddress import ip_address

import pytest
from aiohttp import web
from tests.support.ports import free_port
from tests.support.receiver import receiver

from openrooms.domain.moments import SECOND
from openrooms.server.core.courier import HttpCourier, is_public


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.192",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fec0::1",
        "3fff::1",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b:1::a00:1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
    ],
)
def test_addresses_that_get_nothing(address: str):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450:4001::1", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_public_addresses(address: str):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::1]",
        "localhost",
        "127.1",
        "0x7f.1",
        "2130706433",
        "[::ffff:7f00:1]",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020\u30020\u30021",
    ],
)
async def test_no_way_of_writing_an_address_leads_to_this_machine(host: str):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        courier = HttpCourier(to_private=False)
        reply = await courier.send("POST", f"http://{host}:{listener.getsockname()[1]}/", {}, b"{}")
        await courier.aclose()
        assert reply.answer.status == 0
        assert "public address" in reply.answer.reason or "InvalidUrl" in reply.answer.reason
        with pytest.raises(BlockingIOError):
            listener.accept()


async def test_an_answer_in_pieces_is_read_to_its_end():
    """Handshakes are in the body."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for piece in (b"in ", b"two pieces"):
            await response.write(piece)
            # Client and server share the loop, so the client reads this piece before the next one is written.
            for _ in range(100):
                await asyncio.sleep(0)
        return response

    server = web.AppRunner(application := web.Application())
    application.router.add_post("/", answer)
    await server.setup()
    port = free_port()
    await web.TCPSite(server, "127.0.0.1", port).start()
    courier = HttpCourier(to_private=True)
    reply = await courier.send("POST", f"http://127.0.0.1:{port}/", {}, b"{}")
    await courier.aclose()
    await server.cleanup()
    assert (reply.answer.status, reply.body) == (200, b"in two pieces")


async def test_a_redirect_is_not_followed():
    async with receiver() as endpoint, receiver() as other:
        endpoint.reply = lambda _event: web.Response(status=307, headers={"location": other.url})
        courier = HttpCourier(to_private=True)
        reply = await courier.send("POST", endpoint.url, {}, b"{}")
        await courier.aclose()
    assert (reply.answer.status, other.tried) == (307, 0)


@pytest.mark.parametrize(("text", "seconds"), [("7", 7), ("99999", 3600), ("soon", 0), ("-1", 0), ("", 0)])
async def test_the_pause_that_an_endpoint_asks_for(text: str, seconds: int):
    async with receiver() as endpoint:
        endpoint.reply = lambda _event: web.Response(status=503, headers={"retry-after": text})
        courier = HttpCourier(to_private=True)
        reply = await courier.send("POST", endpoint.url, {}, b"{}")
        await courier.aclose()
    assert reply.answer.retry_after == seconds * SECOND


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        pytest.param(b"", "cannot be reached", id="closed without an answer"),
        pytest.param(b"hello\r\n\r\n", "cannot be reached", id="another protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 100_000, "cannot be reached", id="endless headers"),
    ],
)
async def test_nonsense_counts_as_no_answer(sent: bytes, reason: str):
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    courier = HttpCourier(to_private=True)
    reply = await courier.send("POST", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", {}, b"{}")
    await courier.aclose()
    server.close()
    assert reply.answer.status == 0
    assert reason in reply.answer.reason


async def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    courier = HttpCourier(to_private=True)
    reply = await courier.send("POST", f"http://127.0.0.1:{port}/", {}, b"{}")
    await courier.aclose()
    assert reply.answer.status == 0
    assert reply.answer.reason.startswith("cannot be reached: ")

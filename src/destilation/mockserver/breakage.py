"""What some servers do to a connection that none should: breaking off, dripping, hanging, talking nonsense."""

import asyncio
import gzip
import socket
import struct

from aiohttp import web

DRIP_S = 0.5
HANG_S = 3_600.0


async def break_off(request: web.Request, fault: str, body: bytes) -> web.Response:
    """Send `body` (an answer) as the fault has it; one of `faults.BROKEN`."""
    transport = request.transport
    assert transport is not None
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    whole = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    match fault:
        case "reset_mid_body":
            transport.write(whole[: -len(body) // 2])
            await asyncio.sleep(0.02)
        case "short_body":
            transport.write(head + b"Content-Length: %d\r\n\r\n" % (len(body) + 50) + body)
            await asyncio.sleep(0.02)
            transport.close()
            return web.Response()
        case "bad_chunk":
            transport.write(head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + body + b"\r\n0\r\n\r\n")
            await asyncio.sleep(0.02)
        case "bad_http":
            transport.write(b"HELLO THERE\r\n\r\n" + body)
            await asyncio.sleep(0.02)
        case "huge_headers":
            transport.write(head + b"X-Padding: " + b"x" * 200_000 + b"\r\n\r\n")
            await asyncio.sleep(0.02)
        case "slow_headers":
            await _slowly(transport, whole)
        case "drip":
            transport.write(head + b"Content-Length: %d\r\n\r\n" % len(body))
            await _slowly(transport, body)
        case "hang":
            await asyncio.sleep(HANG_S)
        case "gzip":
            packed = gzip.compress(body)
            headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
            return web.Response(body=packed, headers=headers)
    _reset(transport)
    return web.Response()


async def _slowly(transport: asyncio.Transport, data: bytes) -> None:
    for at in range(len(data)):
        if transport.is_closing():
            return
        transport.write(data[at : at + 1])
        await asyncio.sleep(DRIP_S)


def _reset(transport: asyncio.Transport) -> None:
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()

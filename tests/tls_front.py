"""A process that ends TLS in front of some ports of this machine: ``python tls_front.py CERTIFICATE KEY PORT…`` prints the ports it opens."""

from __future__ import annotations

import asyncio
import ssl
import sys
from contextlib import suppress


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with suppress(OSError, RuntimeError):
        writer.close()


async def _serve(certificate: str, key: str, targets: list[int]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["h2", "http/1.1"])

    async def opened(target: int) -> int:
        async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", target)
            await asyncio.gather(_pipe(reader, there_writer), _pipe(there_reader, writer))

        server = await asyncio.start_server(join, "127.0.0.1", 0, ssl=context)
        return int(server.sockets[0].getsockname()[1])

    print(*[await opened(target) for target in targets], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], sys.argv[2], [int(port) for port in sys.argv[3:]]))

"""A server on the loopback that counts what reaches it and answers as a script says."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.listening import let_in

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@dataclass(slots=True)
class Server:
    """Where it listens and what came in: one entry a connection, one a complete request."""

    url: str = ""
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)


# Answers one request; True keeps the connection open for the next.
Script = Callable[[Server, asyncio.StreamWriter], Awaitable[bool]]


def saying(*parts: bytes, pause: float = 0.0, keep: bool = False) -> Script:
    """Return a script that sends ``parts`` with ``pause`` seconds before each."""

    async def answer(_: Server, writer: asyncio.StreamWriter) -> bool:
        for part in parts:
            await asyncio.sleep(pause)
            writer.write(part)
            await writer.drain()
        return keep

    return answer


def reply(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return a complete answer as bytes."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


NEVER: Final = datetime(2100, 1, 1, tzinfo=UTC)


def self_signed(folder: Path, *, until: datetime = NEVER) -> ssl.SSLContext:
    """Return a server's TLS for 127.0.0.1 that is right but for its issuer, and its end."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(until)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    chain = folder / "server.pem"
    chain.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context


@asynccontextmanager
async def serving(
    script: Script, *, reads: bool = True, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """Serve on a free port; without ``reads`` a connection is closed as soon as it is open."""
    server = Server()
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while reads:
                    server.requests.append(await _request(reader))
                    if not await script(server, writer):
                        break
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        task = asyncio.get_running_loop().create_task(talk(reader, writer))
        talks.add(task)
        task.add_done_callback(talks.discard)

    listener = await asyncio.start_server(accepted, "127.0.0.1", 0, ssl=tls)
    listening = listener.sockets[0]
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{listening.getsockname()[1]}"
    try:
        yield server
    finally:
        await let_in(listening)
        listener.close()
        await _end(talks)


async def _end(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return head + await reader.readexactly(int(value))
    return head

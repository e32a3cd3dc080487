"""An S3 server in a process of its own, behind a wire that can be cut."""

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import boto3

BUCKET: Final = "books"
_REGION: Final = "eu-central-1"
_PATIENCE_SECONDS: Final = 300
_PIECE: Final = 1 << 16


@dataclass
class Wire:
    """Carries connections to a port, until it is cut; then none is taken, and those there end."""

    to: int
    is_cut: bool = False
    _open: list[socket.socket] = field(default_factory=list)

    @contextmanager
    def carrying(self) -> Iterator[int]:
        """Carry for the block, from a port that is yielded."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            accepting = threading.Thread(target=self._accept, args=(listener,))
            accepting.start()
            yield listener.getsockname()[1]
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()
        self.cut()

    def cut(self) -> None:
        """End every connection, and take no other."""
        self.is_cut = True
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def mend(self) -> None:
        """Carry again."""
        self.is_cut = False

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                taken, _ = listener.accept()
            except OSError:
                return
            if self.is_cut:
                taken.close()
                continue
            there = socket.create_connection(("127.0.0.1", self.to))
            self._open += [taken, there]
            threading.Thread(target=_carry_both, args=(taken, there)).start()


def _carry_both(one: socket.socket, other: socket.socket) -> None:
    with one, other:
        back = threading.Thread(target=_carry, args=(other, one))
        back.start()
        _carry(one, other)
        back.join()


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
    for one in (source, target):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True)
class S3:
    """A server that knows one user with one key, and asks everybody for it."""

    wire: Wire
    client: dict[str, Any]


@contextmanager
def s3_server() -> Iterator[S3]:
    """Start a server with an empty bucket; ``client`` is what a client of it is told."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port: int = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _await(port)
        wire = Wire(port)
        with wire.carrying() as reached:
            address = f"http://127.0.0.1:{reached}"
            yield S3(wire, {**_user(port), "endpoint_url": address})
    finally:
        process.terminate()
        process.wait(_PATIENCE_SECONDS)


def _await(port: int) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < until, "the S3 server did not start"
            time.sleep(0.05)
        else:
            return


def _user(port: int) -> dict[str, Any]:
    """Make the bucket and its user while the server asks nobody for a key; then it does."""
    known = {
        "endpoint_url": f"http://127.0.0.1:{port}", "region_name": _REGION,
        "aws_access_key_id": "anybody", "aws_secret_access_key": "anything",
    }  # fmt: skip
    place = {"LocationConstraint": _REGION}
    boto3.client("s3", **known).create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    iam = boto3.client("iam", **known)
    iam.create_user(UserName="ledgerline")
    allowed = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
    }
    iam.put_user_policy(UserName="ledgerline", PolicyName="all", PolicyDocument=json.dumps(allowed))
    key = iam.create_access_key(UserName="ledgerline")["AccessKey"]
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"}
    )
    urllib.request.urlopen(asked).close()  # noqa: S310 - our own server
    return {
        "key": key["AccessKeyId"],
        "secret": key["SecretAccessKey"],
        "client_kwargs": {"region_name": _REGION},
        "config_kwargs": {"retries": {"max_attempts": 0}},
    }

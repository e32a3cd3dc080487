"""Idempotency keys as callers see them: read, fingerprinted, and answers kept under them."""

import re
from hashlib import sha256
from typing import Any, Final

import msgspec
from msgspec import Struct

from ledgerline.access.model import AlreadyAnswered
from ledgerline.api.operations import Answer, Call, Keyed, Operation
from ledgerline.api.refusals import IdempotencyKeyRequired
from ledgerline.base import crypto
from ledgerline.base.cards import refuse_cards
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command
from ledgerline.flows.finish_key import finish_key
from ledgerline.flows.keep_refusal import keep_refusal

_KEY: Final = re.compile(r"[!#-~]{1,255}")
_QUOTED: Final = re.compile(r'"([!#-~]{1,255})"')
_SORTED: Final = msgspec.json.Encoder(order="sorted")


class _Kept(Struct, frozen=True):
    """An answer as it is kept, but for its status."""

    body: bytes
    media_type: str
    location: str | None


_PACK: Final = msgspec.msgpack.Encoder()
_UNPACK: Final = msgspec.msgpack.Decoder(_Kept)


def key_of(operation: Operation, header: str | None, *, is_preview: bool) -> str | None:
    """Read the key of a request; a preview needs none, but what is sent must be one.

    Raises ``IdempotencyKeyRequired`` and ``CardNumberRefused``.
    """
    if operation.keyed is Keyed.NEVER:
        return None
    if header is None:
        if operation.keyed is Keyed.REQUIRED and not is_preview:
            raise IdempotencyKeyRequired("send an Idempotency-Key: this moves money")
        return None
    quoted = _QUOTED.fullmatch(header)
    key = quoted[1] if quoted else header
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyRequired("an Idempotency-Key has 1 to 255 visible characters")
    refuse_cards(key)
    return None if is_preview else key


def command_of(
    call: Call, operation: Operation, key: str | None, *, path: str, value: Any
) -> Command | None:
    """Make what is claimed of a key and the request it stands for; None without a key.

    The fingerprint is over method, path, the version that a header names, and the body in one
    spelling, so that order and spaces do not matter.
    """
    if key is None:
        return None
    version = call.headers.get("if-match", "")
    asked = f"{operation.method}\0{path}\0{version}\0".encode() + _SORTED.encode(value)
    return Command(call.principal, key, sha256(asked).digest())


async def keep(operation: Operation, call: Call, answer: Answer, *, refused: bool) -> None:
    """Keep a definitive answer under the key of its request, sealed."""
    if call.command is None or operation.shard is None or not answer.is_final:
        return
    assert isinstance(answer.body, bytes), answer
    packed = _PACK.encode(_Kept(answer.body, answer.media_type, answer.location))
    sealed = crypto.seal(
        call.run.keyring.kek, packed, aad=_aad(call.command),
        nonce=call.run.random(crypto.NONCE_BYTES),
    )  # fmt: skip
    keeping = keep_refusal if refused else finish_key
    await keeping(
        call.run, bucket=operation.shard(call), command=call.command, status=answer.status,
        body=sealed,
    )  # fmt: skip


def kept(run: Run, command: Command, answered: AlreadyAnswered) -> Answer:
    """Open the answer that was kept under a key."""
    packed = crypto.open_sealed(run.keyring.kek, answered.body, aad=_aad(command))
    was = _UNPACK.decode(packed)
    return Answer(answered.status, was.body, was.location, was.media_type)


def _aad(command: Command) -> bytes:
    return f"idempotency:{command.principal}:{command.key}:1".encode()

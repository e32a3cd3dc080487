"""Idempotency keys as callers see them: read, fingerprinted, and answers kept under them."""

import re
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from ledgerline.access import views
from ledgerline.access.model import AlreadyAnswered
from ledgerline.api.operations import Answer, Call, Keyed, Operation
from ledgerline.api.refusals import IdempotencyKeyRequired, PersonUnreadable
from ledgerline.base.cards import refuse_cards
from ledgerline.base.errors import CannotDecrypt
from ledgerline.base.ids import CustomerId, bucket_of
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command
from ledgerline.flows.create_customer import KEY_SHARD
from ledgerline.flows.finish_key import finish_key
from ledgerline.flows.keep_refusal import keep_refusal
from ledgerline.flows.seal_answer import open_answer

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
    """Keep a definitive answer under the key of its request, sealed under its customer's key.

    Raises ``CustomerErased`` when the customer was erased meanwhile.
    """
    if call.command is None or not answer.is_final:
        return
    assert isinstance(answer.body, bytes), answer
    packed = _PACK.encode(_Kept(answer.body, answer.media_type, answer.location))
    about = None if operation.about is None else operation.about(call)
    keeping = keep_refusal if refused else finish_key
    await keeping(
        call.run, bucket=KEY_SHARD if about is None else bucket_of(about), command=call.command,
        status=answer.status, plain=packed,
        customer_id=answer.customer_id or await _customer_of(call.run, about),
    )  # fmt: skip


async def _customer_of(run: Run, about: UUID | None) -> CustomerId | None:
    """Find whose something is; None where it is nobody's or is not there."""
    if about is None:
        return None
    async with run.reading() as read:
        found = await views.customer_of(read, bucket=bucket_of(about), id=about)
    return None if found is None else CustomerId(found.customer_id)


def kept(run: Run, command: Command, answered: AlreadyAnswered) -> Answer:
    """Open the answer that was kept under a key; raises ``PersonUnreadable``."""
    try:
        packed = open_answer(run, answered.body, command=command, wrapped=answered.wrapped)
    except CannotDecrypt as error:
        raise PersonUnreadable("the answer is kept and cannot be opened here") from error
    was = _UNPACK.decode(packed)
    return Answer(answered.status, was.body, was.location, was.media_type)

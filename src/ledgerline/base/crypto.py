"""Envelope encryption: one key per customer, itself kept only under a key of the environment."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV

from ledgerline.base.errors import CannotDecrypt

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_WRAP_FORMAT: Final = b"\x01"
_CHECK_PURPOSE: Final = b"ledgerline tells keys apart, format 1"
_WRAP_PURPOSE: Final = b"ledgerline wraps data keys, format 1"


@dataclass(frozen=True)
class Keyring:
    """The key-encryption key of one environment. It never shows itself.

    A key that has to be read is read when it is first needed, and then kept.
    """

    source: bytes | Callable[[], bytes] = field(repr=False)

    def __post_init__(self) -> None:
        assert callable(self.source) or self.kek

    @cached_property
    def kek(self) -> bytes:
        """Return the key; raises what the source raises."""
        key = self.source() if callable(self.source) else self.source
        assert len(key) == KEY_BYTES, "the key-encryption key has 32 bytes"
        return key

    @property
    def check(self) -> bytes:
        """Return what tells this key from others and says nothing about it."""
        return hmac_sha256(self.kek, _CHECK_PURPOSE)

    @cached_property
    def _wrapping(self) -> AESSIV:
        return AESSIV(hmac.digest(self.kek, _WRAP_PURPOSE, "sha512"))

    def new_data_key(self, random: bytes) -> bytes:
        """Wrap 32 random bytes as a data key; only the wrapped form is ever stored.

        Wrapping is deterministic (AES-SIV), so it needs no nonce that could be used twice.
        Source: RFC 5297.
        """
        assert len(random) == KEY_BYTES, "a data key is made of 32 random bytes"
        return _WRAP_FORMAT + self._wrapping.encrypt(random, [_WRAP_FORMAT])

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return the data key; raises :class:`CannotDecrypt` if another key wrapped it."""
        if wrapped[:1] != _WRAP_FORMAT:
            raise CannotDecrypt("not a data key of a known format")
        try:
            return self._wrapping.decrypt(wrapped[1:], [_WRAP_FORMAT])
        except InvalidTag as tag:
            raise CannotDecrypt("this data key was wrapped by another key") from tag


class Sealer:
    """Seals many texts under one data key, whose schedule is made once."""

    __slots__ = ("_cipher",)

    def __init__(self, data_key: bytes) -> None:
        """Take a data key of 32 bytes."""
        assert len(data_key) == KEY_BYTES, "a data key has 32 bytes"
        self._cipher = AESGCM(data_key)

    def seal(self, plaintext: bytes, *, aad: bytes, nonce: bytes) -> bytes:
        """Encrypt as :func:`seal` does."""
        assert len(nonce) == NONCE_BYTES, "a nonce has 12 bytes"
        return nonce + self._cipher.encrypt(nonce, plaintext, aad)


def seal(data_key: bytes, plaintext: bytes, *, aad: bytes, nonce: bytes) -> bytes:
    """Encrypt with AES-256-GCM; the result is the nonce, the ciphertext and its tag.

    ``nonce`` is 12 bytes, random for every call. ``aad`` names the place the bytes belong to;
    they open nowhere else.
    """
    assert len(data_key) == KEY_BYTES, "a data key has 32 bytes"
    assert len(nonce) == NONCE_BYTES, "a nonce has 12 bytes"
    return nonce + AESGCM(data_key).encrypt(nonce, plaintext, aad)


def open_sealed(data_key: bytes, sealed: bytes, *, aad: bytes) -> bytes:
    """Decrypt what :func:`seal` made with the same key and ``aad``; else :class:`CannotDecrypt`."""
    assert len(data_key) == KEY_BYTES, "a data key has 32 bytes"
    if len(sealed) < NONCE_BYTES + _TAG_BYTES:
        raise CannotDecrypt("too short to have been sealed")
    try:
        return AESGCM(data_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
    except InvalidTag as tag:
        raise CannotDecrypt("another key, another place, or altered bytes") from tag


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """Return the HMAC-SHA256 of a message, for blind indexes and signatures."""
    return hmac.digest(key, message, "sha256")

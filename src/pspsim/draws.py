"""Chance without a generator: every draw is a hash of the seed, a stream and an entity.

Nothing depends on the order of arrival, so neither concurrency nor a different policy of the
client reshuffles the outcomes of anybody else.
"""

from base64 import b32encode
from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

import msgspec

PPM: Final = 1_000_000
# Any encoding would do that keeps ("a", "bc") and ("ab", "c") apart; this one is quick.
_encode: Final = msgspec.json.Encoder().encode
_NUMBER_BITS: Final = 64
_NAME_BYTES: Final = 15  # 24 characters of base 32, no padding


class Draws:
    """Draw numbers and names for one seed."""

    __slots__ = ("_root",)

    def __init__(self, seed: int) -> None:
        """Start from ``seed``; equal seeds give equal draws in every process."""
        # In front of the message, not as a key: a key would cost a second block for every draw.
        self._root = blake2b(f"pspsim:{seed}".encode(), digest_size=16).digest()

    def number(self, stream: str, *entity: str | int) -> int:
        """Draw a whole number in [0, 2**64)."""
        digest = blake2b(self._root + _encode((stream, *entity)), digest_size=8).digest()
        return int.from_bytes(digest, "big")

    def below(self, bound: int, stream: str, *entity: str | int) -> int:
        """Draw a whole number in [0, ``bound``)."""
        return self.number(stream, *entity) * bound >> _NUMBER_BITS

    def ppm(self, stream: str, *entity: str | int) -> int:
        """Draw parts per million in [0, 1,000,000); compare with ``<`` against a rate."""
        return self.below(PPM, stream, *entity)

    def pick(self, weights: Mapping[str, int], stream: str, *entity: str | int) -> str:
        """Draw one key of ``weights`` (at least one > 0) in proportion to its weight."""
        rest = self.below(sum(weights.values()), stream, *entity)
        for name, weight in weights.items():
            if rest < weight:
                return name
            rest -= weight
        raise AssertionError(weights)

    def name(self, prefix: str, stream: str, *entity: str | int) -> str:
        """Draw an identifier: ``prefix``, an underscore, 24 lower-case letters and digits."""
        message = self._root + _encode((stream, *entity))
        digest = blake2b(message, digest_size=_NAME_BYTES).digest()
        return f"{prefix}_{b32encode(digest).decode().lower()}"

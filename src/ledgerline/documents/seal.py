"""The chain of a number series: each number is sealed with the hash of the one before it.

Only hashes are chained, so that the chain can be proven without any body, and stays provable when
bodies are no longer readable.
"""

from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
FIRST: Final = bytes(HASH_BYTES)
"""What the first number of a series is chained to."""
_VERSION: Final = 1


def body_hash(body: bytes) -> bytes:
    """Return the SHA-256 of a body in its canonical form."""
    return sha256(body).digest()


def seal(body_hash: bytes, *, series: str, position: int, number: str, previous: bytes) -> bytes:
    """Return the hash of one place in a series.

    It is the SHA-256 of the canonical form of its parts, written here as it comes out: ``series``
    and ``number`` hold nothing that JSON would escape.
    """
    text = (
        f'{{"body":"{body_hash.hex()}","number":"{number}","position":{position},'
        f'"previous":"{previous.hex()}","series":"{series}","v":{_VERSION}}}'
    )
    return sha256(text.encode("ascii")).digest()

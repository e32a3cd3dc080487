"""Slow hashes of passwords by Argon2id, off the event loop.

Parameters: RFC 9106 section 4, second recommended option (64 MiB, three passes, four lanes), above
the least that OWASP names. Two at a time: more tries wait instead of taking all memory.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

SALT_BYTES: Final = 16
AT_ONCE: Final = 2
_HASHER: Final = PasswordHasher(
    time_cost=3, memory_cost=64 * 1024, parallelism=4, hash_len=32, salt_len=SALT_BYTES
)
_POOL: Final = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")
_NOBODY: Final = f"$argon2id$v=19$m={64 * 1024},t=3,p=4${'A' * 22}${'A' * 43}"
"""What the password of nobody is held against: no password has this hash, and it takes as long."""


class Checked(NamedTuple):
    """Whether a password is the one, and whether its hash is to be made anew."""

    matches: bool
    is_old: bool


async def hash_password(password: str, *, salt: bytes) -> str:
    """Hash a password into the text that is kept, parameters and salt with it."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_POOL, lambda: _HASHER.hash(password, salt=salt))


async def check_password(password: str, kept: str | None) -> Checked:
    """Hold a password against what is kept; without anything it takes as long and is wrong."""
    loop = asyncio.get_running_loop()
    matches = await loop.run_in_executor(_POOL, _matches, password, kept or _NOBODY)
    return Checked(matches, kept is not None and _HASHER.check_needs_rehash(kept))


def _matches(password: str, kept: str) -> bool:
    try:
        return _HASHER.verify(kept, password)
    except VerifyMismatchError:
        return False

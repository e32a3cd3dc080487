"""Slow hashes: the password opens, nothing else does, and nobody's takes as long."""

import time

from argon2 import PasswordHasher

from ledgerline.base.passwords import check_password, hash_password


async def test_a_password_opens_its_hash_and_no_other() -> None:
    kept = await hash_password("correct horse battery", salt=bytes(16))
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await hash_password("correct horse battery", salt=b"1" * 16) != kept
    assert await check_password("correct horse battery", kept) == (True, False)
    assert await check_password("correct horse batterY", kept) == (False, False)


async def test_nobody_has_no_password_and_it_takes_as_long_to_say_so() -> None:
    kept = await hash_password("correct horse battery", salt=bytes(16))
    took = []
    for held_against in (kept, None):
        began = time.thread_time(), time.monotonic()
        assert not (await check_password("wrong horse battery", held_against)).matches
        took.append(time.monotonic() - began[1])
    assert took[1] > took[0] / 5  # the same work; machines are noisy


async def test_a_hash_of_older_parameters_is_to_be_made_anew() -> None:
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash("correct horse")
    assert await check_password("correct horse", old) == (True, True)

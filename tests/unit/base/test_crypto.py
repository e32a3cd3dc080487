"""Envelope encryption."""

import pytest

from ledgerline.base.crypto import Keyring, hmac_sha256, open_sealed, seal
from ledgerline.base.errors import CannotDecrypt

KEYRING = Keyring(bytes(range(32)))
OTHER_KEYRING = Keyring(bytes(32))
DATA_KEY = bytes(range(32, 64))
OTHER_DATA_KEY = bytes(range(64, 96))
NONCE = bytes(range(12))
PLACE = b"live|7|cus|email|1"


def test_wrapped_data_key_comes_back_and_does_not_show_itself() -> None:
    wrapped = KEYRING.new_data_key(DATA_KEY)
    assert KEYRING.unwrap(wrapped) == DATA_KEY
    assert DATA_KEY not in wrapped
    assert wrapped[:1] == b"\x01"
    assert len(wrapped) == 49


def test_data_key_opens_only_with_the_key_that_wrapped_it() -> None:
    wrapped = KEYRING.new_data_key(DATA_KEY)
    with pytest.raises(CannotDecrypt):
        OTHER_KEYRING.unwrap(wrapped)


@pytest.mark.parametrize("broken", [b"", b"\x01", b"\x02" + bytes(48), b"\x01" + bytes(48)])
def test_bytes_that_are_no_wrapped_key_are_refused(broken: bytes) -> None:
    with pytest.raises(CannotDecrypt):
        KEYRING.unwrap(broken)


def test_keyring_never_shows_its_key() -> None:
    assert repr(KEYRING) == "Keyring()"


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_key_of_another_length_is_a_defect(length: int) -> None:
    with pytest.raises(AssertionError):
        Keyring(bytes(length))
    with pytest.raises(AssertionError):
        KEYRING.new_data_key(bytes(length))
    with pytest.raises(AssertionError):
        seal(bytes(length), b"", aad=b"", nonce=NONCE)
    with pytest.raises(AssertionError):
        open_sealed(bytes(length), bytes(28), aad=b"")


def test_nonce_of_another_length_is_a_defect() -> None:
    with pytest.raises(AssertionError):
        seal(DATA_KEY, b"text", aad=PLACE, nonce=bytes(8))


def test_sealed_text_opens_in_its_place_with_its_key() -> None:
    sealed = seal(DATA_KEY, b"anna@example.org", aad=PLACE, nonce=NONCE)
    assert open_sealed(DATA_KEY, sealed, aad=PLACE) == b"anna@example.org"
    assert sealed[:12] == NONCE
    assert b"anna" not in sealed
    assert len(sealed) == 12 + 16 + 16


def test_seal_is_the_published_vector_of_aes_256_gcm() -> None:
    # McGrew and Viega, The Galois/Counter Mode of Operation, test case 14
    sealed = seal(bytes(32), bytes(16), aad=b"", nonce=bytes(12))
    assert sealed[12:].hex() == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"


@pytest.mark.parametrize(
    ("_case", "key", "place", "flip"),
    [
        ("another key", OTHER_DATA_KEY, PLACE, None),
        ("another place", DATA_KEY, b"live|8|cus|email|1", None),
        ("nonce altered", DATA_KEY, PLACE, 0),
        ("text altered", DATA_KEY, PLACE, 12),
        ("tag altered", DATA_KEY, PLACE, -1),
    ],
)
def test_sealed_text_opens_nowhere_else(
    _case: str, key: bytes, place: bytes, flip: int | None
) -> None:
    sealed = bytearray(seal(DATA_KEY, b"text", aad=PLACE, nonce=NONCE))
    if flip is not None:
        sealed[flip] ^= 1
    with pytest.raises(CannotDecrypt):
        open_sealed(key, bytes(sealed), aad=place)


@pytest.mark.parametrize("length", [0, 12, 27])
def test_too_few_bytes_cannot_have_been_sealed(length: int) -> None:
    with pytest.raises(CannotDecrypt):
        open_sealed(DATA_KEY, bytes(length), aad=PLACE)


def test_nothing_can_be_sealed_too() -> None:
    sealed = seal(DATA_KEY, b"", aad=PLACE, nonce=NONCE)
    assert open_sealed(DATA_KEY, sealed, aad=PLACE) == b""


def test_hmac_is_the_vector_of_rfc_4231() -> None:
    assert hmac_sha256(b"Jefe", b"what do ya want for nothing?").hex() == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )

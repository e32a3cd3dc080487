"""What of a purchase is kept as proof of what the payer accepted."""

import pytest

from ledgerline.subscriptions.model import (
    Accepted,
    AgreementKind,
    AgreementsRefused,
    Attached,
    PayerIpRefused,
)
from ledgerline.subscriptions.rules.agreements import ip_hash, refuse_unusable

TERMS = Accepted(AgreementKind.TERMS, "2026-01")


def test_two_texts_and_an_address_are_taken() -> None:
    mandate = Accepted(AgreementKind.MANDATE, "2026-01")
    refuse_unusable(Attached(agreements=(TERMS, mandate), payer_ip="2001:db8::1"))
    refuse_unusable(Attached())


def test_the_same_text_twice_is_refused() -> None:
    with pytest.raises(AgreementsRefused):
        refuse_unusable(Attached(agreements=(TERMS, TERMS)))


@pytest.mark.parametrize("text", ["", "localhost", "192.0.2.256", "192.0.2.1/24", "1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(PayerIpRefused):
        refuse_unusable(Attached(payer_ip=text))


def test_an_address_has_one_hash_under_one_key() -> None:
    key = bytes(32)
    short, long = "2001:db8::1", "2001:0DB8:0:0::0001"
    assert ip_hash(short, data_key=key) == ip_hash(long, data_key=key)
    assert ip_hash(short, data_key=key) != ip_hash("192.0.2.1", data_key=key)
    assert ip_hash(short, data_key=key) != ip_hash(short, data_key=b"\x01" * 32)

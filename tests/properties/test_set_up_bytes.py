"""Bytes that no provider documents end no set-up, at any connector, and none moves money."""

from dataclasses import replace
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given

from ledgerline.base.ids import Bucket, SetupId
from ledgerline.base.money import Currency, Money
from ledgerline.composition import CONNECTORS
from ledgerline.payments.capabilities import CancelKind, LookupKind
from ledgerline.payments.contract import Conversation, PspReply
from ledgerline.payments.model import ChargeKind, DeclineCategory, Lookup, Outcome
from ledgerline.payments.setups import SentSetup
from tests.contracts.samples import carried, described
from tests.properties.test_provider_bytes import ANSWERS, ENDS, REFUSES_US

KNOWN: Final = described()
EUR: Final = Currency("EUR")
SENT: Final = SentSetup(
    bucket=Bucket(7),
    setup_id=SetupId(UUID("01990000-0000-7007-8000-000000000001")),
    psp_account="aster",
    currency=EUR,
    psp_token="cus_1/pm_1",
    return_url="https://shop.example/done",
)
ABOUT: Final = Lookup(
    ChargeKind.SETUP, "aster", SENT.reference, Money(0, EUR), psp_token=SENT.psp_token
)


def conversations(name: str) -> dict[str, Conversation]:
    """Begin every conversation about a set-up that a connector offers."""
    of = KNOWN[name]
    can = of.psp.capabilities.set_up
    assert can is not None, name
    begun = {"set_up": of.psp.set_up(SENT, of.merchant)}
    if can.lookup is not LookupKind.NONE:
        about = ABOUT if can.lookup is LookupKind.BY_REFERENCE else replace(ABOUT, psp_ref="id_1")
        begun["find"] = of.psp.find_set_up(about, of.merchant)
    if can.confirms:
        begun["confirm"] = of.psp.confirm_set_up(SENT, "brought", of.merchant)
    if can.cancel is not CancelKind.NONE:
        begun["cancel"] = of.psp.cancel_set_up(replace(ABOUT, psp_ref="id_1"), of.merchant)
    return begun


OFFERING: Final = sorted(
    name for name in CONNECTORS if KNOWN[name].psp.capabilities.set_up is not None
)


@pytest.mark.parametrize("name", OFFERING)
@given(said=ANSWERS)
def test_bytes_that_nobody_documents_end_no_set_up(name: str, said: list[PspReply]) -> None:
    for kind, conversation in conversations(name).items():
        talked = carried(conversation, said)
        assert not any(request.moves_money for request in talked.requests)
        assert talked.reading is not None, kind
        assert talked.reading.outcome not in ENDS
        if talked.reading.outcome is Outcome.NOT_EXECUTED:
            assert kind == "set_up"
            assert said[0].status in REFUSES_US
            assert talked.reading.category in {None, DeclineCategory.MERCHANT_CONFIG}

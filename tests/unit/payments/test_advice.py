from datetime import timedelta
from itertools import permutations, product

import pytest

from ledgerline.payments.model import Advice, DeclineCategory, EvidenceKind, Outcome, Reading
from ledgerline.payments.rules.advice import (
    DEFAULTS,
    NETWORK,
    Advised,
    advised_by,
    network_advice,
    strictest,
)

DAY = timedelta(days=1)


def refusal(
    category: DeclineCategory | None,
    network: str | None = None,
    provider: Advice | None = None,
) -> Reading:
    return Reading(
        Outcome.DECLINED,
        EvidenceKind.RESPONSE,
        category=category,
        network_advice=network,
        provider_advice=provider,
    )


def test_every_category_advises_something() -> None:
    assert set(DEFAULTS) == set(DeclineCategory)


def test_the_strictest_advice_holds_whoever_gives_it() -> None:
    order = [
        Advised(Advice.RESOLVE_UNKNOWN), Advised(Advice.STOP_RECURRING), Advised(Advice.NEVER),
        Advised(Advice.UPDATE_INSTRUMENT), Advised(Advice.AUTHENTICATE),
        Advised(Advice.ASK_CUSTOMER), Advised(Advice.FIX_CONFIG), Advised(Advice.LATER, 2 * DAY),
        Advised(Advice.LATER, DAY), Advised(Advice.NOW_OTHER_PSP), Advised(Advice.NOW_SAME),
    ]  # fmt: skip
    for place, strict in enumerate(order):
        for loose in order[place:]:
            for said in permutations([strict, loose, loose]):
                assert strictest(list(said)) == strict


@pytest.mark.parametrize("category", DeclineCategory)
def test_advice_that_is_missing_or_unknown_never_loosens(category: DeclineCategory) -> None:
    for network in (None, "mac_77", "visa_9", ""):
        assert advised_by(refusal(category, network)) == DEFAULTS[category]


def test_no_source_allows_what_another_forbids() -> None:
    ranks = list(Advice)
    for category, network, provider in product(DeclineCategory, [None, *NETWORK], [None, *Advice]):
        found = advised_by(refusal(category, network, provider))
        said = [DEFAULTS[category].advice]
        said += [] if network is None else [NETWORK[network].advice]
        said += [] if provider is None else [provider]
        assert ranks.index(found.advice) == min(ranks.index(one) for one in said)


@pytest.mark.parametrize(
    ("code", "delay"),
    [("mac_24", timedelta(hours=1)), ("mac_25", DAY), ("mac_26", 2 * DAY), ("mac_27", 4 * DAY),
     ("mac_28", 6 * DAY), ("mac_29", 8 * DAY), ("mac_30", 10 * DAY)],
)  # fmt: skip
def test_networks_name_the_exact_time_of_a_try_for_want_of_money(
    code: str, delay: timedelta
) -> None:
    found = advised_by(refusal(DeclineCategory.INSUFFICIENT_FUNDS, code))
    assert found == Advised(Advice.LATER, delay, is_exact=True)
    assert found.allows_machine


def test_never_by_the_network_beats_a_soft_code_of_the_provider() -> None:
    found = advised_by(refusal(DeclineCategory.DO_NOT_HONOR, "mac_03", Advice.LATER))
    assert (found.advice, found.allows_machine) == (Advice.NEVER, False)


def test_what_nobody_knows_is_tried_once_more_whatever_the_network_adds() -> None:
    assert advised_by(refusal(None)) == Advised(Advice.LATER, 3 * DAY, once=True)
    found = advised_by(refusal(DeclineCategory.UNMAPPED, "mac_30"))
    assert found == Advised(Advice.LATER, 10 * DAY, is_exact=True, once=True)


@pytest.mark.parametrize(
    ("mac", "issuer", "expected"),
    [(None, None, None), ("24", None, "mac_24"), (None, "41", "visa_1"), (None, "05", None),
     ("24", "41", "visa_1"), ("21", "41", "mac_21"), ("77", "41", "visa_1"),
     ("77", "05", "mac_77")],
)  # fmt: skip
def test_of_a_networks_advice_and_an_issuers_code_the_stricter_is_named(
    mac: str | None, issuer: str | None, expected: str | None
) -> None:
    assert network_advice(mac=mac, issuer_code=issuer) == expected

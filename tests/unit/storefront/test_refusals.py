"""What payers are told: twelve reasons, each with a sentence, and never more than they may know."""

import re
from importlib.resources import files

from ledgerline.payments.model import DeclineCategory
from ledgerline.storefront.refusals import Told, told


def test_every_category_of_a_decline_has_one_of_twelve_reasons() -> None:
    assert len(Told) == 12
    assert {told(one) for one in DeclineCategory} == set(Told)
    assert told(None) is Told.BANK


def test_lost_stolen_and_fraud_look_alike() -> None:
    hidden = (
        DeclineCategory.LOST_OR_STOLEN, DeclineCategory.SUSPECTED_FRAUD,
        DeclineCategory.FRAUD_ENGINE, DeclineCategory.COMPLIANCE,
    )  # fmt: skip
    assert {told(one) for one in hidden} == {Told.OTHER}


def test_every_reason_has_a_sentence_on_the_page() -> None:
    template = files("ledgerline.storefront").joinpath("templates", "words.html")
    said = set(re.findall(r'reason == "([a-z_]+)"', template.read_text("utf-8")))
    assert said | {"refused"} == set(Told)  # which is said of what has no other reason

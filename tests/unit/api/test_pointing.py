"""Where a rule's refusal stands in what was sent."""

import pytest

from ledgerline.api.pointing import MEMBER, pointed
from ledgerline.api.statuses import STATUS
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import WrongIdKind
from ledgerline.catalog.model import UnknownPlan
from ledgerline.pricing.model import QuantityRefused


@pytest.mark.parametrize(
    ("refused", "sent", "pointer"),
    [
        (UnknownPlan("", code="b"), {"plan": "a", "add_ons": [{"plan": "b"}]}, "/add_ons/0/plan"),
        (UnknownPlan("", code="a"), {"plan": "a", "add_ons": [{"plan": "b"}]}, "/plan"),
        (UnknownPlan(""), {"add_ons": [{}, {"plan": "b"}]}, "/add_ons/1/plan"),
        (UnknownPlan(""), {"plan": None}, None),
        (UnknownPlan(""), {}, None),
        (UnknownPlan(""), ["plan"], None),
        (UnknownPlan("", pointer="/told"), {"plan": "a"}, "/told"),
        (QuantityRefused("", quantity=0), {"quantity": 1, "a/b~": {"quantity": 0}},
         "/a~1b~0/quantity"),
        (WrongIdKind("", expected="cus"), {"customer": "x"}, "/customer"),
        (Rejected(""), {"plan": "a"}, None),
    ],
)  # fmt: skip
def test_a_refusal_points_at_the_member_that_holds_what_it_tells(
    refused: Rejected, sent: object, pointer: str | None
) -> None:
    assert pointed(refused, sent).facts.get("pointer") == pointer


def test_only_what_the_api_refuses_is_pointed_at() -> None:
    assert set(MEMBER) <= set(STATUS)

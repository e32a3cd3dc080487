"""Refunds at the console: within one's limit at once, above it by two people."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.base.money import Currency, Money
from ledgerline.console.addresses import MONEY
from ledgerline.datasets.audit import audit
from ledgerline.flows.set_amount_limit import set_amount_limit
from tests.console.operator import Seen, sign_in
from tests.flow_world import World
from tests.scenarios.flows.test_large_refunds import HERE, LIMITS
from tests.storefront.site import Site

SCRIPT: Final = "<script>alert(1)</script>"
_LINK: Final = re.compile(r"/console/refund-proposals/rfp_[0-9a-z]{26}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def limited(world: World) -> AsyncIterator[World]:
    """Set limits that a small purchase is above."""
    for role, minor in LIMITS.items():
        await set_amount_limit(world.run, role, Money(minor, Currency("USD")), **HERE)
    yield world


async def _payment(world: World) -> str:
    bought = await world.buy(await world.shopper("US"))
    assert bought.payment_id is not None
    return f"/console/payments/{encode(PREFIXES['payment'], bought.payment_id)}"


def _proposal(page: Seen) -> str:
    found = _LINK.search(page.text)
    assert found is not None, page.words
    return found[0]


@pytest.mark.parametrize("role", sorted(MONEY))
async def test_the_button_says_whether_it_refunds_or_proposes(
    site: Site, limited: World, role: Role
) -> None:
    me, path = await sign_in(limited, site, role), await _payment(limited)
    edge = LIMITS[role]
    within = await me.look(f"{path}/refund?amount={edge / 100:.2f}")
    assert within.button == f"Refund ${edge / 100:.2f}"
    above = await me.look(f"{path}/refund?amount={(edge + 1) / 100:.2f}")
    assert above.button == f"Propose refund of ${(edge + 1) / 100:.2f}"
    assert f"above the ${edge / 100:.2f}" in above.words
    assert (await me.act(f"{path}/refund?amount=0.01", reason="first")).status == 303
    # with what has gone back before, the edge itself is above it
    assert (await me.look(f"{path}/refund?amount={edge / 100:.2f}")).button.startswith("Propose")


async def test_credit_that_was_given_is_counted(site: Site, limited: World) -> None:
    shopper = await limited.shopper("US")
    bought = await limited.buy(shopper)
    assert bought.payment_id is not None
    customer = f"/console/customers/{encode(PREFIXES['customer'], shopper.customer_id)}"
    path = f"/console/payments/{encode(PREFIXES['payment'], bought.payment_id)}"
    me = await sign_in(limited, site, Role.SUPPORT)
    assert (await me.act(f"{customer}/credit?amount=3.00")).status == 303
    within = await me.look(f"{path}/refund?amount=2.00")
    assert (within.button, "Given back of it then $5.00" in within.words) == ("Refund $2.00", True)
    above = await me.look(f"{path}/refund?amount=2.01")
    assert above.button == "Propose refund of $2.01"


async def test_a_large_refund_takes_two_people(site: Site, limited: World) -> None:
    sam = await sign_in(limited, site, Role.SUPPORT, "Sam")
    lea = await sign_in(limited, site, Role.SUPPORT_LEAD, "Lea")
    path = await _payment(limited)
    # given somebody who asks for more than they may
    asked = await sam.act(f"{path}/refund?amount=11.00", reason=SCRIPT)
    assert asked.headers["location"] == f"{path}?done=refund_proposed"
    assert await limited.rows("SELECT FROM refund WHERE amount_minor = 1100") == []
    page = await sam.look(path)
    assert "Proposed to give back" in page.words
    proposal = _proposal(page)
    # then they cannot approve it, nor can somebody whose limit is below it
    mine = await sam.look(proposal)
    assert "You proposed this." in mine.words
    assert SCRIPT not in mine.text
    assert f"{proposal}/approve" not in mine.text
    assert (await sam.look(f"{proposal}/approve")).status == 403
    low = await lea.look(proposal)
    assert "Your role may not give back as much." in low.words
    assert f"{proposal}/approve" not in low.text
    assert "This cannot be done." in (await lea.look(f"{proposal}/approve")).words


async def test_whoever_may_answer_approves_it_once(site: Site, limited: World) -> None:
    sam = await sign_in(limited, site, Role.SUPPORT, "Sam")
    ona = await sign_in(limited, site, Role.OWNER, "Ona")
    path = await _payment(limited)
    await sam.act(f"{path}/refund?amount=11.01", reason="asked")
    proposal = _proposal(await sam.look(path))
    # when an owner approves it, twice at once
    assert proposal in (await ona.look("/console/exceptions")).text
    looked = await ona.look(f"{proposal}/approve")
    assert looked.button == "Approve and refund $11.01"
    sent = [ona.send("POST", f"{proposal}/approve", form=looked.form) for _ in range(2)]
    assert {one.headers["location"] for one in await asyncio.gather(*sent)} == {
        f"{proposal}?done=refund_approved"
    }
    made = await limited.rows("SELECT state FROM refund WHERE amount_minor = 1101")
    assert made == [("succeeded",)]
    log = await ona.look("/console/audit")
    for said in ("refund proposed", "refund approved"):
        assert said in log.words
    assert proposal not in (await ona.look("/console/exceptions")).text
    assert "This cannot be done." in (await ona.look(f"{proposal}/approve")).words
    assert await audit(limited.run) == []


async def test_a_proposal_is_taken_back(site: Site, limited: World) -> None:
    sam = await sign_in(limited, site, Role.SUPPORT, "Sam")
    path = await _payment(limited)
    await sam.act(f"{path}/refund?amount=10.00", reason="asked")
    proposal = _proposal(await sam.look(path))
    assert "refund_proposed" in (await sam.act(f"{path}/refund?amount=9.00", reason="again")).words
    assert (await sam.act(f"{proposal}/withdraw")).status == 303
    assert "withdrawn" in (await sam.look(proposal)).words
    found = await sam.look(f"/console/find?q={proposal.rpartition('/')[2]}")
    assert found.headers["location"] == proposal
    auditor = await sign_in(limited, site, Role.AUDITOR, "Eva")
    assert (await auditor.look(proposal)).status == 200


async def test_a_limit_that_is_lowered_meanwhile_is_shown_again(site: Site, limited: World) -> None:
    me, path = await sign_in(limited, site, Role.FINANCE), await _payment(limited)
    looked = await me.look(f"{path}/refund?amount=5.00")
    assert looked.button == "Refund $5.00"
    try:
        await set_amount_limit(limited.run, Role.FINANCE, Money(1, Currency("USD")), **HERE)
        late = await me.send("POST", f"{path}/refund", form={**looked.form, "reason": "asked"})
        assert (late.status, late.button) == (422, "Propose refund of $5.00")
    finally:
        limit = Money(LIMITS[Role.FINANCE], Currency("USD"))
        await set_amount_limit(limited.run, Role.FINANCE, limit, **HERE)


async def test_what_a_role_may_not_give_back_is_refused_before_the_button(
    site: Site, limited: World
) -> None:
    # given a plan whose unused days are worth more than support may give back
    bought = await limited.buy(await limited.shopper("US"))
    path = f"/console/subscriptions/{encode(PREFIXES['subscription'], bought.subscription_id)}"
    asked = f"{path}/cancel?when=now&back=full"
    sam = await sign_in(limited, site, Role.SUPPORT, "Sam")
    ona = await sign_in(limited, site, Role.OWNER, "Ona")
    # then the preview says so, as the act would
    refused = await sam.look(asked)
    assert "ask somebody whose role may give back as much" in refused.words
    assert "This cannot be done." in refused.words
    assert (await sam.look(f"{path}/cancel")).button.startswith("Cancel")
    assert "refund" in (await ona.look(asked)).button

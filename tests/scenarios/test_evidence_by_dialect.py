"""Evidence of disputes sent by a request, at each dialect: once, in time, and found when lost."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from typing_extensions import override

from ledgerline.base.ids import DisputeId
from ledgerline.flows.accept_dispute import Acceptance, accept_dispute
from ledgerline.flows.resolve_evidence import resolve_evidence
from ledgerline.flows.send_evidence import EvidenceOrder, preview_evidence, send_evidence
from ledgerline.payments.disputes import EvidenceState, SentEvidence
from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from ledgerline.payments.refusals import (
    DefenceRefused,
    DisputeNotAnswerable,
    EvidenceNotTaken,
    EvidenceSent,
    EvidenceTooLate,
)
from ledgerline.payments.rules.defending import require_taken
from tests.disputing import broken, reasons
from tests.relayed_psps import Relayed
from tests.scenarios.dialects import Seller, spoken

HOUR: Final = timedelta(hours=1)
LOST: Final = Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT, code="bytes_sent")
S: Final = EvidenceState


@dataclass(slots=True)
class _Lossy(Relayed):
    """A way to the provider on which an answer is lost, or the request with it."""

    arrives: bool
    sent: int = 0

    @override
    async def send_evidence(self, sent: SentEvidence) -> Reading:
        self.sent += 1
        if self.arrives:
            await self.gateway.send_evidence(sent)
        return LOST


@pytest_asyncio.fixture(params=["stripe", "adyen", "sandbox"], loop_scope="session")
async def seller(
    request: pytest.FixtureRequest, fresh_database_url: str, tmp_path: Path
) -> AsyncIterator[Seller]:
    """Open a world at a provider of each dialect that takes evidence."""
    async with spoken(fresh_database_url, tmp_path, request.param) as opened:
        yield opened


async def _disputed(seller: Seller) -> DisputeId:
    bought = await seller.sell()
    await seller.arrive(await seller.step(bought, "open", reason="not_received"))
    found: DisputeId = await seller.world.value(
        "SELECT id FROM dispute WHERE payment_id = %s", bought.payment_id
    )
    return found


async def _stands(seller: Seller) -> tuple[str, ...]:
    [row] = await seller.world.rows(
        "SELECT e.state, d.state FROM dispute_evidence AS e"
        " JOIN dispute AS d ON d.id = e.dispute_id"
    )
    return tuple(row)


async def test_a_pack_is_sent_once_and_the_dispute_is_under_review(seller: Seller) -> None:
    world = seller.world
    dispute = await _disputed(seller)
    order = EvidenceOrder(dispute, "mara")
    # when somebody looks first
    plan = await preview_evidence(world.run, world.psps, order)
    assert await world.rows("SELECT id FROM dispute_evidence") == []
    assert (plan.bytes > 1000, len(plan.sha256)) == (True, 64)
    assert plan.defences == (
        ("SupplyDefenseMaterial/DefenseMaterial", "GoodsOrServicesProvided/ProofOfGoods")
        if seller.dialect == "adyen" else ()
    )  # fmt: skip
    with pytest.raises(DefenceRefused):
        await preview_evidence(world.run, world.psps, order._replace(defence="Because"))
    # and then sends it
    assert await send_evidence(world.run, world.psps, order) is S.ACCEPTED
    assert await _stands(seller) == ("accepted", "under_review")
    assert await world.rows("SELECT pack IS NULL FROM dispute_evidence") == [(True,)]
    assert "dispute_open" not in await reasons(world)
    # then it is not sent again, nor given up
    with pytest.raises(DisputeNotAnswerable):
        await send_evidence(world.run, world.psps, order)
    with pytest.raises(DisputeNotAnswerable):
        await accept_dispute(world.run, Acceptance(dispute, "mara", "no"))
    assert await broken(world) == []


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_lost_answer_is_found_out_and_nothing_is_sent_under_another_key(
    seller: Seller, arrives: bool
) -> None:
    world = seller.world
    dispute = await _disputed(seller)
    order = EvidenceOrder(dispute, "mara")
    lossy = _Lossy(world.psps, arrives)
    assert await send_evidence(world.run, lossy, order) is S.UNKNOWN
    assert await _stands(seller) == ("unknown", "needs_response")
    # while nobody knows, nobody sends it again, and nobody gives the dispute up
    with pytest.raises(EvidenceSent):
        await send_evidence(world.run, world.psps, order)
    with pytest.raises(DisputeNotAnswerable):
        await accept_dispute(world.run, Acceptance(dispute, "mara", "no"))
    assert lossy.sent == 1
    assert await broken(world) == []
    # when it is looked at
    later = replace(world.run, instant=world.now + HOUR)
    assert await resolve_evidence(later, world.psps) == 1
    assert await _stands(seller) == ("accepted", "under_review")
    assert await resolve_evidence(later, world.psps) == 0
    assert await broken(world) == []


async def test_what_is_too_late_is_refused_and_nothing_is_sent(seller: Seller) -> None:
    world = seller.world
    dispute = await _disputed(seller)
    due = await world.value("SELECT due_by FROM dispute")
    lossy = _Lossy(world.psps, arrives=True)
    with pytest.raises(EvidenceTooLate):
        await send_evidence(replace(world.run, instant=due), lossy, EvidenceOrder(dispute, "mara"))
    assert (lossy.sent, await world.rows("SELECT id FROM dispute_evidence")) == (0, [])


async def test_a_bank_takes_no_evidence(fresh_database_url: str, tmp_path: Path) -> None:
    async with spoken(fresh_database_url, tmp_path, "gocardless") as seller:
        world = seller.world
        await seller.arrive(await seller.step(await seller.sell(), "lose"))
        dispute = await world.value("SELECT id FROM dispute")
        with pytest.raises(DisputeNotAnswerable):
            await send_evidence(world.run, world.psps, EvidenceOrder(dispute, "mara"))
        account = await world.value("SELECT psp_account FROM dispute")
        with pytest.raises(EvidenceNotTaken):
            require_taken(world.psps.capabilities(account), account=account)

"""How scenarios set up payment methods, and be their payers."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import aiohttp
from typing_extensions import override

from ledgerline.base.ids import CustomerId, PaymentMethodId, SetupId
from ledgerline.flows.claim_key import Command
from ledgerline.flows.set_up_method import NewSetup, set_up_method
from ledgerline.flows.settle_setup import open_setup_action
from ledgerline.payments.model import EvidenceKind, Lookup, Outcome, Psps, Reading
from ledgerline.payments.setups import Saved, SentSetup
from tests.flow_world import World
from tests.relayed_psps import Relayed

RETURN_URL: Final = "https://shop.example/done"
HALF_AN_HOUR: Final = timedelta(minutes=30)
ALL: Final = (0, 4096)
SUCCEEDED: Final = Reading(
    Outcome.SUCCEEDED, EvidenceKind.RESPONSE, saved=Saved("tok_ok_later", "visa", "4242")
)


async def begin(
    world: World, customer_id: CustomerId, token: str | None = "tok_ok", **how: Any
) -> SetupId:
    """Begin a set-up by a token that nobody else has; None for the provider's page."""
    psps: Psps = how.pop("psps", world.psps)
    command: Command | None = how.pop("command", None)
    number = await world.value("SELECT count(*) FROM payment_setup")
    given: dict[str, Any] = {"customer_id": customer_id, "return_url": RETURN_URL}
    if token is not None:
        given |= {"psp_account": "aster", "psp_token": f"{token}_{number}"}
        given |= {"brand": "visa", "last4": "4242"}
    new = NewSetup(**(given | how))
    return (await set_up_method(world.run, psps, new, command=command)).setup_id


async def row(world: World, setup_id: SetupId) -> dict[str, Any]:
    [found] = await world.rows("SELECT to_jsonb(s) FROM payment_setup s WHERE id = %s", setup_id)
    return dict(found[0])


async def state(world: World, setup_id: SetupId) -> tuple[str, str | None]:
    found = await row(world, setup_id)
    return found["state"], found["evidence"]


async def page(world: World, setup_id: SetupId) -> str:
    [[sealed]] = await world.rows("SELECT action_sealed FROM payment_setup WHERE id = %s", setup_id)
    assert b"http" not in sealed
    return open_setup_action(world.run, setup_id, sealed)


async def answer(url: str, said: str) -> str | None:
    """Be the payer: answer the page, and say where it leads."""
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(url, data={"answer": said}, allow_redirects=False) as end,
    ):
        return end.headers.get("location")


async def methods(world: World, customer_id: CustomerId) -> list[PaymentMethodId]:
    rows = await world.rows("SELECT id FROM payment_method WHERE customer_id = %s", customer_id)
    return [PaymentMethodId(id_) for (id_,) in rows]


async def charged(world: World) -> list[tuple[str, int]]:
    truth = await world.simulator.truth()
    return [(one["status"], one["amount"]) for one in truth if one["kind"] == "charge"]


@dataclass(slots=True)
class Mute(Relayed):
    """A provider that does what it is asked and says nothing of one kind of question."""

    of: str = "set_up"

    @override
    async def set_up(self, sent: SentSetup) -> Reading:
        reading = await self.gateway.set_up(sent)
        return _mute() if self.of == "set_up" else reading

    @override
    async def find_set_up(self, subject: Lookup) -> Reading:
        return _mute() if self.of == "find" else await self.gateway.find_set_up(subject)

    @override
    async def cancel_set_up(self, subject: Lookup) -> Reading:
        return _mute() if self.of == "cancel" else await self.gateway.cancel_set_up(subject)


def _mute() -> Reading:
    return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT, code="mute")


@dataclass(slots=True)
class Answering(Relayed):
    """A provider that answers one thing."""

    reading: Reading = SUCCEEDED

    @override
    async def set_up(self, sent: SentSetup) -> Reading:
        return self.reading

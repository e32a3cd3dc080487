"""One process of a chaos run: its pools, its gateway, and patience with a server that is away."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from typing_extensions import override

from ledgerline.base.crypto import Keyring
from ledgerline.base.db import connected
from ledgerline.base.errors import OutcomeUnknown, Unavailable
from ledgerline.base.http import HttpClient
from ledgerline.base.run import Run
from ledgerline.flows.put_psp_account import read_merchants
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.model import (
    Action,
    ChargeKind,
    Initiator,
    Lookup,
    Psps,
    Reading,
    SentAttempt,
)
from tests.chaos.chance import Chance
from tests.chaos.personalities import connector
from tests.chaos.place import KEK, POISON, POISONED_ONE_IN, Place
from tests.relayed_psps import Relayed

Role = Callable[[Place, int, Chance, socket.socket], Coroutine[Any, Any, None]]
SHORT: Final = "boreal"  #: keeps keys for less than a day


class Poison(Exception):
    """A defect of ours that meets some attempts, whoever asks what became of them."""


@dataclass(slots=True)
class Poisoned(Relayed):
    """A gateway that fails for some renewals, in the middle of a batch, while the poison is there.

    The payer at a screen is spared: that answer would be a defect of a request. So is the provider
    that forgets a key within a day: what was never sent there can be sent no more, and stays
    unknown until a person ends it.
    """

    place: Place

    @override
    async def call(self, what: Action) -> Reading:
        if self._is_poisoned(what) and self.place.path(POISON).exists():
            raise Poison(what.reference)
        return await self.gateway.call(what)

    def _is_poisoned(self, what: Action) -> bool:
        match what:
            case SentAttempt():
                is_renewal = what.initiator is Initiator.MERCHANT and what.psp_account != SHORT
                return is_renewal and what.attempt_id.int % POISONED_ONE_IN == 0
            case Lookup():
                is_charge = what.kind is ChargeKind.CHARGE and what.psp_account != SHORT
                return is_charge and UUID(what.reference).int % POISONED_ONE_IN == 0
            case _:
                return False


class Running(NamedTuple):
    """An open process."""

    run: Run
    psps: Psps


@asynccontextmanager
async def opened(place: Place, name: str, *, size: int = 6) -> AsyncIterator[Running]:
    """Open pools and gateway; raises ``Unavailable`` while the server is away."""
    async with (
        connected(place.database_url, size=size, name=name) as database,
        HttpClient() as client,
    ):
        run = Run(database, Keyring(KEK))
        merchants = await read_merchants(run)
        gateway = Gateway(
            {one.code: Connection(one, connector(one.psp)) for one in merchants}, client
        )
        yield Running(run, Poisoned(gateway, place))


async def patiently(work: Callable[[], Awaitable[None]]) -> None:
    """Do ``work`` until it ends; what only needs another try gets one."""
    while True:
        try:
            await work()
        except (Unavailable, OutcomeUnknown):
            await asyncio.sleep(0.05)
        else:
            return

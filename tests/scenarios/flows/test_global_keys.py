"""Keys that are unique across all customers: claimed, held, and refused by their kind."""

from uuid import UUID

import pytest

from ledgerline.access.model import (
    ExternalIdTaken,
    GlobalKind,
    IdempotencyKeyReused,
    PaymentTokenTaken,
)
from ledgerline.access.rows import GlobalKeyRow
from ledgerline.access.rules.global_key import global_key
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import Bucket
from ledgerline.base.run import Run
from ledgerline.flows.claim_global_keys import claim_global_keys_in
from tests.flow_world import World

MINE, THEIRS = UUID(int=1), UUID(int=2)


def _row(kind: GlobalKind, name: str, owner_id: UUID = MINE) -> GlobalKeyRow:
    return global_key(kind, "customer", name, bucket=Bucket(7), owner_id=owner_id)


async def _claim(run: Run, *rows: GlobalKeyRow) -> None:
    async with run.transaction() as tx:
        await claim_global_keys_in(tx, rows)


@pytest.mark.parametrize(
    ("kind", "refusal"),
    [
        (GlobalKind.EXTERNAL_ID, ExternalIdTaken),
        (GlobalKind.PAYMENT_TOKEN, PaymentTokenTaken),
        (GlobalKind.IDEMPOTENCY, IdempotencyKeyReused),
    ],
)
async def test_a_key_has_one_owner(kind: GlobalKind, refusal: type[Rejected], world: World) -> None:
    # given two keys of an owner, who may claim them again
    mine = [_row(kind, "crm-1"), _row(kind, "crm-2")]
    await _claim(world.run, *mine)
    await _claim(world.run, *mine)
    # when another owner wants one of them beside a free one
    theirs = _row(kind, "crm-2", THEIRS)
    with pytest.raises(refusal):
        await _claim(world.run, _row(kind, "crm-3", THEIRS), theirs)
    # then neither is theirs
    assert await _owners(world, kind) == [MINE, MINE]


async def test_one_name_of_two_kinds_is_two_keys(world: World) -> None:
    name = "the same"
    await _claim(world.run, _row(GlobalKind.EXTERNAL_ID, name))
    await _claim(world.run, _row(GlobalKind.PAYMENT_TOKEN, name, THEIRS))


async def _owners(world: World, kind: GlobalKind) -> list[UUID]:
    rows = await world.rows("SELECT owner_id FROM global_key WHERE kind = %s ORDER BY 1", kind)
    return [owner for (owner,) in rows]

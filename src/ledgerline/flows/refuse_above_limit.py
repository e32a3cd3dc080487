"""Refuse a person what gives back more money than their role may."""

from collections.abc import Iterable

from ledgerline.access import store as access
from ledgerline.access.rules.limits import limits_of, require_alone, require_behind
from ledgerline.access.rules.people import person_in
from ledgerline.base.db import Tx
from ledgerline.base.money import Money
from ledgerline.flows.claim_key import Command


async def refuse_above_limit_in(
    tx: Tx, command: Command | None, amounts: Iterable[Money], *, is_chosen: bool = True
) -> None:
    """Refuse amounts above the limit of whoever asks; raises ``AboveLimit``.

    The role and its limits are read where the money is committed, so a change holds at once. An
    amount that was ``is_chosen`` by whoever asks takes a second person above their limit, whatever
    their role; for another it is enough to be somebody who may answer for it. Integrations act in
    no person's name, and whoever runs commands writes the database anyway: neither has a limit.
    """
    person_id = None if command is None else person_in(command.principal)
    if person_id is None:
        return
    limits = limits_of(await access.read_own_limits(tx, person_id=person_id))
    if is_chosen:
        require_alone(limits, amounts)
    else:
        require_behind(limits, amounts)

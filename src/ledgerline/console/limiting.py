"""What the person who asks may give back: previews refuse what their flow would refuse."""

from collections.abc import Iterable
from typing import Final

from ledgerline.access import views as access
from ledgerline.access.rules.limits import Limits, limits_of, require_behind
from ledgerline.base.money import Money
from ledgerline.base.saying import noted
from ledgerline.console.actions import Said
from ledgerline.console.asking import Ask

ABOVE: Final = noted(
    "This is above the %(limit)s that your role gives back alone. Nothing moves until a second"
    " person approves it, within a day."
)

ALONE: Final = "alone"
PROPOSED: Final = "proposed"
"""How the seal of a form ends whose button gives something back, or has it approved."""


def is_alone(said: Said) -> bool:
    """Say whether the button that was pressed gives something back, and asks nobody else."""
    return said["seal"].endswith(f" {ALONE}")


async def own_limits(ask: Ask) -> Limits:
    """Read the limits of whoever asks."""
    async with ask.run.reading() as read:
        found = limits_of(await access.own_limits(read, person_id=ask.session.person_id))
    assert found is not None, "whoever has a session works here"
    return found


async def require_own(ask: Ask, amounts: Iterable[Money]) -> None:
    """Refuse amounts that rules made and whoever asks may not answer for; raises ``AboveLimit``."""
    require_behind(await own_limits(ask), amounts)

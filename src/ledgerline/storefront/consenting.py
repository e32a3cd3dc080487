"""What a buyer is told on the page and has to confirm before they order."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledgerline.catalog.rows import MarketTextRow
from ledgerline.catalog.rules.texts import CONFIRMED, TextKind
from ledgerline.flows.read_told import read_told
from ledgerline.storefront.asking import Ask
from ledgerline.subscriptions.model import Accepted, AgreementKind
from ledgerline.web.language import SOURCE


@dataclass(frozen=True, slots=True)
class Told:
    """The texts of a market as the page shows them, each kind once."""

    rows: Sequence[MarketTextRow]

    def of(self, kind: str) -> MarketTextRow | None:
        """Return the text of a kind; None where the market has none."""
        return next((one for one in self.rows if one.kind == kind), None)

    @property
    def confirmed(self) -> list[MarketTextRow]:
        """Return what the buyer has to confirm."""
        return [one for one in self.rows if one.kind in CONFIRMED]

    @property
    def seal(self) -> str:
        """Digest which versions are shown, so that a form says what its buyer saw."""
        said = "\0".join(f"{one.kind} {one.language} {one.version}" for one in self.rows)
        return hashlib.sha256(said.encode()).hexdigest()

    def agreed(self, form: Mapping[str, str]) -> tuple[Accepted, ...] | None:
        """Read what a form says of all of them; None where something is not confirmed."""
        if any(form.get(_field(one.kind)) != one.version for one in self.confirmed):
            return None
        return tuple(
            Accepted(AgreementKind(one.kind), one.version, one.language) for one in self.rows
        )

    def shown(self) -> dict[str, object]:
        """Return what the template needs."""
        button, renewal, withdrawal = (
            self.of(kind) for kind in (TextKind.ORDER_BUTTON, TextKind.RENEWAL, TextKind.WITHDRAWAL)
        )
        return {
            "button": button, "renewal": renewal, "withdrawal": withdrawal,
            "confirmed": [(_field(one.kind), one) for one in self.confirmed],
        }  # fmt: skip


async def told_to(ask: Ask) -> Told:
    """Read what the buyer is told, in the page's language where the market has it."""
    own = ask.counter.customer.locale.partition("-")[0]
    return Told(
        await read_told(
            ask.run, ask.counter.customer.id, languages=[ask.language.code, own, SOURCE]
        )
    )


def _field(kind: str) -> str:
    return f"confirm_{kind}"

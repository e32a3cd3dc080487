"""What a buyer or a customer is told on the page and has to confirm before they order."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledgerline.base.run import Run
from ledgerline.catalog.rows import MarketTextRow
from ledgerline.catalog.rules.texts import CONFIRMED, TextKind
from ledgerline.customers.rows import CustomerRow
from ledgerline.flows.read_told import read_told
from ledgerline.subscriptions.model import Accepted, AgreementKind
from ledgerline.web.language import SOURCE, Language


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

    def only(self, *kinds: TextKind) -> "Told":
        """Return those of some kinds, and those that have to be confirmed."""
        return Told([one for one in self.rows if one.kind in CONFIRMED | set(kinds)])

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


async def told_to(run: Run, customer: CustomerRow, language: Language) -> Told:
    """Read what the market of a customer tells, in the page's language where it has it."""
    own = customer.locale.partition("-")[0]
    return Told(await read_told(run, customer.id, languages=[language.code, own, SOURCE]))


def _field(kind: str) -> str:
    return f"confirm_{kind}"

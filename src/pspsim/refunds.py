"""Refunds: money back for one charge, never more than it captured."""

from dataclasses import dataclass, field
from typing import Final

import msgspec
from msgspec import UNSET, Struct

from pspsim import faults
from pspsim.charges import CurrencyCode, MinorUnits, Reference
from pspsim.faults import Fault
from pspsim.provider import Provider
from pspsim.records import Charge, Kind, Refund, RefundExecuted, Status
from pspsim.replies import RequestRefused, status_of


class RefundBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST /v1/refunds``; every field is required, and no other is known."""

    reference: Reference
    charge: str
    amount: MinorUnits
    currency: CurrencyCode


_decode: Final = msgspec.json.Decoder(RefundBody).decode


@dataclass(frozen=True, slots=True)
class RefundCommand:
    """One valid request for a refund of a known charge."""

    provider: Provider
    body: RefundBody
    charge: Charge
    note: dict[str, str] = field(default_factory=dict)
    """What the dialect keeps beside the refund."""

    @property
    def kind(self) -> Kind:
        """Return the kind of command."""
        return Kind.REFUND

    @property
    def reference(self) -> str:
        """Return the client's name of the refund."""
        return self.body.reference

    @property
    def is_fixed(self) -> bool:
        """Tell whether the charge came from a fixed token: then its refunds succeed."""
        return self.charge.id in self.provider.own.fixed_charges

    def check(self) -> None:
        """Refuse to give back more than the charge captured and still holds."""
        captured = self.charge.amount if self.charge.status is Status.SUCCEEDED else 0
        rest = captured - self.provider.own.refunded[self.charge.id]
        if self.body.amount > rest:
            raise RequestRefused(f"only {rest} can be refunded", code="refund_exceeds_captured")

    def fault(self, ordinal: int) -> Fault | None:
        """Draw a fault, unless the charge came from a fixed token."""
        if self.is_fixed:
            return None
        provider = self.provider
        entity = (provider.name, Kind.REFUND, self.reference, ordinal)
        return faults.for_command(provider.draws, provider.own.rates, entity=entity)

    def execute(self, key: str, *, fingerprint: str, server_error: int | None) -> RefundExecuted:
        """Decide how the refund ends."""
        provider, body = self.provider, self.body
        nth = len(provider.own.refunds_by_reference.get(body.reference, ()))
        drawn, settles_later = self.ending(nth), provider.dialect.settles_later
        fails_later = settles_later and drawn is Status.FAILED
        refund = Refund(
            id=provider.dialect.identify(
                provider.draws, Kind.REFUND, provider.name, body.reference, nth
            ),
            reference=body.reference,
            charge=body.charge,
            amount=body.amount,
            currency=body.currency,
            status=Status.PENDING if settles_later else drawn,
            created=provider.books.now,
        )
        answer = server_error or status_of(refund)
        return RefundExecuted(
            provider=provider.name,
            key=key,
            fingerprint=fingerprint,
            answer=answer,
            item=refund,
            note=self.note,
            ends=drawn.value if fails_later else UNSET,
        )

    def ending(self, nth: int) -> Status:
        """Decide how the nth execution under the reference ends."""
        if self.is_fixed:
            return Status.SUCCEEDED
        provider = self.provider
        entity = (provider.name, self.reference, nth)
        match faults.for_refund(provider.draws, provider.own.rates, entity=entity):
            case Fault.REFUND_FAILED:
                return Status.FAILED
            case Fault.REFUND_PENDING:
                return Status.PENDING
            case _:
                return Status.SUCCEEDED


def read_refund(provider: Provider, raw: bytes) -> RefundCommand:
    """Read a request for a refund; raises ``RequestRefused``."""
    try:
        body = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RequestRefused(str(error)) from error
    return refund_command(provider, body)


def refund_command(
    provider: Provider, body: RefundBody, *, note: dict[str, str] | None = None
) -> RefundCommand:
    """Find the charge of a refund that was read; raises ``RequestRefused``."""
    charge = provider.own.charges.get(body.charge)
    if charge is None:
        raise RequestRefused("charge: there is no such charge")
    if charge.currency != body.currency:
        raise RequestRefused(f"currency: the charge was made in {charge.currency}")
    return RefundCommand(provider, body, charge, note or {})

"""Charges: the request as the dialect defines it, and what becomes of it."""

from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Struct
from msgspec.structs import replace

from pspsim import faults
from pspsim.cards import card_of
from pspsim.codes import NETWORK_CODE, DeclineCode
from pspsim.faults import Fault
from pspsim.payers import Attempt
from pspsim.provider import Provider
from pspsim.records import Action, Charge, ChargeExecuted, Kind, Status
from pspsim.replies import RequestRefused, status_of
from pspsim.tokens import Token, TokenKind, TokenRefused, parse_token

RETURN_URL: Final = "return_url"
"""Under which the place is noted that the payer of a charge comes back to."""
Reference = Annotated[str, Meta(min_length=1, max_length=64)]
MinorUnits = Annotated[int, Meta(gt=0)]
CurrencyCode = Annotated[str, Meta(pattern="^[A-Z]{3}$")]


class ChargeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST /v1/charges``; no other field is known.

    With ``return_url`` the payer may be asked to act; with ``challenge`` they always are.
    """

    reference: Reference
    amount: MinorUnits
    currency: CurrencyCode
    payment_token: str
    initiator: Literal["customer", "merchant"]
    description: str
    return_url: str | None = None
    challenge: bool = False


_decode: Final = msgspec.json.Decoder(ChargeBody).decode


@dataclass(frozen=True, slots=True)
class ChargeCommand:
    """One valid request for a charge."""

    provider: Provider
    body: ChargeBody
    token: Token
    segment: str
    """The row of the world; empty for a fixed token."""
    note: dict[str, str] = field(default_factory=dict)
    """What the dialect keeps beside the charge."""

    @property
    def kind(self) -> Kind:
        """Return the kind of command."""
        return Kind.CHARGE

    @property
    def reference(self) -> str:
        """Return the client's name of the charge."""
        return self.body.reference

    @property
    def is_fixed(self) -> bool:
        """Tell whether the token fixes everything."""
        return self.token.is_fixed

    def check(self) -> None:
        """Allow everything: what a charge must satisfy was checked when it was read."""

    def fault(self, ordinal: int) -> Fault | None:
        """Take the token's own fault, or draw one."""
        if self.token.is_fixed:
            return self.token.fault if ordinal == 0 else None
        provider = self.provider
        entity = (provider.name, Kind.CHARGE, self.reference, ordinal)
        return faults.for_command(provider.draws, provider.own.rates, entity=entity)

    def execute(self, key: str, *, fingerprint: str, server_error: int | None) -> ChargeExecuted:
        """Decide whether the payer pays."""
        provider, body = self.provider, self.body
        nth = len(provider.own.charges_by_reference.get(body.reference, ()))
        drawn, settles_later = self._decline(nth), provider.dialect.settles_later
        asks = self._asks_payer(nth)
        code = None if settles_later or asks else drawn
        entity = ("charge", provider.name, body.reference, nth)
        charge = Charge(
            id=provider.dialect.identify(provider.draws, Kind.CHARGE, *entity[1:]),
            reference=body.reference,
            amount=body.amount,
            currency=body.currency,
            status=self._status(code, asks=asks),
            decline_code=UNSET if code is None else code.value,
            network_code=UNSET if code is None else NETWORK_CODE[code],
            network_transaction_id=provider.draws.name("nt", *entity) if code is None else UNSET,
            card=card_of(
                provider.draws, self.token.text, provider=provider.name, segment=self.token.segment
            ),
            final=not settles_later and not asks and self.token.kind is not TokenKind.PENDING,
            created=provider.books.now,
        )
        if asks:
            charge = replace(charge, action=self._action(charge.id))
        answer = server_error or status_of(charge)
        return ChargeExecuted(
            provider=provider.name,
            key=key,
            fingerprint=fingerprint,
            answer=answer,
            token=body.payment_token,
            item=charge,
            note=self.note | ({RETURN_URL: body.return_url} if asks and body.return_url else {}),
            ends=drawn.value if (settles_later or asks) and drawn is not None else UNSET,
            pays_out=True if settles_later else UNSET,
        )

    def _asks_payer(self, nth: int) -> bool:
        """Decide whether the issuer wants to see the payer first; only one who is here can be."""
        body, provider = self.body, self.provider
        if provider.dialect.settles_later or body.initiator != "customer" or not body.return_url:
            return False
        if body.challenge or self.token.kind is TokenKind.CHALLENGE:
            return True
        if self.token.kind is not TokenKind.DRAWN:
            return False
        entity = (provider.name, self.token.text, self.reference, nth)
        return provider.draws.ppm("challenge", *entity) < provider.challenge_ppm(self.segment)

    def _action(self, charge_id: str) -> Action:
        provider = self.provider
        life = provider.dialect.challenge_life
        return Action(
            url=f"{provider.origin}/{provider.name}/challenge/{charge_id}",
            expires_at=UNSET if life is None else provider.books.now + life,
        )

    def _status(self, code: DeclineCode | None, *, asks: bool) -> Status:
        if asks:
            return Status.REQUIRES_ACTION
        if self.provider.dialect.settles_later:
            return Status.PENDING
        if code is not None:
            return Status.DECLINED
        return Status.PENDING if self.token.kind is TokenKind.PENDING else Status.SUCCEEDED

    def _decline(self, nth: int) -> DeclineCode | None:
        code = self._refusal(nth)
        needs_money = code is DeclineCode.INSUFFICIENT_FUNDS
        return None if needs_money and self.body.amount == 0 else code

    def _refusal(self, nth: int) -> DeclineCode | None:
        if self.token.kind is TokenKind.DRAWN:
            return self._drawn_decline(nth)
        if self.token.kind is TokenKind.CHALLENGE and not self._asks_payer(nth):
            is_known = self.token.text in self.provider.own.challenges.authenticated
            away = self.body.initiator == "merchant"
            return None if away and is_known else DeclineCode.AUTHENTICATION_REQUIRED
        if self.token.kind is TokenKind.RECOVER and self._is_short():
            return DeclineCode.INSUFFICIENT_FUNDS
        return self.token.code

    def _is_short(self) -> bool:
        declined = self.provider.own.recovering.get(self.token.text, [])
        return self.reference in declined or len(declined) < self.token.declines

    def _drawn_decline(self, nth: int) -> DeclineCode | None:
        attempt = Attempt(
            provider=self.provider.name,
            segment=self.segment,
            token=self.token.text,
            reference=self.reference,
            execution=nth,
            payer_is_present=self.body.initiator == "customer",
            at=self.provider.books.now,
        )
        return self.provider.payers.decline(attempt)


def read_charge(provider: Provider, raw: bytes) -> ChargeCommand:
    """Read a request for a charge; raises ``RequestRefused``."""
    try:
        body = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RequestRefused(str(error)) from error
    return charge_command(provider, body)


def charge_command(
    provider: Provider, body: ChargeBody, *, note: dict[str, str] | None = None
) -> ChargeCommand:
    """Find the payer of a charge that was read; raises ``RequestRefused``.

    ``note`` is kept beside the charge for its dialect.
    """
    try:
        token = parse_token(body.payment_token)
    except TokenRefused as error:
        raise RequestRefused(str(error)) from error
    segment = None if token.is_fixed else provider.world.segment(token.segment)
    if segment is None and not token.is_fixed:
        raise RequestRefused(f"payment_token: this world has no segment {token.segment!r}")
    return ChargeCommand(
        provider=provider, body=body, token=token, segment=segment or "", note=note or {}
    )

"""What a refusal advises: the strictest of what the network, the provider and our category say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from ledgerline.payments.model import Advice, DeclineCategory, Reading

_ORDER: Final = {advice: rank for rank, advice in enumerate(Advice)}
# From here on a machine may try again.
_FIRST_OF_MACHINES: Final = _ORDER[Advice.LATER]
_DAY: Final = timedelta(days=1)
_NOW: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Advised:
    """What is advised, and after which time at the earliest.

    ``is_exact`` says that the network names the very time; ``once`` that one more try is allowed.
    """

    advice: Advice
    after: timedelta = _NOW
    is_exact: bool = False
    once: bool = False

    @property
    def allows_machine(self) -> bool:
        """Say whether a machine may try the same instrument again at all."""
        return _ORDER[self.advice] >= _FIRST_OF_MACHINES


_C: Final = DeclineCategory
DEFAULTS: Final[Mapping[DeclineCategory, Advised]] = MappingProxyType(
    {
        _C.INSUFFICIENT_FUNDS: Advised(Advice.LATER),
        _C.AMOUNT_LIMIT: Advised(Advice.LATER, _DAY),
        _C.VELOCITY_LIMIT: Advised(Advice.LATER, _DAY),
        _C.DO_NOT_HONOR: Advised(Advice.LATER, 3 * _DAY),
        _C.ISSUER_UNAVAILABLE: Advised(Advice.LATER, timedelta(hours=1)),
        _C.PROCESSOR_ERROR: Advised(Advice.NOW_OTHER_PSP),
        _C.AUTHENTICATION_REQUIRED: Advised(Advice.AUTHENTICATE),
        _C.AUTHENTICATION_FAILED: Advised(Advice.ASK_CUSTOMER),
        _C.EXPIRED_CARD: Advised(Advice.UPDATE_INSTRUMENT),
        _C.NEW_ACCOUNT_INFO: Advised(Advice.UPDATE_INSTRUMENT),
        _C.INVALID_ACCOUNT: Advised(Advice.NEVER),
        _C.LOST_OR_STOLEN: Advised(Advice.NEVER),
        _C.SUSPECTED_FRAUD: Advised(Advice.NEVER),
        _C.FRAUD_ENGINE: Advised(Advice.NEVER),
        _C.CARD_RESTRICTED: Advised(Advice.NEVER),
        _C.CVC_MISMATCH: Advised(Advice.ASK_CUSTOMER),
        _C.AVS_MISMATCH: Advised(Advice.ASK_CUSTOMER),
        _C.PIN: Advised(Advice.ASK_CUSTOMER),
        _C.REVOKED: Advised(Advice.STOP_RECURRING),
        _C.DUPLICATE: Advised(Advice.RESOLVE_UNKNOWN),
        _C.RETRY_BLOCKED: Advised(Advice.NEVER),
        _C.CUSTOMER_CANCELED: Advised(Advice.ASK_CUSTOMER),
        _C.MERCHANT_CONFIG: Advised(Advice.FIX_CONFIG),
        # No machine of ours can renew a token, so its owner is asked for the card again.
        _C.CREDENTIAL_REFERENCE: Advised(Advice.UPDATE_INSTRUMENT),
        _C.COMPLIANCE: Advised(Advice.NEVER),
        _C.REQUEST_REFUSED: Advised(Advice.FIX_CONFIG),
        _C.UNMAPPED: Advised(Advice.LATER, 3 * _DAY, once=True),
    }
)
"""What each category advises where nobody says more; for tries without the payer."""


def _exact(delay: timedelta) -> Advised:
    return Advised(Advice.LATER, delay, is_exact=True)


# Mastercard's merchant advice codes, as processors publish them (Cybersource, "Merchant advice
# codes"; Stripe, "Network advice codes"; read 2026-11), and Visa's categories of response codes.
# 40 to 43 describe the card and advise nothing of themselves, but a card that can be charged once
# cannot pay a series, and what is sanctioned is never charged.
NETWORK: Final[Mapping[str, Advised]] = MappingProxyType(
    {
        "mac_01": Advised(Advice.UPDATE_INSTRUMENT),
        "mac_02": Advised(Advice.LATER, 3 * _DAY),
        "mac_03": Advised(Advice.NEVER),
        "mac_04": Advised(Advice.UPDATE_INSTRUMENT),
        "mac_21": Advised(Advice.STOP_RECURRING),
        "mac_22": Advised(Advice.NEVER),
        "mac_24": _exact(timedelta(hours=1)),
        "mac_25": _exact(timedelta(hours=24)),
        "mac_26": _exact(2 * _DAY),
        "mac_27": _exact(4 * _DAY),
        "mac_28": _exact(6 * _DAY),
        "mac_29": _exact(8 * _DAY),
        "mac_30": _exact(10 * _DAY),
        "mac_41": Advised(Advice.UPDATE_INSTRUMENT),
        "mac_42": Advised(Advice.NEVER),
        "mac_99": Advised(Advice.NEVER),
        "visa_1": Advised(Advice.NEVER),
        "visa_2": Advised(Advice.LATER, _DAY),
        "visa_3": Advised(Advice.ASK_CUSTOMER),
    }
)

# Response codes after which Visa lets nobody try again: the union of the lists of acquirers, since
# they differ (Checkout.com, "Visa decline codes", 2025-02, and older pages of acquirers).
VISA_NEVER: Final = frozenset(
    {"03", "04", "07", "12", "14", "15", "41", "43", "46", "57", "62", "78", "93", "R0", "R1", "R3"}
)


def advised_by(reading: Reading) -> Advised:
    """Return what a refusal advises; a source that says nothing, or nothing known, never loosens.

    A refusal without a category is read as one that is not mapped.
    """
    default = DEFAULTS[reading.category or DeclineCategory.UNMAPPED]
    said = [default]
    by_network = NETWORK.get(reading.network_advice or "")
    if by_network is not None:
        said.append(by_network)
    if reading.provider_advice is not None:
        said.append(Advised(reading.provider_advice))
    return strictest(said)


def network_advice(*, mac: str | None, issuer_code: str | None) -> str | None:
    """Name the stricter of Mastercard's advice and what an issuer's code forbids, for a Reading.

    An advice that is not known is named as well: it stands in the plan and decides nothing.
    """
    named = None if mac is None else f"mac_{mac}"
    known = NETWORK.get(named or "")
    forbids = known is not None and not known.allows_machine
    return "visa_1" if issuer_code in VISA_NEVER and not forbids else named


def strictest(said: list[Advised]) -> Advised:
    """Return the strictest of some pieces of advice; of two delays it is the longer one.

    That only one more try is allowed holds whoever said it.
    """
    chosen = min(said, key=lambda one: (_ORDER[one.advice], -one.after, not one.is_exact))
    once = any(one.once for one in said)
    return Advised(chosen.advice, chosen.after, is_exact=chosen.is_exact, once=once)

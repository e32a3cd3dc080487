"""Why what a customer pays by month changed."""

from collections.abc import Collection
from enum import StrEnum

from ledgerline.base.ids import PriceId
from ledgerline.rules.contracted import REMOVED, Cell
from ledgerline.rules.statuses import Status
from ledgerline.subscriptions.model import BASE


class Reason(StrEnum):
    """What changed between two versions of a component."""

    START = "start"
    TRIAL_END = "trial_end"
    END_VOLUNTARY = "end_voluntary"
    END_NONPAYMENT = "end_nonpayment"
    PAUSE = "pause"
    RESUME = "resume"
    FULL_DISCOUNT = "full_discount"
    ADD_ON = "add_on"
    PLAN = "plan"
    QUANTITY = "quantity"
    INTRO_END = "intro_end"
    PRICE_CHANGE = "price_change"
    DISCOUNT_START = "discount_start"
    DISCOUNT_END = "discount_end"
    TAX_CHANGE = "tax_change"
    OTHER = "other"


_COLLECTION = "collection"  # the cause of what happens when unpaid claims are given up


def why(component: str, before: Cell | None, after: Cell, *, intros: Collection[PriceId]) -> Reason:
    """Name what made one version follow another; ``intros`` are the prices of first phases."""
    if after.status is Status.ENDED:
        return _of_end(after)
    if before is None or before.status is Status.ENDED:
        return Reason.START if component == BASE else Reason.ADD_ON
    if _is_given_up(before, after):
        return Reason.END_NONPAYMENT
    moves = (
        (after.status is Status.PAUSED, Reason.PAUSE),
        (before.status is Status.PAUSED, Reason.RESUME),
        (before.status is Status.TRIALING, Reason.TRIAL_END),
    )
    moved = [reason for is_it, reason in moves if is_it and before.status is not after.status]
    return moved[0] if moved else _of_terms(before, after, intros)


def _is_given_up(before: Cell, after: Cell) -> bool:
    """Answer whether it goes on for nothing, or rests, because collection gave its claims up."""
    is_by_collection = after.cause == _COLLECTION and before.cause != _COLLECTION
    return is_by_collection and before.mrr_e4 > 0 and after.mrr_e4 == 0


def _of_end(after: Cell) -> Reason:
    if after.cause == REMOVED:
        return Reason.ADD_ON
    return Reason.END_NONPAYMENT if after.cause == _COLLECTION else Reason.END_VOLUNTARY


def _of_terms(before: Cell, after: Cell, intros: Collection[PriceId]) -> Reason:
    """Name the first of what differs; a fall to nothing by an offer is a full discount."""
    is_reduced = bool(set(after.offers) - set(before.offers))
    is_free = before.mrr_e4 > 0 and after.mrr_e4 == 0
    terms = (
        (before.plan_code != after.plan_code, Reason.PLAN),
        (before.quantity != after.quantity, Reason.QUANTITY),
        (is_reduced and is_free, Reason.FULL_DISCOUNT),
        (is_reduced, Reason.DISCOUNT_START),
        (before.offers != after.offers, Reason.DISCOUNT_END),
        (before.phase_no != after.phase_no and before.price_id in intros, Reason.INTRO_END),
        (before.price_id != after.price_id, Reason.PRICE_CHANGE),
        (before.rate_ppm != after.rate_ppm, Reason.TAX_CHANGE),
    )
    return next((reason for differs, reason in terms if differs), Reason.OTHER)

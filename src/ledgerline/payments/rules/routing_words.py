"""Routing rules in sentences, as a person reads them who did not write them."""

from collections.abc import Mapping, Sequence
from typing import Final

from ledgerline.base.money import Currency, Money
from ledgerline.base.saying import Say, noted, plainly
from ledgerline.payments.rules.routing import PPM, Filtered, Strategy, Then, When

NAMES: Final[Mapping[str, str]] = {
    "market": "market", "currency": "currency", "brand": "brand", "bin": "card number begins with",
    "funding": "funding", "issuer_country": "issued in", "initiator": "initiator",
    "amount_from": "amount, too small", "amount_below": "amount, too large",
}  # fmt: skip
REASONS: Final[Mapping[Filtered, str]] = {
    Filtered.DISABLED: "it takes no new charges",
    Filtered.EXCLUDED: "a rule excludes it",
    Filtered.BREAKER_OPEN: "its breaker is open: too many calls failed",
    Filtered.ALREADY_TRIED: "it was tried already",
    Filtered.PAYER_ONLY: "only its payer may charge it",
    Filtered.MANDATE_PAUSED: "its mandate is paused",
    Filtered.MANDATE_ENDED: "its mandate ended",
    Filtered.NO_NOTICE: "nobody can say when to announce it",
    Filtered.TOLD_OTHERWISE: "its payer was told another account",
}
_FROM: Final = noted("amount from %(amount)s")
_BELOW: Final = noted("amount below %(amount)s")
_LISTED: Final = ("market", "currency", "brand", "bin", "funding", "issuer_country", "initiator")


def condition(when: When, say: Say = plainly) -> str:
    """Say for which charges a rule is; one with amounts names their one currency."""
    parts = [
        f"{say(NAMES[name])} {_either(values, say)}"
        for name in _LISTED
        if (values := getattr(when, name)) is not None
    ]
    for sentence, minor in ((_FROM, when.amount_from), (_BELOW, when.amount_below)):
        if minor is not None:
            assert when.currency is not None, "a rule with an amount names its currency"
            amount = Money(minor, Currency(when.currency[0]))
            parts.append(say(sentence, amount=f"{amount.decimal()} {amount.currency}"))
    return say(" and ").join(parts) or say("every charge")


def consequence(then: Then, say: Say = plainly) -> str:
    """Say what a rule does with the charges it is for."""
    if then.prefer is not None:
        return say("try %(accounts)s", accounts=say(", then ").join(then.prefer))
    if then.split is not None:
        shares = [
            say("%(share)s to %(account)s", share=percent(ppm), account=account)
            for account, ppm in then.split.items()
        ]
        return say("split: %(shares)s", shares=", ".join(shares))
    if then.exclude is not None:
        accounts = _either(then.exclude, say, named=True)
        return say("never %(accounts)s; later rules decide", accounts=accounts)
    if then.strategy is Strategy.LEAST_COST:
        return say("try the account with the lowest fee first")
    return say("try accounts in the default order")


def _either(values: Sequence[str], say: Say, *, named: bool = False) -> str:
    written = [str(one) if named else str(one).replace("_", " ") for one in values]
    return say(" or ").join(written)


def percent(ppm: int) -> str:
    """Write a share in ppm as per cent, to its last digit."""
    return f"{ppm * 100 / PPM:.4f}".rstrip("0").rstrip(".") + " %"

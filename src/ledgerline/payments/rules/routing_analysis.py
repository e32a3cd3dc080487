"""What is wrong with routing rules before they are loaded: all of it, each with its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ledgerline.payments.model import AccountStatus
from ledgerline.payments.refusals import RoutingRefused
from ledgerline.payments.rules.routing import PPM, Policy, Rule, Strategy, Then, When

_SETS: Final = ("market", "currency", "brand", "funding", "issuer_country", "initiator")


class Fault(StrEnum):
    """What a rule can have wrong with it."""

    UNREACHABLE = "unreachable"
    CONTRADICTORY = "contradictory"
    NO_DEFAULT = "no_default"
    SPLIT_NOT_WHOLE = "split_not_whole"
    UNKNOWN_ACCOUNT = "unknown_account"
    DISABLED_ACCOUNT = "disabled_account"
    NAMED_TWICE = "named_twice"
    NO_FEE = "no_fee"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; ``pointer`` (RFC 6901) says where in the rules it stands."""

    pointer: str
    fault: Fault
    message: str


def analyse(policy: Policy, accounts: Mapping[str, str]) -> tuple[Finding, ...]:
    """Find all that is wrong with rules; ``accounts`` are the status of those that exist.

    A rule is unreachable if one earlier rule decides for every charge it could match; that several
    earlier ones do so together is not looked for. A rule must not prefer what an exclusion that
    holds for all its charges removes, and no exclusion may leave a charge without any account.
    """
    found = [
        *_of_accounts(policy, accounts),
        *_of_names(policy),
        *_of_consequences(policy),
        *_of_amounts(policy),
        *_of_order(policy),
        *_of_exclusions(policy, accounts),
    ]
    if not policy.default:
        message = "no account is named for charges that no rule decides"
        found.append(Finding("/default", Fault.NO_DEFAULT, message))
    return tuple(found)


def refuse_findings(found: tuple[Finding, ...]) -> None:
    """Raise ``RoutingRefused`` with every finding, if there is one."""
    if found:
        raise RoutingRefused(
            f"{len(found)} findings refuse the rules, the first: {found[0].message}",
            findings=[
                {"pointer": one.pointer, "code": one.fault.value, "message": one.message}
                for one in found
            ],
        )


def named(then: Then) -> Iterator[tuple[str, str]]:
    """Walk the accounts that a consequence names: (pointer below the rule, account)."""
    for no, account in enumerate(then.prefer or ()):
        yield f"/then/prefer/{no}", account
    for account in then.split or {}:
        yield f"/then/split/{account}", account
    for no, account in enumerate(then.exclude or ()):
        yield f"/then/exclude/{no}", account


def _of_accounts(policy: Policy, accounts: Mapping[str, str]) -> Iterator[Finding]:
    places = [(f"/default/{no}", account) for no, account in enumerate(policy.default)]
    places += [(f"/fees/{account}", account) for account in policy.fees]
    for no, rule in enumerate(policy.rules):
        places += [(f"/rules/{no}{pointer}", account) for pointer, account in named(rule.then)]
    for pointer, account in places:
        if account not in accounts:
            message = f"there is no account {account}"
            yield Finding(pointer, Fault.UNKNOWN_ACCOUNT, message)
        elif accounts[account] != AccountStatus.ACTIVE and "/exclude/" not in pointer:
            message = f"the account {account} is disabled"
            yield Finding(pointer, Fault.DISABLED_ACCOUNT, message)


def _of_names(policy: Policy) -> Iterator[Finding]:
    lists = [("/default", policy.default), ("/rules", tuple(rule.name for rule in policy.rules))]
    for no, rule in enumerate(policy.rules):
        lists.append((f"/rules/{no}/then/prefer", rule.then.prefer or ()))
        lists.append((f"/rules/{no}/then/exclude", rule.then.exclude or ()))
    for pointer, names in lists:
        for no, name in enumerate(names):
            if name in names[:no]:
                message = f"{name} is named twice"
                yield Finding(f"{pointer}/{no}", Fault.NAMED_TWICE, message)


def _of_consequences(policy: Policy) -> Iterator[Finding]:
    for no, rule in enumerate(policy.rules):
        then = rule.then
        if then.split is not None and sum(then.split.values()) != PPM:
            message = f"the shares sum to {sum(then.split.values()):,} and not to {PPM:,} ppm"
            yield Finding(f"/rules/{no}/then/split", Fault.SPLIT_NOT_WHOLE, message)
        if then.strategy is Strategy.LEAST_COST:
            known = {currency for fees in policy.fees.values() for currency in fees}
            without = sorted(set(rule.when.currency or ()) - known)
            if without or not known:
                message = f"no account has a fee in {', '.join(without) or 'any currency'}"
                yield Finding(f"/rules/{no}/then/strategy", Fault.NO_FEE, message)


def _of_amounts(policy: Policy) -> Iterator[Finding]:
    for no, rule in enumerate(policy.rules):
        at, when = f"/rules/{no}/when", rule.when
        if when.amount_from is None and when.amount_below is None:
            continue
        if when.currency is None or len(when.currency) != 1:
            message = "an amount is compared in one currency: name exactly one"
            yield Finding(f"{at}/currency", Fault.CONTRADICTORY, message)
        if when.amount_below is not None and (when.amount_from or 0) >= when.amount_below:
            message = "no amount is as large as the one and below the other"
            yield Finding(f"{at}/amount_below", Fault.CONTRADICTORY, message)


def _of_order(policy: Policy) -> Iterator[Finding]:
    """Find rules that never decide, since an earlier one has decided already."""
    for no, rule in enumerate(policy.rules):
        for earlier in policy.rules[:no]:
            if not covers(earlier.when, rule.when) or not _settles(earlier, rule):
                continue
            same = covers(rule.when, earlier.when) and rule.then != earlier.then
            fault = Fault.CONTRADICTORY if same else Fault.UNREACHABLE
            what = (
                "wants something else for the same charges" if same else "decides all its charges"
            )
            yield Finding(f"/rules/{no}", fault, f"{earlier.name} comes before and {what}")
            break


def _settles(earlier: Rule, rule: Rule) -> bool:
    """Say whether an earlier rule leaves a later one that it covers without any effect."""
    if rule.then.exclude is None:
        return earlier.then.exclude is None
    return earlier.then.exclude is not None and set(rule.then.exclude) <= set(earlier.then.exclude)


def _of_exclusions(policy: Policy, accounts: Mapping[str, str]) -> Iterator[Finding]:
    excluding = [rule for rule in policy.rules if rule.then.exclude is not None]
    usable = {account for account, status in accounts.items() if status == AccountStatus.ACTIVE}
    for no, rule in enumerate(policy.rules):
        removed = {
            account: one
            for one in excluding
            if covers(one.when, rule.when)
            for account in one.then.exclude or ()
        }
        if rule.then.exclude is not None:
            if usable and usable <= set(removed):
                message = "no account is left for its charges"
                yield Finding(f"/rules/{no}/then/exclude", Fault.CONTRADICTORY, message)
            continue
        for pointer, account in named(rule.then):
            if account in removed:
                message = f"{removed[account].name} excludes {account} from all its charges"
                yield Finding(f"/rules/{no}{pointer}", Fault.CONTRADICTORY, message)


def covers(wide: When, narrow: When) -> bool:
    """Say whether every charge that fulfils ``narrow`` fulfils ``wide``."""
    for name in _SETS:
        allowed, asked = getattr(wide, name), getattr(narrow, name)
        if allowed is not None and (asked is None or not set(asked) <= set(allowed)):
            return False
    if wide.bin is not None and not (
        narrow.bin is not None and all(one.startswith(wide.bin) for one in narrow.bin)
    ):
        return False
    if wide.amount_from is not None and (narrow.amount_from or 0) < wide.amount_from:
        return False
    return wide.amount_below is None or (
        narrow.amount_below is not None and narrow.amount_below <= wide.amount_below
    )

"""What each kind of mail says: one function a kind, whole sentences, one thing to do at most."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledgerline.letters.words import Words
from ledgerline.mail.model import MailKind

Row = tuple[str, str]
HARD, SOFT = "hard", "soft"
TRIAL, PLANNED, NOW = "trial", "planned", "now"


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says. ``rows`` are labels with values; ``action`` is the one button's word."""

    subject: str
    heading: str
    paragraphs: Sequence[str]
    rows: Sequence[Row]
    action: str


Says = Callable[[Words], Letter]


def letter_of(kind: MailKind, words: Words) -> Letter:
    """Say what a mail of this kind tells."""
    return KINDS[kind](words)


def _plan(words: Words) -> list[Row]:
    return [(words.say("Plan"), words.plan)]


def _money(words: Words) -> list[Row]:
    """List what moved, when, by what, and the number of the document."""
    facts, say = words.facts, words.say
    rows = [*_plan(words), (say("Amount"), words.amount)]
    if facts.tax:
        rows.append((say("Tax included"), words.money(facts.tax)))
    if facts.method is not None:
        rows.append((say("Payment method"), facts.method))
    if facts.on is not None:
        rows.append((say("Date"), words.day))
    if facts.number is not None:
        rows.append((say("Document number"), facts.number))
    return rows


def _account(words: Words) -> str:
    return words.say("Open your account")


def _receipt(words: Words) -> Letter:
    say = words.say
    return Letter(
        subject=say("Receipt: %(amount)s for %(plan)s", amount=words.amount, plan=words.plan),
        heading=say("Thank you for your payment"),
        paragraphs=[
            say("We received %(amount)s for %(plan)s.", amount=words.amount, plan=words.plan),
            say("Your receipt is attached."),
        ],
        rows=_money(words),
        action=_account(words),
    )


def _invoice(words: Words) -> Letter:
    say = words.say
    return Letter(
        subject=say("Invoice: %(amount)s for %(plan)s", amount=words.amount, plan=words.plan),
        heading=say("Your invoice"),
        paragraphs=[
            say("Your invoice for %(plan)s is attached.", plan=words.plan),
            say("You need not do anything: it is charged as agreed."),
        ],
        rows=_money(words),
        action=_account(words),
    )


def _arrives(words: Words) -> str:
    return words.say("It may take a few days until your statement shows it.")


def _refund(words: Words) -> Letter:
    say = words.say
    return Letter(
        subject=say("Refund: %(amount)s", amount=words.amount),
        heading=say("Your refund is on its way"),
        paragraphs=[
            say(
                "We gave back %(amount)s for %(plan)s to %(method)s.",
                amount=words.amount, plan=words.plan, method=words.method,
            ),
            _arrives(words),
        ],
        rows=_money(words),
        action=_account(words),
    )  # fmt: skip


def _credit_paid_out(words: Words) -> Letter:
    say = words.say
    return Letter(
        subject=say("Credit paid out: %(amount)s", amount=words.amount),
        heading=say("Your credit is on its way"),
        paragraphs=[
            say(
                "We paid out %(amount)s of your credit to %(method)s.",
                amount=words.amount, method=words.method,
            ),
            _arrives(words),
        ],
        rows=_money(words),
        action=_account(words),
    )  # fmt: skip


def _refund_returned(words: Words) -> Letter:
    say = words.say
    return Letter(
        subject=say("Your refund came back: %(amount)s", amount=words.amount),
        heading=say("Your refund did not arrive"),
        paragraphs=[
            say(
                "The refund of %(amount)s to %(method)s came back to us.",
                amount=words.amount, method=words.method,
            ),
            say("The attached document says where the money is now."),
        ],
        rows=_money(words),
        action=_account(words),
    )  # fmt: skip


def _failed(words: Words, *, subject: str, heading: str) -> Letter:
    """Say what was not paid, and either when it is tried again or that another way is needed."""
    say, facts = words.say, words.facts
    said = [
        say(
            "%(method)s could not be charged %(amount)s for %(plan)s.",
            method=words.method, amount=words.amount, plan=words.plan,
        )
    ]  # fmt: skip
    if facts.variant == HARD:
        said.append(say("It will not be tried again: please use another payment method."))
    elif facts.on is not None:
        said.append(say("We try again on %(day)s.", day=words.day))
    rows = [*_plan(words), (say("Amount"), words.amount)]
    if facts.method is not None:
        rows.append((say("Payment method"), facts.method))
    return Letter(subject, heading, said, rows, say("Update payment method"))


def _payment_failed(words: Words) -> Letter:
    say = words.say
    return _failed(
        words,
        subject=say("Your payment of %(amount)s failed", amount=words.amount),
        heading=say("Your payment did not go through"),
    )


def _payment_reminder(words: Words) -> Letter:
    say = words.say
    return _failed(
        words,
        subject=say("Reminder: %(amount)s is still open", amount=words.amount),
        heading=say("Your payment is still open"),
    )


def _payment_last_warning(words: Words) -> Letter:
    say = words.say
    said = _failed(
        words,
        subject=say("Last reminder: %(plan)s ends soon", plan=words.plan),
        heading=say("You are about to lose access"),
    )
    ends = say("Without your payment you will soon lose access to %(plan)s.", plan=words.plan)
    return Letter(
        subject=said.subject,
        heading=said.heading,
        paragraphs=[*said.paragraphs, ends],
        rows=said.rows,
        action=said.action,
    )


def _payment_ended(words: Words) -> Letter:
    say = words.say
    return Letter(
        subject=say("%(plan)s: your payment did not arrive", plan=words.plan),
        heading=say("We have stopped trying to charge you"),
        paragraphs=[
            say(
                "%(amount)s for %(plan)s could not be collected, and we try no more.",
                amount=words.amount, plan=words.plan,
            ),
            say("Your account says how things stand now."),
        ],
        rows=[*_plan(words), (say("Amount"), words.amount)],
        action=_account(words),
    )  # fmt: skip


def _action_required(words: Words) -> Letter:
    say = words.say
    return Letter(
        subject=say("Please confirm your payment of %(amount)s", amount=words.amount),
        heading=say("Your bank asks you to confirm"),
        paragraphs=[
            say(
                "Your bank wants you to confirm the payment of %(amount)s for %(plan)s.",
                amount=words.amount, plan=words.plan,
            ),
            say("Nothing is charged before you do."),
        ],
        rows=[*_plan(words), (say("Amount"), words.amount)],
        action=say("Confirm the payment"),
    )  # fmt: skip


def _paid_after_failure(words: Words) -> Letter:
    say = words.say
    return Letter(
        subject=say("Your payment arrived: %(plan)s goes on", plan=words.plan),
        heading=say("Everything is paid"),
        paragraphs=[say("Your open payment arrived, and %(plan)s goes on.", plan=words.plan)],
        rows=_plan(words),
        action=_account(words),
    )


def _debit_announced(words: Words) -> Letter:
    say, facts = words.say, words.facts
    rows = [*_plan(words), (say("Amount"), words.amount), (say("Date"), words.day)]
    if facts.mandate is not None:
        rows.append((say("Mandate"), facts.mandate))
    return Letter(
        subject=say("Direct debit of %(amount)s on %(day)s", amount=words.amount, day=words.day),
        heading=say("Your direct debit"),
        paragraphs=[
            say(
                "On %(day)s we will debit %(amount)s for %(plan)s from your bank account.",
                day=words.day, amount=words.amount, plan=words.plan,
            )
        ],
        rows=rows,
        action=_account(words),
    )  # fmt: skip


def _card_expiring(words: Words) -> Letter:
    say = words.say
    return Letter(
        subject=say("Your card expires before the next payment"),
        heading=say("Your card expires soon"),
        paragraphs=[
            say(
                "%(method)s expires before %(plan)s renews on %(day)s.",
                method=words.method, plan=words.plan, day=words.day,
            ),
            say("Please give us another card in time."),
        ],
        rows=[*_plan(words), (say("Next payment"), words.day)],
        action=say("Update payment method"),
    )  # fmt: skip


def _order_confirmed(words: Words) -> Letter:
    say, facts = words.say, words.facts
    said = [say("Your order of %(plan)s is confirmed.", plan=words.plan)]
    rows = _plan(words)
    if facts.on is not None:
        trial = facts.variant == TRIAL
        free = say("You try it free of charge until %(day)s.", day=words.day)
        said += [free] if trial else [say("Your next payment is on %(day)s.", day=words.day)]
        rows.append((say("Next payment"), words.day))
    return Letter(
        subject=say("Your order: %(plan)s", plan=words.plan),
        heading=say("Welcome to %(plan)s", plan=words.plan),
        paragraphs=said,
        rows=rows,
        action=_account(words),
    )


def _plan_changed(words: Words) -> Letter:
    say, before = words.say, words.facts.before
    said = [say("You have %(plan)s now.", plan=words.plan)]
    if before is not None:
        said.append(say("Until now it was %(before)s.", before=before))
    return Letter(
        subject=say("Your plan is now %(plan)s", plan=words.plan),
        heading=say("Your plan has changed"),
        paragraphs=said,
        rows=_plan(words),
        action=_account(words),
    )


def _change_scheduled(words: Words) -> Letter:
    say = words.say
    return Letter(
        subject=say("Planned: %(plan)s from %(day)s", plan=words.plan, day=words.day),
        heading=say("Your plan will change"),
        paragraphs=[
            say("From %(day)s you have %(plan)s.", day=words.day, plan=words.plan),
            say("Until then everything stays as it is."),
        ],
        rows=[*_plan(words), (say("Date"), words.day)],
        action=_account(words),
    )


def _change_withdrawn(words: Words) -> Letter:
    say = words.say
    return Letter(
        subject=say("Your change did not take place"),
        heading=say("Your change did not take place"),
        paragraphs=[
            say("It was not paid in time, so %(plan)s goes on as it was.", plan=words.plan),
            say("You are not charged for the change."),
        ],
        rows=_plan(words),
        action=_account(words),
    )


def _canceled(words: Words) -> Letter:
    say, facts = words.say, words.facts
    if facts.variant == PLANNED:
        said = [
            say("You canceled %(plan)s. It ends on %(day)s.", plan=words.plan, day=words.day),
            say("You can use it until then, and it does not renew."),
        ]
        rows = [*_plan(words), (say("Ends on"), words.day)]
    else:
        said = [
            say("You canceled %(plan)s. It has ended.", plan=words.plan),
            say("If money is given back to you, another mail says so."),
        ]
        rows = _plan(words)
    return Letter(
        subject=say("Canceled: %(plan)s", plan=words.plan),
        heading=say("Your cancellation is confirmed"),
        paragraphs=said,
        rows=rows,
        action=_account(words),
    )


def _kept(words: Words) -> Letter:
    say = words.say
    return Letter(
        subject=say("%(plan)s goes on as before", plan=words.plan),
        heading=say("You keep your plan"),
        paragraphs=[
            say("What was planned is taken back: %(plan)s goes on as before.", plan=words.plan)
        ],
        rows=_plan(words),
        action=_account(words),
    )


def _paused(words: Words) -> Letter:
    say = words.say
    return Letter(
        subject=say("%(plan)s is paused", plan=words.plan),
        heading=say("Your plan is paused"),
        paragraphs=[say("Nothing is charged for %(plan)s while it is paused.", plan=words.plan)],
        rows=_plan(words),
        action=_account(words),
    )


def _resumed(words: Words) -> Letter:
    say = words.say
    return Letter(
        subject=say("%(plan)s is active again", plan=words.plan),
        heading=say("Your plan is active again"),
        paragraphs=[say("The pause is over: you can use %(plan)s again.", plan=words.plan)],
        rows=_plan(words),
        action=_account(words),
    )


KINDS: Final[Mapping[MailKind, Says]] = {
    MailKind.RECEIPT: _receipt,
    MailKind.INVOICE: _invoice,
    MailKind.REFUND: _refund,
    MailKind.CREDIT_PAID_OUT: _credit_paid_out,
    MailKind.REFUND_RETURNED: _refund_returned,
    MailKind.PAYMENT_FAILED: _payment_failed,
    MailKind.PAYMENT_REMINDER: _payment_reminder,
    MailKind.PAYMENT_LAST_WARNING: _payment_last_warning,
    MailKind.PAYMENT_ENDED: _payment_ended,
    MailKind.ACTION_REQUIRED: _action_required,
    MailKind.PAID_AFTER_FAILURE: _paid_after_failure,
    MailKind.DEBIT_ANNOUNCED: _debit_announced,
    MailKind.CARD_EXPIRING: _card_expiring,
    MailKind.ORDER_CONFIRMED: _order_confirmed,
    MailKind.PLAN_CHANGED: _plan_changed,
    MailKind.CHANGE_SCHEDULED: _change_scheduled,
    MailKind.CHANGE_WITHDRAWN: _change_withdrawn,
    MailKind.CANCELED: _canceled,
    MailKind.KEPT: _kept,
    MailKind.PAUSED: _paused,
    MailKind.RESUMED: _resumed,
}

"""Letters about money: what moved, what did not, and what will."""

from ledgerline.letters.saying import HARD, Letter, account, money_rows, plan_rows
from ledgerline.letters.words import Words


def receipt(words: Words) -> Letter:
    """Tell that a payment arrived."""
    say = words.say
    return Letter(
        subject=say("Receipt: %(amount)s for %(plan)s", amount=words.amount, plan=words.plan),
        heading=say("Thank you for your payment"),
        paragraphs=[
            say("We received %(amount)s for %(plan)s.", amount=words.amount, plan=words.plan),
            say("Your receipt is attached."),
        ],
        rows=money_rows(words),
        action=account(words),
    )


def invoice(words: Words) -> Letter:
    """Tell of an invoice that is charged by itself."""
    say = words.say
    return Letter(
        subject=say("Invoice: %(amount)s for %(plan)s", amount=words.amount, plan=words.plan),
        heading=say("Your invoice"),
        paragraphs=[
            say("Your invoice for %(plan)s is attached.", plan=words.plan),
            say("You need not do anything: it is charged as agreed."),
        ],
        rows=money_rows(words),
        action=account(words),
    )


def _arrives(words: Words) -> str:
    return words.say("It may take a few days until your statement shows it.")


def refund(words: Words) -> Letter:
    """Tell that money was given back."""
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
        rows=money_rows(words),
        action=account(words),
    )  # fmt: skip


def credit_paid_out(words: Words) -> Letter:
    """Tell that credit was paid out."""
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
        rows=money_rows(words),
        action=account(words),
    )  # fmt: skip


def refund_returned(words: Words) -> Letter:
    """Tell that a refund came back."""
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
        rows=money_rows(words),
        action=account(words),
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
    rows = [*plan_rows(words), (say("Amount"), words.amount)]
    if facts.method is not None:
        rows.append((say("Payment method"), facts.method))
    return Letter(
        subject=subject,
        heading=heading,
        paragraphs=said,
        rows=rows,
        action=say("Update payment method"),
    )


def payment_failed(words: Words) -> Letter:
    """Tell that a payment was refused."""
    say = words.say
    return _failed(
        words,
        subject=say("Your payment of %(amount)s failed", amount=words.amount),
        heading=say("Your payment did not go through"),
    )


def payment_reminder(words: Words) -> Letter:
    """Tell that a payment is still open."""
    say = words.say
    return _failed(
        words,
        subject=say("Reminder: %(amount)s is still open", amount=words.amount),
        heading=say("Your payment is still open"),
    )


def payment_last_warning(words: Words) -> Letter:
    """Tell that access ends unless it is paid."""
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


def payment_ended(words: Words) -> Letter:
    """Tell that nothing is tried any more."""
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
        rows=[*plan_rows(words), (say("Amount"), words.amount)],
        action=account(words),
    )  # fmt: skip


def action_required(words: Words) -> Letter:
    """Tell that a bank wants to see its payer."""
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
        rows=[*plan_rows(words), (say("Amount"), words.amount)],
        action=say("Confirm the payment"),
    )  # fmt: skip


def paid_after_failure(words: Words) -> Letter:
    """Tell that an open payment arrived."""
    say = words.say
    return Letter(
        subject=say("Your payment arrived: %(plan)s goes on", plan=words.plan),
        heading=say("Everything is paid"),
        paragraphs=[say("Your open payment arrived, and %(plan)s goes on.", plan=words.plan)],
        rows=plan_rows(words),
        action=account(words),
    )


def debit_announced(words: Words) -> Letter:
    """Tell of a debit before it comes."""
    say, facts = words.say, words.facts
    rows = [*plan_rows(words), (say("Amount"), words.amount), (say("Date"), words.day)]
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
        action=account(words),
    )  # fmt: skip

"""Letters about a plan: its beginning, its changes and its end."""

from ledgerline.letters.saying import PLANNED, TRIAL, Letter, Row, account, plan_rows
from ledgerline.letters.words import Words


def card_expiring(words: Words) -> Letter:
    """Tell that a card will not pay the next renewal."""
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
        rows=[*plan_rows(words), (say("Next payment"), words.day)],
        action=say("Update payment method"),
    )  # fmt: skip


def trial_ending(words: Words) -> Letter:
    """Tell that a trial ends, what follows it, and how to end it."""
    say = words.say
    return Letter(
        subject=say(
            "Your free trial of %(plan)s ends on %(day)s", plan=words.plan, day=words.day
        ),
        heading=say("Your free trial ends soon"),
        paragraphs=[
            say(
                "Your free trial of %(plan)s ends on %(day)s. You then pay %(amount)s, and it"
                " renews by itself until you cancel.",
                plan=words.plan, day=words.day, amount=words.amount,
            ),
            _way_out(words),
        ],
        rows=_renewal_rows(words),
        action=account(words),
    )  # fmt: skip


def renews_soon(words: Words) -> Letter:
    """Tell that a plan renews for a year, what that costs, and how to end it."""
    say = words.say
    return Letter(
        subject=say("%(plan)s renews on %(day)s", plan=words.plan, day=words.day),
        heading=say("Your plan renews soon"),
        paragraphs=[
            say(
                "%(plan)s renews on %(day)s. You then pay %(amount)s.",
                plan=words.plan, day=words.day, amount=words.amount,
            ),
            _way_out(words),
        ],
        rows=_renewal_rows(words),
        action=account(words),
    )  # fmt: skip


def _way_out(words: Words) -> str:
    return words.say(
        "If you do not want that, cancel in your account before that day: nothing is charged then."
    )


def _renewal_rows(words: Words) -> list[Row]:
    say = words.say
    return [*plan_rows(words), (say("Next payment"), words.day), (say("Amount"), words.amount)]


def order_confirmed(words: Words) -> Letter:
    """Tell what was ordered and what follows."""
    say, facts = words.say, words.facts
    said = [say("Your order of %(plan)s is confirmed.", plan=words.plan)]
    rows = plan_rows(words)
    if facts.on is not None:
        trial = facts.variant == TRIAL
        free = say("You try it free of charge until %(day)s.", day=words.day)
        said += [free] if trial else [say("Your next payment is on %(day)s.", day=words.day)]
        rows.append((say("Next payment"), words.day))
    return Letter(
        subject=say("Your order: %(plan)s", plan=words.plan),
        heading=say("Welcome to %(plan)s", plan=words.plan),
        paragraphs=[*said, *facts.texts],
        rows=rows,
        action=account(words),
    )


def plan_changed(words: Words) -> Letter:
    """Tell what the plan is now."""
    say, before = words.say, words.facts.before
    said = [say("You have %(plan)s now.", plan=words.plan)]
    if before is not None:
        said.append(say("Until now it was %(before)s.", before=before))
    return Letter(
        subject=say("Your plan is now %(plan)s", plan=words.plan),
        heading=say("Your plan has changed"),
        paragraphs=said,
        rows=plan_rows(words),
        action=account(words),
    )


def change_scheduled(words: Words) -> Letter:
    """Tell what the plan will be."""
    say = words.say
    return Letter(
        subject=say("Planned: %(plan)s from %(day)s", plan=words.plan, day=words.day),
        heading=say("Your plan will change"),
        paragraphs=[
            say("From %(day)s you have %(plan)s.", day=words.day, plan=words.plan),
            say("Until then everything stays as it is."),
        ],
        rows=[*plan_rows(words), (say("Date"), words.day)],
        action=account(words),
    )


def change_withdrawn(words: Words) -> Letter:
    """Tell that a change was not paid in time."""
    say = words.say
    return Letter(
        subject=say("Your change did not take place"),
        heading=say("Your change did not take place"),
        paragraphs=[
            say("It was not paid in time, so %(plan)s goes on as it was.", plan=words.plan),
            say("You are not charged for the change."),
        ],
        rows=plan_rows(words),
        action=account(words),
    )


def canceled(words: Words) -> Letter:
    """Tell what was canceled and when it ends."""
    say, facts = words.say, words.facts
    if facts.variant == PLANNED:
        said = [
            say("You canceled %(plan)s. It ends on %(day)s.", plan=words.plan, day=words.day),
            say("You can use it until then, and it does not renew."),
        ]
        rows = [*plan_rows(words), (say("Ends on"), words.day)]
    else:
        said = [
            say("You canceled %(plan)s. It has ended.", plan=words.plan),
            say("If money is given back to you, another mail says so."),
        ]
        rows = plan_rows(words)
    return Letter(
        subject=say("Canceled: %(plan)s", plan=words.plan),
        heading=say("Your cancellation is confirmed"),
        paragraphs=said,
        rows=rows,
        action=account(words),
    )


def withdrawn(words: Words) -> Letter:
    """Confirm that a withdrawal from the contract was received, and when."""
    say, facts = words.say, words.facts
    at = facts.at or ""
    return Letter(
        subject=say("Withdrawn: %(plan)s", plan=words.plan),
        heading=say("Your withdrawal is confirmed"),
        paragraphs=[
            say(
                "On %(day)s at %(time)s we received that you withdraw from the contract for"
                " %(plan)s. It has ended.",
                day=words.day,
                time=at,
                plan=words.plan,
            ),
            say("What you paid goes back to you. Another mail says so when it is on its way."),
        ],
        rows=[*plan_rows(words), (say("Date"), words.day), (say("Time"), at)],
        action=account(words),
    )


def kept(words: Words) -> Letter:
    """Tell that what was planned is taken back."""
    say = words.say
    return Letter(
        subject=say("%(plan)s goes on as before", plan=words.plan),
        heading=say("You keep your plan"),
        paragraphs=[
            say("What was planned is taken back: %(plan)s goes on as before.", plan=words.plan)
        ],
        rows=plan_rows(words),
        action=account(words),
    )


def paused(words: Words) -> Letter:
    """Tell that nothing is charged for a while."""
    say = words.say
    return Letter(
        subject=say("%(plan)s is paused", plan=words.plan),
        heading=say("Your plan is paused"),
        paragraphs=[say("Nothing is charged for %(plan)s while it is paused.", plan=words.plan)],
        rows=plan_rows(words),
        action=account(words),
    )


def resumed(words: Words) -> Letter:
    """Tell that a pause is over."""
    say = words.say
    return Letter(
        subject=say("%(plan)s is active again", plan=words.plan),
        heading=say("Your plan is active again"),
        paragraphs=[say("The pause is over: you can use %(plan)s again.", plan=words.plan)],
        rows=plan_rows(words),
        action=account(words),
    )

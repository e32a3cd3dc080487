"""What a model said of a decision, in sentences for those who ask why."""

from collections.abc import Iterator, Mapping
from typing import Any

from ledgerline.base.saying import Say, plainly
from ledgerline.payments.rules.points import approval_ppm, points, ppm_by_term
from ledgerline.payments.scores import Mode


def sentences(kept: Mapping[str, Any], say: Say = plainly) -> tuple[str, ...]:
    """Tell what is kept of an opinion beside its decision (``learned.written``)."""
    return tuple(_told(kept, say))


def _told(kept: Mapping[str, Any], say: Say) -> Iterator[str]:
    if kept.get("ignored") is not None:
        yield not_believed(kept, say)
        return
    yield who_decides(kept, say)
    shares = ", ".join(f"{account} {ppm / 10_000:.1f} %" for account, ppm in kept["ppm"].items())
    chosen = kept["chosen"]
    yield say(
        "Of what it knew after tick %(tick)s: %(shares)s; %(chosen)s was drawn.",
        tick=kept["tick"], shares=shares, chosen=chosen,
    )  # fmt: skip
    if kept["explored"]:
        best = max(kept["ppm"], key=lambda account: kept["ppm"][account])
        yield say("It explored: %(best)s was the most likely one.", best=best)
    yield from _compared(chosen, kept["terms"], say)
    if kept["down"]:
        yield say("It takes %(accounts)s to be down.", accounts=say(" and ").join(kept["down"]))
    if kept["bounded"]:
        yield say("Bounds kept its shares near those of the last hour.")


def not_believed(kept: Mapping[str, Any], say: Say = plainly) -> str:
    """Say why a model that was asked changed nothing."""
    why = kept["ignored"].replace("_", " ")
    return say("Rules decide: the model was asked and not believed (%(why)s).", why=why)


def who_decides(kept: Mapping[str, Any], say: Say = plainly) -> str:
    """Say whether the model or rules decide, and why."""
    if kept["acts"]:
        return say(
            "The model decides here: it is on for %(percent)s %% of the customers.",
            percent=kept["percent"],
        )
    if kept["mode"] == Mode.SHADOW:
        return say("Rules decide: the model is asked in shadow.")
    return say("Rules decide: the model does not act for this customer.")


def _compared(chosen: str, terms: Mapping[str, Mapping[str, int]], say: Say) -> Iterator[str]:
    """Say by what the chosen account differs from the runner-up; what they share cancels."""
    other = next((account for account in terms if account != chosen), None)
    if other is None or chosen not in terms:
        return
    whole = approval_ppm(terms[chosen]) - approval_ppm(terms[other])
    parts = [
        say("%(count)s by %(name)s", count=points(ppm), name=name)
        for name, ppm in ppm_by_term(terms[chosen], terms[other], whole=whole).items()
    ]
    yield say(
        "By what it believes, %(chosen)s is %(points)s points of approval from %(other)s:"
        " %(parts)s.",
        chosen=chosen, other=other, points=points(whole),
        parts=", ".join(parts) or say("nothing"),
    )  # fmt: skip

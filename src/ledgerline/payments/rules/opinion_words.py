"""What a model said of a decision, in sentences for those who ask why."""

from collections.abc import Iterator, Mapping
from typing import Any

from ledgerline.payments.scores import Mode


def sentences(kept: Mapping[str, Any]) -> tuple[str, ...]:
    """Tell what is kept of an opinion beside its decision (``learned.written``)."""
    return tuple(_told(kept))


def _told(kept: Mapping[str, Any]) -> Iterator[str]:
    if kept.get("ignored") is not None:
        yield not_believed(kept)
        return
    yield who_decides(kept)
    shares = ", ".join(f"{account} {ppm / 10_000:.1f} %" for account, ppm in kept["ppm"].items())
    chosen = kept["chosen"]
    yield f"Of what it knew after tick {kept['tick']}: {shares}; {chosen} was drawn."
    if kept["explored"]:
        best = max(kept["ppm"], key=lambda account: kept["ppm"][account])
        yield f"It explored: {best} was the most likely one."
    yield from _compared(chosen, kept["terms"])
    if kept["down"]:
        yield f"It takes {' and '.join(kept['down'])} to be down."
    if kept["bounded"]:
        yield "Bounds kept its shares near those of the last hour."


def not_believed(kept: Mapping[str, Any]) -> str:
    """Say why a model that was asked changed nothing."""
    why = kept["ignored"].replace("_", " ")
    return f"Rules decide: the model was asked and not believed ({why})."


def who_decides(kept: Mapping[str, Any]) -> str:
    """Say whether the model or rules decide, and why."""
    if kept["acts"]:
        return f"The model decides here: it is on for {kept['percent']} % of the customers."
    if kept["mode"] == Mode.SHADOW:
        return "Rules decide: the model is asked in shadow."
    return "Rules decide: the model does not act for this customer."


def _compared(chosen: str, terms: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Say by what the chosen account differs from the runner-up; what they share cancels."""
    other = next((account for account in terms if account != chosen), None)
    if other is None or chosen not in terms:
        return
    parts = [
        f"{term - terms[other][name]:+} by {name}"
        for name, term in terms[chosen].items()
        if name in terms[other] and term != terms[other][name]
    ]
    said = ", ".join(parts) or "nothing"
    yield f"Against {other}, {chosen} has {said}, in thousandths of a logit."

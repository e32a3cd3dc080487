"""What people do, in one way: what it would do is shown first, and the button says how much.

A form is sealed with what was shown. What has changed since is shown again; what was sent twice is
done once, for the nonce of the form is the idempotency key.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Generic, TypeVar
from uuid import UUID

from markupsafe import Markup

from ledgerline.access import views
from ledgerline.access.model import Act
from ledgerline.base.cards import refuse_cards
from ledgerline.base.errors import Rejected
from ledgerline.console.asking import Ask, see_other
from ledgerline.console.shown import decimal_of, minor_of
from ledgerline.flows.claim_key import Command
from ledgerline.web.refusals import Malformed
from ledgerline.web.wire import Response

WORDS_MAX: Final = 1000
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something to fill in; with ``choices`` one of them."""

    name: str
    label: str
    hint: str = ""
    choices: Sequence[tuple[str, str]] = ()
    is_long: bool = False
    is_optional: bool = False
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home(Generic[T]):
    """What is acted on: its rows, where its page is, and how the log names it."""

    of: T
    path: str
    label: str
    kind: str
    id: UUID
    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would happen: a sentence, the figures, and what the button says.

    ``seal`` is what must still hold when it is pressed. ``after`` goes into the audit log, under
    ``name`` where the act is not what the page is called for.
    """

    sentence: str
    button: str | Markup
    seal: str
    facts: Sequence[tuple[str, str | Markup]] = ()
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None
    name: str = ""


Said = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action(Generic[T]):
    """One thing that people do.

    ``asks`` is what decides what happens, previewed as it is chosen; ``words`` go with the act.
    ``carry_out`` is told both, and the ``seal``, to which a flow may hold what it does.
    """

    name: str
    heading: str
    find: Callable[[Ask], Awaitable[Home[T]]]
    preview: Callable[[Ask, T, Said], Awaitable[Preview]]
    carry_out: Callable[[Ask, T, Said, Command], Awaitable[None]]
    asks: Callable[[Ask, T], Sequence[Field]] = field(default=lambda _, __: ())
    words: Sequence[Field] = ()

    async def show(self, ask: Ask) -> Response:
        """Show what it would do with what stands in the address."""
        home = await self.find(ask)
        return await self._page(ask, home, ask.asked)

    async def do(self, ask: Ask) -> Response:
        """Do it, if what was shown still holds; else show what holds now.

        Raises ``CardNumberRefused`` for words with one, which are not shown again.
        """
        form = await ask.form()
        home = await self.find(ask)
        said = {one.name: form.get(one.name, "") for one in self.asks(ask, home.of)}
        ask.require_sealed(form, form.get("seal", ""), *said.values())
        earlier = await self._earlier(ask, home, form)
        if earlier is not None:
            return earlier
        words = {one.name: form.get(one.name, "").strip() for one in self.words}
        refuse_cards([*said.values(), *words.values()])
        wrong = _missing(ask, self.words, words)
        if not wrong:
            try:
                wrong = await self._carried_out(ask, home, form, {**said, **words})
            except Rejected as refused:
                wrong = ask.refusal(refused)
            # Also a click that came before this one, and was at work meanwhile, has done it.
            earlier = await self._earlier(ask, home, form)
        return earlier or await self._page(ask, home, said, words=words, alert=wrong)

    async def _earlier(self, ask: Ask, home: Home[T], form: Said) -> Response | None:
        """Send the browser on where the form has been carried out; None where it has not."""
        async with ask.run.reading() as read:
            found = await views.done(read, actor=ask.actor, key=form["nonce"])
        return None if found is None else see_other(f"{home.path}?done={found.act}")

    async def _carried_out(self, ask: Ask, home: Home[T], form: Said, said: Said) -> str:
        """Do it, if what was shown still holds; else say that it does not."""
        preview = await self.preview(ask, home.of, said)
        if preview.seal != form["seal"]:
            return ask.say("This has changed since it was shown. Look again.")
        command = ask.command(form, self._act(ask, home, preview))
        await self.carry_out(ask, home.of, {**said, "seal": preview.seal}, command)
        return ""

    def _act(self, ask: Ask, home: Home[T], preview: Preview) -> Act:
        return Act(
            actor=ask.actor, name=preview.name or self.name, route=ask.route, kind=home.kind,
            object_id=home.id, customer_id=home.customer_id, before=preview.before,
            after=preview.after,
        )  # fmt: skip

    async def _page(
        self, ask: Ask, home: Home[T], said: Said, *, words: Said | None = None, alert: str = ""
    ) -> Response:
        asks = self.asks(ask, home.of)
        chosen = {one.name: said.get(one.name) or one.value for one in asks}
        refused, preview = "", None
        try:
            preview = await self.preview(ask, home.of, chosen)
        except Rejected as error:
            refused = ask.refusal(error)
        hidden: dict[str, str] = {}
        if preview is not None:
            sealed = ask.sealed(preview.seal, *chosen.values())
            hidden = {**chosen, "seal": preview.seal, **sealed}
        return ask.page(
            "action.html",
            {
                "action": self, "home": home, "asks": asks, "chosen": chosen, "preview": preview,
                "refused": refused, "alert": alert, "hidden": hidden, "words": words or {},
                "section": f"/console/{home.path.split('/')[2]}",
            },
            status=422 if alert else 200,
        )  # fmt: skip


Make = Callable[[Ask, T, Said, Command], Awaitable[str | None]]


async def never(_: Ask, __: object, ___: Said, ____: Command) -> None:
    """Stand for what an action does whose route hands ``shown_once`` what makes it."""
    raise AssertionError("shown_once carries it out")


async def shown_once(ask: Ask, action: Action[T], make: Make[T]) -> tuple[Response, str | None]:
    """Do what makes a secret, and return it beside the answer to the form.

    None where nothing was made, or where it was made before: then no page shows it any more.
    """
    made: list[str] = []

    async def carry_out(ask: Ask, of: T, said: Said, command: Command) -> None:
        secret = await make(ask, of, said, command)
        made.extend([secret] if secret is not None else [])

    answer = await replace(action, carry_out=carry_out).do(ask)
    return answer, made[0] if made else None


def asked_minor(ask: Ask, said: Said, currency: str) -> int:
    """Read the amount that was typed, in minor units; raises ``Malformed`` unless it is above 0."""
    minor = minor_of(said.get("amount", ""), currency)
    if not minor:
        raise Malformed(
            ask.say(
                "an amount in %(currency)s, such as %(example)s", currency=currency,
                example=decimal_of(1250, currency),
            )
        )  # fmt: skip
    return minor


def _missing(ask: Ask, fields: Sequence[Field], said: Said) -> str:
    """Say which words are missing or too many; empty where all is well."""
    for one in fields:
        if not said[one.name] and not one.is_optional:
            return ask.say("%(name)s is missing.", name=ask.say(one.label))
        if len(said[one.name]) > WORDS_MAX:
            return ask.say(
                "%(name)s has at most %(count)s characters.",
                name=ask.say(one.label), count=WORDS_MAX,
            )  # fmt: skip
    return ""

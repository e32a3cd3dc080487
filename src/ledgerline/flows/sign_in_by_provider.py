"""Sign a person in by what an identity provider says of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ledgerline.access import store as access
from ledgerline.access.contract import Claims, Provider
from ledgerline.access.model import Act, ProviderRefused, Way
from ledgerline.access.rows import IdentityRow, PersonRow
from ledgerline.access.rules.people import email_of, require_owner
from ledgerline.access.rules.providers import role_by, verified_email
from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, PersonId
from ledgerline.base.run import Run
from ledgerline.flows.audit_act import audit_act_in
from ledgerline.flows.begin_session import Entered, begin_session_in
from ledgerline.flows.go_to_provider import going_of
from ledgerline.flows.make_sign_in_link import hash_secret

_ACTOR: Final = "identity provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """A browser that came back: with a code and the state it left with."""

    code: str = field(repr=False)
    state: str = field(repr=False)
    browser: str = field(repr=False)
    redirect: str


async def sign_in_by_provider(run: Run, provider: Provider, back: Back, *, route: str) -> str:
    """Return the secret of the session that opens.

    A browser comes back once, in time, and as the one that left. Somebody is known by the
    provider's own name for them; the first time by an e-mail address that it verified. Their groups
    give them their role, where settings say so. Raises ``ProviderRefused``, ``LastOwner``,
    ``EmailRefused`` and ``Unavailable``.
    """
    now = run.wall()
    async with run.transaction() as tx:
        came = await access.use_state(
            tx,
            state_hash=hash_secret(run, "provider state", back.state),
            browser_hash=hash_secret(run, "provider browser", back.browser),
            used_at=now,
        )
    if came == 0:
        raise ProviderRefused("this way was gone before, or begun elsewhere")
    going = going_of(run, back.state, redirect=back.redirect)
    said = _Said(run, provider, await provider.claims(back.code, going), route)
    async with run.transaction() as tx:
        person_id = await _person_in(tx, said)
        entered = Entered(person_id, Way.PROVIDER)
        return await begin_session_in(tx, run, entered, now=run.wall(), route=route)


async def _person_in(tx: Tx, said: "_Said") -> PersonId:
    """Find who it is, as what they work now, or let them in anew."""
    people = await access.lock_people(tx)
    found, is_bound = await _found_in(tx, said, people)
    if found is None:
        return await _add_in(tx, said)
    if found.disabled_at is not None:
        raise ProviderRefused("this person works here no more")
    await _follow_groups_in(tx, said, found, people)
    if not is_bound:
        await _bind_in(tx, said, found.id)
    return found.id


async def _found_in(
    tx: Tx, said: "_Said", people: Sequence[PersonRow]
) -> tuple[PersonRow | None, bool]:
    """Find a person by the provider's name for them, else by e-mail address; say by which."""
    issuer, subject = said.provider.issuer, said.claims.subject
    bound = await access.read_identities(tx, issuer=issuer, subject=subject, person_id=None)
    if bound:
        return next(one for one in people if one.id == bound[0].person_id), True
    email = email_of(verified_email(said.claims))
    found = next((one for one in people if one.email == email), None)
    if found is not None and await access.read_identities(
        tx, issuer=issuer, subject=subject, person_id=found.id
    ):
        raise ProviderRefused("the provider knows this person as somebody else")
    return found, False


async def _add_in(tx: Tx, said: "_Said") -> PersonId:
    """Let somebody work here whom the provider knows and nobody added."""
    if not said.provider.admission.adds_people:
        raise ProviderRefused("nobody here has this address")
    role = role_by(said.provider.admission, said.claims, None)
    person_id = PersonId(said.run.new_id(Bucket(0)))
    row = PersonRow(
        id=person_id, email=email_of(verified_email(said.claims)), name=said.claims.name,
        role=role, created_at=said.run.wall(), disabled_at=None,
    )  # fmt: skip
    await access.add_person(tx, row)
    await said.write_in(tx, "person_added", person_id, after={"role": role.value})
    await _bind_in(tx, said, person_id)
    return person_id


async def _follow_groups_in(
    tx: Tx, said: "_Said", found: PersonRow, people: Sequence[PersonRow]
) -> None:
    """Give somebody the role of their groups, where it is another one by now."""
    role = role_by(said.provider.admission, said.claims, found.role)
    if role == found.role:
        return
    require_owner(people, found.id, role, None)
    await access.change_person(tx, id=found.id, role=role, disabled_at=None)
    await said.write_in(
        tx, "role_changed", found.id, before={"role": found.role, "disabled": False},
        after={"role": role.value, "disabled": False},
    )  # fmt: skip


async def _bind_in(tx: Tx, said: "_Said", person_id: PersonId) -> None:
    issuer, subject = said.provider.issuer, said.claims.subject
    await access.add_identity(tx, IdentityRow(person_id, issuer, subject, said.run.wall()))
    await said.write_in(tx, "identity_bound", person_id)


@dataclass(frozen=True, slots=True)
class _Said:
    """What which provider says of somebody, through which route."""

    run: Run
    provider: Provider
    claims: Claims
    route: str

    async def write_in(
        self, tx: Tx, name: str, person_id: PersonId, *,
        before: Mapping[str, object] | None = None, after: Mapping[str, object] | None = None,
    ) -> None:  # fmt: skip
        """Write down what the provider's word changes."""
        act = Act(
            actor=_ACTOR, name=name, route=self.route, kind="person", object_id=person_id,
            before=before, after=after,
        )  # fmt: skip
        await audit_act_in(tx, self.run, act)

"""Sign a person in by their e-mail address and password."""

from ledgerline.access import store as access
from ledgerline.access.model import EmailRefused, SignInRefused, Way
from ledgerline.access.rows import KnownRow
from ledgerline.access.rules.passwords import LENGTH_MAX, password_of
from ledgerline.access.rules.people import email_of
from ledgerline.base.passwords import SALT_BYTES, check_password, hash_password
from ledgerline.base.run import Run
from ledgerline.flows.begin_session import Entered, begin_session_in
from ledgerline.flows.count_sign_in import Trying, count_sign_in
from ledgerline.flows.forgive_sign_in import forgive_sign_in


async def sign_in_by_password(
    run: Run, email: str, password: str, *, place: str, route: str
) -> str:
    """Return the secret of the session that opens; ``place`` is the network address of who asks.

    Raises ``TooManySignIns``, else ``SignInRefused`` for whatever is wrong: nobody learns who works
    here, by the answer or by how long it takes. A hash of older parameters is made anew.
    """
    trying = Trying(_email_of(email), place)
    await count_sign_in(run, trying)
    tried = password_of(password)[: LENGTH_MAX + 1]
    found = await _known(run, trying.email)
    checked = await check_password(tried, None if found is None else found.hash)
    if found is None or found.hash is None or not checked.matches:
        raise _refused()
    anew = await hash_password(tried, salt=run.random(SALT_BYTES)) if checked.is_old else None
    shown = await _begin(run, trying.email, found.hash, anew=anew, route=route)
    await forgive_sign_in(run, trying)
    return shown


async def _known(run: Run, email: str) -> KnownRow | None:
    async with run.transaction() as tx:
        found = await access.read_known(tx, email=email)
    return None if found is None or found.disabled_at is not None else found


async def _begin(run: Run, email: str, checked: str, *, anew: str | None, route: str) -> str:
    """Begin the session, if what was held against still stands: it may have changed meanwhile."""
    now = run.wall()
    async with run.transaction() as tx:
        await access.lock_people(tx)
        found = await access.read_known(tx, email=email)
        if found is None or found.disabled_at is not None or found.hash != checked:
            raise _refused()
        if anew is not None:
            await access.hash_anew(tx, person_id=found.id, anew=anew, was=checked)
        entered = Entered(found.id, Way.PASSWORD)
        return await begin_session_in(tx, run, entered, now=now, route=route)


def _email_of(text: str) -> str:
    """Write an address as it is compared; what is none belongs to nobody."""
    try:
        return email_of(text)
    except EmailRefused:
        return ""


def _refused() -> SignInRefused:
    return SignInRefused("e-mail address or password is not right")

"""Send a browser to the identity provider, so that it can come back once."""

from datetime import timedelta
from typing import Final, NamedTuple

from ledgerline.access import store as access
from ledgerline.access.contract import Going, Provider
from ledgerline.access.rows import StateRow
from ledgerline.base.run import Run
from ledgerline.flows.make_sign_in_link import SECRET_BYTES, hash_secret, text_of

WAY_LASTS: Final = timedelta(minutes=10)
_KEPT: Final = timedelta(days=1)
_SWEPT: Final = 20


class Sent(NamedTuple):
    """Where a browser is sent, and what it shows when it comes back: nobody else may."""

    address: str
    browser: str


async def go_to_provider(run: Run, provider: Provider, *, redirect: str) -> Sent:
    """Keep hashes of a new state and of this browser, and return where it is sent.

    Raises ``Unavailable`` and ``ProviderRefused``, before anything is kept.
    """
    state, browser = (text_of(run.random(SECRET_BYTES)) for _ in range(2))
    address = await provider.address(going_of(run, state, redirect=redirect))
    now = run.wall()
    async with run.transaction() as tx:
        await access.forget_states(tx, before=now - _KEPT, limit=_SWEPT)
        await access.add_state(
            tx,
            StateRow(
                state_hash=hash_secret(run, "provider state", state),
                browser_hash=hash_secret(run, "provider browser", browser),
                created_at=now,
                expires_at=now + WAY_LASTS,
            ),
        )
    return Sent(address, browser)


def going_of(run: Run, state: str, *, redirect: str) -> Going:
    """Return what belongs to a state: nonce and verifier follow from it and are kept nowhere."""
    return Going(
        redirect=redirect,
        state=state,
        nonce=text_of(hash_secret(run, "provider nonce", state)),
        verifier=text_of(hash_secret(run, "provider verifier", state)),
    )

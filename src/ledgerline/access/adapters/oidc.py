"""OpenID Connect: the code flow with PKCE, and the checks of what comes back.

Sources: OpenID Connect Core 1.0 section 3.1, Discovery 1.0, RFC 7636 (PKCE, S256), RFC 9700
(best practice), RFC 8725 (JSON Web Tokens). Signatures, algorithms, times, issuer and audience are
checked by PyJWT; nonce, authorised party and the provider's own addresses here.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import jwt

from ledgerline.access.contract import Claims, Going
from ledgerline.access.model import Admission, ProviderRefused
from ledgerline.base.errors import Unavailable
from ledgerline.base.http import HttpClient, Reply, Within

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
"""What tokens may be signed by: keys of which only the provider has the secret half."""
LEEWAY_SECONDS: Final = 60
KEPT_SECONDS: Final = 3600.0
KEYS_AGAIN_SECONDS: Final = 5.0
"""A key that is not known is looked for again, at most so often: providers change their keys."""
_DEADLINE_SECONDS: Final = 10.0
_BULKHEAD: Final = "oidc"
_REQUIRED: Final = ("exp", "iat", "iss", "aud", "sub")
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_FORM: Final = ("Content-Type", "application/x-www-form-urlencoded")
_OK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """As what we are registered at a provider, and whom it lets in."""

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    name: str = "your company"
    groups_claim: str = "groups"
    admission: Admission = field(default_factory=Admission)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the provider says of itself, and until when that is believed."""

    authorize: str
    token: str
    keys: str
    until: float


class OidcProvider:
    """An identity provider, of which addresses and keys are kept for a while."""

    def __init__(
        self, registration: Registration, client: HttpClient, *,
        keys_again_seconds: float = KEYS_AGAIN_SECONDS,
    ) -> None:  # fmt: skip
        """Ask nothing yet: a provider that is away stops nobody from starting."""
        self._registration = registration
        self._client = client
        self._keys_again_seconds = keys_again_seconds
        self._known: _Known | None = None
        self._keys: Mapping[str | None, jwt.PyJWK] = {}
        self._keys_at = 0.0

    @property
    def name(self) -> str:
        """What the button calls it."""
        return self._registration.name

    @property
    def issuer(self) -> str:
        """Who it says it is, in what it signs."""
        return self._registration.issuer

    @property
    def admission(self) -> Admission:
        """Whom it lets in, and as what."""
        return self._registration.admission

    async def address(self, going: Going) -> str:
        """Return where a browser is sent; raises ``Unavailable``."""
        known = await self._discovered()
        digest = hashlib.sha256(going.verifier.encode()).digest()
        said = {
            "response_type": "code", "scope": "openid email profile",
            "client_id": self._registration.client_id, "redirect_uri": going.redirect,
            "state": going.state, "nonce": going.nonce, "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        }  # fmt: skip
        return f"{known.authorize}{'&' if '?' in known.authorize else '?'}{urlencode(said)}"

    async def claims(self, code: str, going: Going) -> Claims:
        """Exchange a code for what is said; raises ``ProviderRefused`` and ``Unavailable``."""
        known = await self._discovered()
        token = await self._exchanged(known, code, going)
        said = await self._verified(known, token)
        if not hmac.compare_digest(str(said.get("nonce", "")).encode(), going.nonce.encode()):
            raise ProviderRefused("the answer is to another question")
        if said.get("azp", self._registration.client_id) != self._registration.client_id:
            raise ProviderRefused("the answer is for somebody else")
        groups = said.get(self._registration.groups_claim)
        email = said.get("email") if said.get("email_verified") is True else None
        return Claims(
            subject=str(said["sub"]),
            email=email if isinstance(email, str) else None,
            name=str(said.get("name") or email or said["sub"])[:200],
            groups=frozenset(map(str, groups)) if isinstance(groups, list) else frozenset(),
        )

    async def _discovered(self) -> _Known:
        now = asyncio.get_running_loop().time()
        if self._known is not None and now < self._known.until:
            return self._known
        issuer = self._registration.issuer
        said = await self._read(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if said.get("issuer") != issuer:
            raise ProviderRefused("the provider says that it is another one")
        self._known = _Known(
            authorize=_address(said, "authorization_endpoint"),
            token=_address(said, "token_endpoint"),
            keys=_address(said, "jwks_uri"),
            until=now + KEPT_SECONDS,
        )
        return self._known

    async def _exchanged(self, known: _Known, code: str, going: Going) -> str:
        mine = self._registration
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": going.redirect,
            "code_verifier": going.verifier, "client_id": mine.client_id,
        }  # fmt: skip
        headers = [_FORM, ("Accept", "application/json")]
        if mine.client_secret is not None:
            pair = f"{quote(mine.client_id, safe='')}:{quote(mine.client_secret, safe='')}"
            headers.append(("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"))
        reply = await self._send(known.token, "POST", headers, urlencode(form).encode())
        token = _object(reply).get("id_token") if reply.status == _OK else None
        if not isinstance(token, str):
            raise ProviderRefused("the provider takes the code no more")
        return token

    async def _verified(self, known: _Known, token: str) -> dict[str, Any]:
        try:
            named = jwt.get_unverified_header(token).get("kid")
            key = await self._key(known, named)
            return jwt.decode(
                token, key, algorithms=list(ALGORITHMS), audience=self._registration.client_id,
                issuer=self._registration.issuer, leeway=LEEWAY_SECONDS,
                options={"require": list(_REQUIRED)},
            )  # fmt: skip
        except jwt.PyJWTError as error:
            raise ProviderRefused(f"the answer is not believed: {type(error).__name__}") from error

    async def _key(self, known: _Known, named: str | None) -> jwt.PyJWK:
        """Find the key of a token; one that is not known may be new."""
        now = asyncio.get_running_loop().time()
        if named not in self._keys and (not self._keys or now >= self._keys_at):
            self._keys_at = now + self._keys_again_seconds
            found = jwt.PyJWKSet.from_dict(await self._read(known.keys)).keys
            self._keys = {one.key_id: one for one in found if one.public_key_use in {None, "sig"}}
        if named not in self._keys:
            raise ProviderRefused("no key of the provider has this name")
        return self._keys[named]

    async def _read(self, url: str) -> dict[str, Any]:
        reply = await self._send(url, "GET", [("Accept", "application/json")], b"")
        if reply.status != _OK:
            raise Unavailable(f"the identity provider answers {reply.status}")
        return _object(reply)

    async def _send(
        self, url: str, method: str, headers: list[tuple[str, str]], body: bytes
    ) -> Reply:
        reply = await self._client.send(
            url, method=method, headers=headers, body=body, within=Within(_DEADLINE_SECONDS),
            in_flight=_BULKHEAD,
        )  # fmt: skip
        if not isinstance(reply, Reply):
            raise Unavailable(f"the identity provider does not answer: {reply.detail}")
        return reply


def is_private(url: str) -> bool:
    """Tell whether nobody reads along on the way to an address: TLS, or this very machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _address(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name)
    if not isinstance(found, str) or not is_private(found):
        raise ProviderRefused(f"the provider has no {name} that is private")
    return found


def _object(reply: Reply) -> dict[str, Any]:
    try:
        found = json.loads(reply.body)
    except ValueError as error:
        raise Unavailable("the identity provider answers something else than JSON") from error
    if not isinstance(found, dict):
        raise Unavailable("the identity provider answers something else than an object")
    return found

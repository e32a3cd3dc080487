"""A small OpenID provider: ``python -m tests.oidc.serving`` prints its address and answers.

It is honest unless told otherwise: ``POST /lie`` says what the next tokens hold or how they are
signed, or to sign by a new key.
"""

import asyncio
import base64
import hashlib
import json
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Any, Final
from urllib.parse import urlencode

import jwt
from aiohttp import BasicAuth, web
from cryptography.hazmat.primitives.asymmetric import ec

CLIENT: Final = ("ledgerline", "s3cret/with:marks")
_LASTS: Final = 300


@dataclass
class Provider:
    """What it knows: its keys, codes that wait, and what it is to say."""

    issuer: str = ""
    keys: list[tuple[str, ec.EllipticCurvePrivateKey]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    exchanges: int = 0

    def rotate(self) -> None:
        """Sign by a new key from now on, and forget the old one."""
        self.keys = [(token_urlsafe(6), ec.generate_private_key(ec.SECP256R1()))]

    async def discovery(self, _: web.Request) -> web.Response:
        """Say where everything is."""
        here = self.issuer
        said = {
            "issuer": here, "authorization_endpoint": f"{here}/authorize",
            "token_endpoint": f"{here}/token", "jwks_uri": f"{here}/keys",
        }  # fmt: skip
        return web.json_response({**said, **self.lies.get("discovery", {})})

    async def jwks(self, _: web.Request) -> web.Response:
        """Show the public halves."""
        found = []
        for name, key in self.keys:
            public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
            found.append({**public, "kid": name, "use": "sig", "alg": "ES256"})
        return web.json_response({"keys": found})

    async def authorize(self, request: web.Request) -> web.Response:
        """Let whoever comes in at once, and send them back with a code."""
        asked = dict(request.query)
        assert asked["code_challenge_method"] == "S256", asked
        code = token_urlsafe(12)
        self.codes[code] = asked
        said = {"code": code, "state": asked["state"], "iss": self.issuer}
        raise web.HTTPFound(f"{asked['redirect_uri']}?{urlencode(said)}")

    async def token(self, request: web.Request) -> web.Response:
        """Take a code once, from the client that it was made for, with its verifier."""
        form = dict(await request.post())
        asked = self.codes.pop(str(form["code"]), None)
        auth = BasicAuth.decode(request.headers["Authorization"])
        self.exchanges += 1
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or auth.login != CLIENT[0]
            or auth.password != "s3cret%2Fwith%3Amarks"
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form["redirect_uri"]
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"id_token": self._token(asked), "token_type": "Bearer"})

    def _token(self, asked: dict[str, str]) -> str:
        wall = datetime.now(UTC)  # noqa: TID251 - a provider has a clock of its own
        now = int(wall.timestamp()) + int(self.lies.get("shift", 0))
        said = {
            "iss": self.issuer, "aud": CLIENT[0], "iat": now, "exp": now + _LASTS,
            "nonce": asked["nonce"], **self.claims, **self.lies.get("claims", {}),
        }  # fmt: skip
        said = {name: value for name, value in said.items() if value is not None}
        name, key = self.keys[0]
        how = self.lies.get("alg", "ES256")
        secret: Any = {"none": None, "HS256": name * 4}.get(how, key)
        if self.lies.get("foreign_key"):
            secret = ec.generate_private_key(ec.SECP256R1())
        return jwt.encode(said, secret, algorithm=how, headers={"kid": name})

    async def lie(self, request: web.Request) -> web.Response:
        """Do as told: ``who`` signs in from now on, and what is not true about it."""
        told = await request.json()
        self.claims, self.lies = told.get("who", self.claims), told.get("lies", {})
        if told.get("rotate"):
            self.rotate()
        return web.json_response({"exchanges": self.exchanges})


def main() -> None:
    """Serve at a free port of this machine until the process ends."""
    provider = Provider()
    provider.rotate()
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", provider.discovery)
    app.router.add_get("/keys", provider.jwks)
    app.router.add_get("/authorize", provider.authorize)
    app.router.add_post("/token", provider.token)
    app.router.add_post("/lie", provider.lie)

    runner = web.AppRunner(app)

    async def serve() -> None:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        provider.issuer = f"http://127.0.0.1:{port}"
        sys.stdout.write(f"{provider.issuer}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()

    asyncio.run(serve())


if __name__ == "__main__":
    main()

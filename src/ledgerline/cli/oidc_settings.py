"""What the environment says of the identity provider."""

import re
from collections.abc import Mapping
from typing import Final

from ledgerline.cli.settings import CommandFailed, OidcSettings

ROLES: Final = ("owner", "admin", "finance", "support_lead", "support", "developer", "auditor")
UNKNOWN: Final = ("refuse", "add")
_ISSUER: Final = re.compile(
    r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[^\s?#]*)?"
    r"|http://(127\.0\.0\.1|localhost):[0-9]{1,5}(/[^\s?#]*)?"
)


def read_oidc_settings(environment: Mapping[str, str]) -> OidcSettings | None:
    """Read where people sign in; None where no provider is named.

    Raises ``CommandFailed`` naming the variable that is wrong.
    """
    issuer = environment.get("LEDGERLINE_OIDC_ISSUER")
    if not issuer:
        return None
    client_id = environment.get("LEDGERLINE_OIDC_CLIENT_ID", "")
    unknown = environment.get("LEDGERLINE_OIDC_UNKNOWN", UNKNOWN[0])
    roles = tuple(_pairs(environment.get("LEDGERLINE_OIDC_ROLES", "")))
    if not _ISSUER.fullmatch(issuer):
        raise _unusable("ISSUER", "the address it signs as, such as https://login.example.com")
    if not client_id:
        raise _unusable("CLIENT_ID", "as what the provider knows us")
    if unknown not in UNKNOWN or (unknown == "add" and not roles):
        raise _unusable("UNKNOWN", "refuse; or add, together with LEDGERLINE_OIDC_ROLES")
    return OidcSettings(
        issuer=issuer, client_id=client_id, roles=roles, adds_people=unknown == "add",
        client_secret_file=environment.get("LEDGERLINE_OIDC_CLIENT_SECRET_FILE") or None,
        name=environment.get("LEDGERLINE_OIDC_NAME") or "your company",
        groups_claim=environment.get("LEDGERLINE_OIDC_GROUPS") or "groups",
    )  # fmt: skip


def _pairs(text: str) -> list[tuple[str, str]]:
    found = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        group, _, role = part.rpartition("=")
        if not group or role not in ROLES:
            raise _unusable("ROLES", f"GROUP=ROLE, …; roles are {', '.join(ROLES)}")
        found.append((group, role))
    return found


def _unusable(name: str, wanted: str) -> CommandFailed:
    return CommandFailed(
        f"LEDGERLINE_OIDC_{name} is not usable", hint=f"LEDGERLINE_OIDC_{name} = {wanted}"
    )

"""As what somebody works whom an identity provider lets in."""

from ledgerline.access.contract import Claims
from ledgerline.access.model import Admission, ProviderRefused, Role


def role_by(admission: Admission, claims: Claims, current: str | None) -> Role:
    """Return the role of the first group that gives one; ``current`` is that of who works here.

    Raises ``ProviderRefused`` for somebody who gets none.
    """
    if not admission.roles and current is not None:
        return Role(current)
    for group, role in admission.roles:
        if group in claims.groups:
            return role
    raise ProviderRefused("none of these groups works here")


def verified_email(claims: Claims) -> str:
    """Return the address by which somebody is known here; raises ``ProviderRefused``."""
    if claims.email is None:
        raise ProviderRefused("the provider has not verified the e-mail address")
    return claims.email

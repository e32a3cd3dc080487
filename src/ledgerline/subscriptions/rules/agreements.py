"""Agreements: what of a purchase is kept as proof of what the payer accepted."""

from ipaddress import ip_address

from ledgerline.base.crypto import hmac_sha256
from ledgerline.subscriptions.model import AgreementsRefused, Attached, PayerIpRefused


def refuse_unusable(attached: Attached) -> None:
    """Refuse a text given twice and an address that is none.

    Raises ``AgreementsRefused`` and ``PayerIpRefused``.
    """
    if len(set(attached.agreements)) != len(attached.agreements):
        raise AgreementsRefused("the same text is accepted twice")
    if attached.payer_ip is not None:
        _packed(attached.payer_ip)


def ip_hash(payer_ip: str, *, data_key: bytes) -> bytes:
    """Hash an address under the customer's own key, so that an erasure ends what it tells.

    Equal addresses, however they are written, have equal hashes. Raises ``PayerIpRefused``.
    """
    return hmac_sha256(data_key, b"payer ip\x00" + _packed(payer_ip))


def _packed(text: str) -> bytes:
    try:
        return ip_address(text).packed
    except ValueError as error:
        raise PayerIpRefused("this is no IP address", pointer="/payer_ip") from error

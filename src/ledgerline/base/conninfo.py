"""The address of a database: checked before anybody connects, and told without its password."""

import re
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

PORT_MAX: Final = 65_535
_SCHEME: Final = re.compile(r"postgres(ql)?://")
_PART_ENDS: Final = re.compile(r"[/?#]")


def fault_of(address: str) -> str | None:
    """Say what is wrong with an address, or None; nothing of it is quoted, since all may be secret.

    A password whose ``@`` or ``/`` is not encoded would be taken for a part of host, port or name,
    and told by whoever does not find them.
    """
    try:
        parts = conninfo_to_dict(address)
    except (psycopg.Error, ValueError):
        return "PostgreSQL does not understand it"
    if "\0" in address or "\n" in address:
        return "it holds a line break or a zero byte"
    if _is_split_in_a_password(address):
        return "its user or password holds a character that must be percent-encoded"
    ports = str(parts.get("port") or "").split(",")
    if any(port and not _is_port(port) for port in ports):
        return f"its port is none of 1 to {PORT_MAX}"
    return None


def told(error: psycopg.Error, address: str = "") -> str:
    """Return the driver's words on one line, without the password of ``address``."""
    words = str(error).strip().partition("\n")[0].strip()
    password = str(conninfo_to_dict(address).get("password") or "") if address else ""
    return words.replace(password, "…") if password else words


def spot_of(address: str) -> str:
    """Name host, port and database of a usable address, without user and password."""
    parts = conninfo_to_dict(address)
    return "/".join(str(parts.get(name) or "") for name in ("host", "port", "dbname"))


def _is_split_in_a_password(address: str) -> bool:
    scheme = _SCHEME.match(address)
    if scheme is None:
        return False
    authority = _PART_ENDS.split(address[scheme.end() :], maxsplit=1)[0]
    rest = address[scheme.end() + len(authority) :]
    return "@" in rest or authority.count("@") > 1


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 1 <= int(text) <= PORT_MAX

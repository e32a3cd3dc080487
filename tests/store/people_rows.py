"""What breaks a rule of people, their sessions and what they did."""

from typing import Final

from tests.store.breaking import FRESH, REFERENCE, RESTRICT, UNIQUE, Broken, Typed
from tests.store.valid_rows import UNKNOWN

_LINK: Final = bytes(31) + b"1"
_SECRET: Final = bytes(31) + b"2"
PEOPLE: Final = (
    Broken("person_one_email", UNIQUE, "person", FRESH),
    Broken("person_session_secret", UNIQUE, "person_session", {**FRESH, "link_hash": _LINK}),
    Broken("person_session_once", UNIQUE, "person_session", {**FRESH, "secret_hash": _SECRET}),
    Broken("audit_entry_key", UNIQUE, "audit_entry", FRESH),
    Broken("sign_in_link_person", REFERENCE, "sign_in_link",
           {"secret_hash": _SECRET, "person_id": UNKNOWN}),
    Broken("person_session_link", REFERENCE, "person_session",
           {**FRESH, "secret_hash": _SECRET, "link_hash": _LINK}),
    Typed("audit_entry_append_only", RESTRICT, "UPDATE audit_entry SET actor = 'me'"),
    Typed("audit_entry_append_only", RESTRICT, "DELETE FROM audit_entry"),
    Typed("person_kept", RESTRICT, "DELETE FROM person"),
)  # fmt: skip

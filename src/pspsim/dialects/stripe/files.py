"""Files: uploaded as multipart/form-data, to hand them in as evidence.

Source: Stripe API reference, "Create a file"; RFC 7578.
"""

from email.parser import BytesParser
from email.policy import HTTP
from typing import Final

from pspsim.dialects.stripe.call import Call, Object
from pspsim.dialects.stripe.errors import invalid
from pspsim.dialects.stripe.forms import Values
from pspsim.records import Kept

FILES: Final = "files"
_PURPOSE: Final = "dispute_evidence"
_KINDS: Final = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG": "png"}
_BYTES_MAX: Final = 5_000_000


def decode(raw: bytes, content_type: str) -> Values:
    """Read a form of parts into a table; the bytes of its file are read as Latin-1."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    message = BytesParser(policy=HTTP).parsebytes(head + raw)
    if not message.is_multipart():
        raise invalid("Invalid request: the body is no form.")
    values: Values = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            raise invalid("Invalid request: a part has no name.")
        values[name] = content.decode("latin-1")
    return values


def create(call: Call) -> Object:
    """Keep a file that may be handed in as evidence."""
    call.form.only("purpose", "file")
    if call.form.needed("purpose") != _PURPOSE:
        raise invalid("This simulator takes files of disputes alone.", param="purpose")
    content = call.form.needed("file").encode("latin-1")
    kind = next((kind for start, kind in _KINDS.items() if content.startswith(start)), None)
    if kind is None or len(content) > _BYTES_MAX:
        raise invalid("Only PDF, JPEG and PNG of at most 5 MB are taken.", param="file")
    provider = call.provider
    id_ = provider.draws.name("file", "file", provider.name, call.key)
    shown: Object = {
        "id": id_,
        "object": "file",
        "created": call.created,
        "expires_at": None,
        "filename": "evidence." + kind,
        "purpose": _PURPOSE,
        "size": len(content),
        "title": None,
        "type": kind,
        "url": None,
    }
    provider.books.record(Kept(provider.name, FILES, id_, shown))
    return shown


def has(call: Call, id_: str) -> bool:
    """Say whether there is such a file."""
    return id_ in call.provider.own.kept.get(FILES, {})

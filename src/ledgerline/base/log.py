"""Logging: one line an event, with everything that must not be written taken out."""

import logging
import re
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, cast
from uuid import UUID

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from ledgerline.base.cards import mask_cards
from ledgerline.base.masks import EMAIL

REDACTED: Final = "[redacted]"
DEPTH_MAX: Final = 8  # containers inside containers; deeper ones are cut

_DENIED_WORDS: Final = frozenset(
    {"address", "authorization", "bearer", "birthday", "card", "cardholder", "cookie"}
    | {"credential", "cvc", "cvv", "email", "iban", "jwt", "kek", "mail", "name", "otp", "pan"}
    | {"passphrase", "passwd", "password", "pepper", "phone", "postcode", "secret", "session"}
    | {"signature", "street", "surname", "token", "username"}
)
_DENIED_KEYS: Final = frozenset(
    {"api_key", "data_key", "private_key", "webhook_key", "ip", "tax_id", "vat_id"}
)
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_PATTERNS: Final = (
    EMAIL,
    re.compile(r"\b(?:sk|pk|rk|whsec|whsk)_\w{8,}"),  # keys of ours and of webhooks
    re.compile(r"\b(?:Bearer|Basic) +[\w.~+/=-]{8,}", re.IGNORECASE),
    re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]*(?=@)"),  # user and password of a URL
    re.compile(r"(?<=password=)\S+", re.IGNORECASE),
)


def configure(*, json: bool, level: str) -> None:
    """Send every log line to standard error, as JSON or for a person to read.

    Lines of libraries that use ``logging`` take the same way, redaction included. ``level`` is a
    lower-case level name; calling again replaces the configuration before.
    """
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    )
    entering: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    leaving: list[Processor] = [structlog.processors.format_exc_info, redact, renderer]
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*entering, *leaving],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    _configure_libraries(number, entering=entering, leaving=leaving)


def logger(name: str) -> FilteringBoundLogger:
    """Return a logger whose lines name their source; it follows any later :func:`configure`."""
    return cast("FilteringBoundLogger", structlog.get_logger(source=name))


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Take out of a log line what names a person, opens a door or pays a bill.

    A value goes if its key has a denied word in it; of the others, card numbers are masked and
    e-mail addresses and keys replaced, at any depth. Objects whose text is not known to be
    harmless are shown by the name of their type alone.
    """
    return {key: _shown(key, value, depth=DEPTH_MAX) for key, value in event.items()}


class _LibraryOutput(logging.StreamHandler):  # type: ignore[type-arg] # generic only in stubs
    """Our output of the root logger, of a type of its own so that it can be found again."""


def _configure_libraries(
    number: int, *, entering: list[Processor], leaving: list[Processor]
) -> None:
    handler = _LibraryOutput(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=entering,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *leaving],
        )
    )
    root = logging.getLogger()
    for old in [found for found in root.handlers if isinstance(found, _LibraryOutput)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(max(number, logging.INFO))


def _shown(key: str, value: object, *, depth: int) -> object:
    if _is_denied(key):
        return REDACTED
    match value:
        case Mapping() | list() | tuple() | set() | frozenset():
            return _container(key, value, depth=depth - 1) if depth else REDACTED
        case _:
            return _single(value)


def _container(key: str, value: object, *, depth: int) -> object:
    if isinstance(value, Mapping):
        return {
            _text(str(name)): _shown(str(name), part, depth=depth) for name, part in value.items()
        }
    assert isinstance(value, list | tuple | set | frozenset), type(value)
    return [_shown(key, part, depth=depth) for part in value]


def _single(value: object) -> object:
    match value:
        case None | bool() | float():
            return value
        case str() | BaseException():
            return _text(value if isinstance(value, str) else repr(value))
        case int():
            masked = mask_cards(str(value))
            return value if masked == str(value) else masked
        case UUID() | date() | timedelta():
            return str(value)
        case _:
            return f"<{type(value).__name__}>"


def _is_denied(key: str) -> bool:
    words = [word.lower() for word in _WORD.findall(key)]
    if "_".join(words) in _DENIED_KEYS:
        return True
    return any(word in _DENIED_WORDS or word.removesuffix("s") in _DENIED_WORDS for word in words)


def _text(text: str) -> str:
    shown = mask_cards(text)
    for pattern in _PATTERNS:
        shown = pattern.sub(REDACTED, shown)
    return shown

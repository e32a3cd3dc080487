"""What a browser may do with a page: the headers of every answer that is one."""

from collections.abc import Mapping, Sequence
from typing import Final

_FIXED: Final = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(self)",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def content_policy(nonce: str, *, frames: Sequence[str] = (), framed: bool = False) -> str:
    """Write a content security policy: nothing but our own, and no script without ``nonce``.

    ``frames`` are the origins that the page may show in a frame; a page that is ``framed`` may be
    shown in one of ours. Source: CSP 3; Trusted Types.
    """
    rules = {
        "default-src": ["'none'"],
        "script-src": [f"'nonce-{nonce}'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "frame-src": ["'self'", *frames] if frames else ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'self'" if framed else "'none'"],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(said)}" for name, said in rules.items())


_LETTER: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'"
)


def letter_headers() -> Mapping[str, str]:
    """Return the headers of a mail that a page of ours shows in a frame.

    A mail has its styles at its elements, and nothing else: no script, no request, no origin.
    """
    return {**headers_of("none", framed=True), "Content-Security-Policy": _LETTER}


def headers_of(
    nonce: str, *, frames: Sequence[str] = (), framed: bool = False
) -> Mapping[str, str]:
    """Return the headers of a page."""
    policy = content_policy(nonce, frames=frames, framed=framed)
    framing = "SAMEORIGIN" if framed else "DENY"
    return {**_FIXED, "Content-Security-Policy": policy, "X-Frame-Options": framing}

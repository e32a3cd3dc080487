"""Elements of a page: what is put into one is escaped, whatever it says."""

from collections.abc import Iterable

from markupsafe import Markup, escape


def tag(name: str, *inside: str | Markup, **attributes: object) -> Markup:
    """Return an element with what is inside it; only Markup is taken as it is.

    Names of attributes are written in Python's way: ``class_`` and ``aria_label``. An attribute
    that is None is not written.
    """
    parts = ["<", name]
    for key, value in attributes.items():
        if value is not None:
            parts += (" ", _named(key), '="', escape(value), '"')
    parts.append(">")
    parts += (escape(part) for part in inside)
    parts += ("</", name, ">")
    return Markup("".join(parts))  # noqa: S704 - all of it is escaped or a name in our own code


def joined(parts: Iterable[str | Markup]) -> Markup:
    """Return parts one after another, each escaped unless it is Markup."""
    return Markup("".join(escape(part) for part in parts))  # noqa: S704 - all of it is escaped


def _named(key: str) -> str:
    return {"viewBox_": "viewBox", "preserve": "preserveAspectRatio"}.get(
        key, key.removesuffix("_").replace("_", "-")
    )

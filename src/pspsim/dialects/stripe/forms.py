"""Forms with brackets: ``metadata[reference]=…``, ``expand[]=…``, ``created[gte]=…``.

Source: Stripe API reference, introduction, "Errors" (``parameter_*``), "Expanding responses".
"""

import re
from typing import Final, TypeAlias
from urllib.parse import parse_qsl

from pspsim.dialects.stripe.errors import invalid

Values: TypeAlias = "dict[str, str | Values]"
_NAME: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)\Z")
_INDEX: Final = re.compile(r"\[([^\[\]]*)\]")
_WHOLE: Final = re.compile(r"-?[0-9]{1,15}\Z")


def decode(raw: bytes) -> Values:
    """Read a form into nested tables; a list is a table by position. Raises ``Refused``."""
    try:
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, strict_parsing=bool(raw), errors="strict"
        )
    except ValueError:
        raise invalid("Invalid request: the body is no form.") from None
    values: Values = {}
    for name, value in pairs:
        match = _NAME.match(name)
        if match is None:
            raise invalid(f"Invalid parameter name: {name}", param=name)
        _put(values, [match[1], *_INDEX.findall(match[2])], value)
    return values


class Form:
    """Read parameters by name and type; ``only`` refuses what nobody documents."""

    def __init__(self, values: Values) -> None:
        """Read from ``values``."""
        self._values = values

    def only(self, *names: str) -> None:
        """Refuse every parameter but ``names`` and ``expand``."""
        if "payment_method_types" in self._values:  # it was one before 2026-09-30
            raise invalid(
                "Use allowed_payment_method_types instead.",
                param="payment_method_types",
                code="payment_method_types_no_longer_supported",
            )
        for name in self._values:
            if name not in names and name != "expand":
                message = f"Unknown parameter: {name}"
                raise invalid(message, param=name, code="parameter_unknown")

    def text(self, name: str) -> str | None:
        """Return a text; an empty one is refused."""
        value = self._values.get(name)
        if isinstance(value, dict):
            raise invalid(f"Invalid string: {name}", param=name)
        if value == "":
            message = f"{name} is empty."
            raise invalid(message, param=name, code="parameter_invalid_empty")
        return value

    def needed(self, name: str) -> str:
        """Return a text that must be there."""
        value = self.text(name)
        if value is None:
            message = f"Missing required param: {name}."
            raise invalid(message, param=name, code="parameter_missing")
        return value

    def whole(self, name: str) -> int | None:
        """Return a whole number."""
        value = self.text(name)
        if value is not None and _WHOLE.match(value) is None:
            message = f"Invalid integer: {value}"
            raise invalid(message, param=name, code="parameter_invalid_integer")
        return None if value is None else int(value)

    def flag(self, name: str) -> bool:
        """Return a truth value; what is not given is false."""
        value = self.text(name)
        if value not in {None, "true", "false"}:
            raise invalid(f"Invalid boolean: {value}", param=name)
        return value == "true"

    def choice(self, name: str, *words: str) -> str | None:
        """Return one of the documented words."""
        value = self.text(name)
        if value is not None and value not in words:
            raise invalid(f"Invalid {name}: must be one of {', '.join(words)}", param=name)
        return value

    def words(self, name: str) -> list[str]:
        """Return a list of texts."""
        value = self._values.get(name, {})
        if isinstance(value, str) or not all(isinstance(each, str) for each in value.values()):
            raise invalid("Invalid array", param=name)
        return [str(each) for each in value.values()]

    def table(self, name: str) -> dict[str, str]:
        """Return a table of texts, such as metadata."""
        value = self._values.get(name, {})
        if isinstance(value, str) or not all(isinstance(each, str) for each in value.values()):
            raise invalid("Invalid hash", param=name)
        return {key: str(each) for key, each in value.items()}

    def below(self, name: str) -> "Form":
        """Return the form inside a parameter; an empty one where it is not given."""
        value = self._values.get(name, {})
        if isinstance(value, str):
            raise invalid("Invalid hash", param=name)
        return Form(value)

    def has(self, name: str) -> bool:
        """Tell whether a parameter was given."""
        return name in self._values

    def expand(self, *known: str) -> list[str]:
        """Return what is to be expanded; only what an object documents can be."""
        wanted = self.words("expand")
        for each in wanted:
            if each not in known:
                raise invalid(f"{each} cannot be expanded here.", param="expand")
        return wanted


def _put(values: Values, path: list[str], value: str) -> None:
    *above, last = path
    for name in above:
        below = values.setdefault(name, {})
        if isinstance(below, str):
            raise invalid(f"Invalid parameter: {name}", param=name)
        values = below
    values[last or str(len(values))] = value

"""How a rule that writes sentences leaves their language to whoever shows them."""

from typing import Protocol


class Say(Protocol):
    """Says a sentence, with its named values, in the language of a reader."""

    def __call__(self, sentence: str, /, **values: object) -> str:
        """Fill in the values; ``sentence`` is English, and what catalogues are searched by."""
        ...


def plainly(sentence: str, /, **values: object) -> str:
    """Say a sentence as it is written."""
    return sentence % values if values else sentence


def noted(sentence: str) -> str:
    """Mark a sentence that is said in the reader's language where it is shown."""
    return sentence


def noted_count(one: str, many: str) -> tuple[str, str]:
    """Mark a sentence about a number of things that is said where it is shown."""
    return one, many

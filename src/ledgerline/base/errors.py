"""The three kinds of failure that are not defects."""

from typing import ClassVar

from typing_extensions import override


class Rejected(Exception):
    """Say that a request was understood and refused, and that nothing changed.

    Each refusal is a subclass that stands next to the rule raising it and sets ``code``, the
    stable name a caller may branch on. ``detail`` is a sentence for people; ``facts`` are the
    values that made the rule refuse, under stable names. Both may reach the caller, so neither
    holds secrets or personal data. How a code is shown over HTTP is not known here.
    """

    code: ClassVar[str]

    def __init__(self, detail: str = "", /, **facts: object) -> None:
        """Keep the sentence and the facts of this refusal."""
        super().__init__(detail)
        self.detail = detail
        self.facts = facts

    @override
    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


class Unavailable(Exception):
    """Say that a dependency did not answer and did not act: repeating the same call is safe."""


class WrongDatabase(Unavailable):
    """Say that a database answers, but is not one this release can work with."""


class CannotDecrypt(Unavailable):
    """Say that bytes do not open: another key, another place, or not what was sealed.

    Nothing was done, and with the right key the same works. It says nothing about an erasure: then
    the data key is gone, and nobody tries.
    """


class TryAgain(Unavailable):
    """Say that the database rolled a transaction back for the sake of another, to be repeated."""


class ConstraintViolated(Exception):
    """Say that the database refused a row for a reason that no flow expects.

    A defect, and shown as one; only a job over many subjects may catch it, to set the one aside
    whose rows are refused and go on with the others.
    """

    def __init__(self, constraint: str, detail: str) -> None:
        """Keep the name of the constraint and what the database said."""
        super().__init__(f"{constraint}: {detail}")
        self.constraint = constraint


class OutcomeUnknown(Exception):
    """Say that a dependency may have acted: it has to be asked before anything is repeated.

    Not an :class:`Unavailable`, so that a clause which retries those can never swallow it.
    """


class CommitUnknown(OutcomeUnknown):
    """The connection broke during COMMIT: repeat the same transaction with the same ids."""

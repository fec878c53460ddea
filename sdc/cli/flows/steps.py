"""One step of a flow, read from a line such as `invoice 8450` or `close_year savings_cap 30000`."""

import re
from dataclasses import dataclass
from typing import Any

_NUMBER = re.compile(r"[0-9]+")


class UnreadableStepError(ValueError):
    """A step that is not a name with amounts and words."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done, with its amount in cents, if it has one, and the words behind it."""

    name: str
    amount_cents: int | None
    words: tuple[str, ...]

    @property
    def cents(self) -> int:
        """The amount of a step that can not be without.

        Raises:
            UnreadableStepError: it has none.

        """
        if self.amount_cents is None:
            raise UnreadableStepError(f"{self.name} needs an amount")
        return self.amount_cents

    def __str__(self) -> str:
        amount = [] if self.amount_cents is None else [str(self.amount_cents)]
        return " ".join([self.name, *amount, *self.words])


def read_step(written: Any) -> Step:  # noqa: ANN401 - whatever a YAML file holds
    """Read a step: text, or a mapping of its name to its amount.

    Raises:
        UnreadableStepError: it is neither.

    """
    if isinstance(written, dict) and len(written) == 1:
        (name, rest), *_ = written.items()
        written = f"{name} {' '.join(map(str, rest)) if isinstance(rest, list) else rest}"
    if not isinstance(written, str) or not written.split():
        raise UnreadableStepError(f"{written!r} is not a step")
    name, *rest = written.split()
    amount = next((word for word in rest if _NUMBER.fullmatch(word.replace("_", ""))), None)
    words = list(rest)
    if amount is not None:
        words.remove(amount)
    return Step(name, None if amount is None else int(amount), tuple(words))

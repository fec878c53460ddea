"""One step of a flow, read from a line such as `invoice 8450` or `close_year savings_cap 30000`."""

import re
from dataclasses import dataclass
from typing import Any

_NUMBER = re.compile(r"[0-9]+")
_SAID = re.compile(r"([a-z])[=:]([0-9])")


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

    def named(self, *names: str) -> tuple[int, ...]:
        """Read the amounts that follow words, such as `baseline 120000 actual 95000`.

        Raises:
            UnreadableStepError: it does not say each of them once.

        """
        said = [*self.words[:1], str(self.amount_cents), *self.words[1:]]  # the amount stood behind the first of them
        found = dict(zip(said[::2], said[1::2], strict=False))
        if set(found) != set(names) or len(said) != 2 * len(names) or not all(_NUMBER.fullmatch(one) for one in found.values()):
            raise UnreadableStepError(f"{self.name} says {' and '.join(names)}, each with its cents")
        return tuple(int(found[name]) for name in names)

    def count(self, what: str) -> int:
        """Read the one number among the words, such as `over 3 lines`.

        Raises:
            UnreadableStepError: there is none, or there are several.

        """
        numbers = [int(word) for word in self.words if _NUMBER.fullmatch(word)]
        if len(numbers) != 1 or numbers[0] < 1:
            raise UnreadableStepError(f"{self.name} says an amount, and over how many {what}")
        return numbers[0]

    def __str__(self) -> str:
        amount = [] if self.amount_cents is None else [str(self.amount_cents)]
        return " ".join([self.name, *amount, *self.words])


def read_step(written: Any) -> Step:  # noqa: ANN401 - whatever a YAML file holds
    """Read a step: text, or a mapping of its name to its amount, or to its words and amounts. `cap=300` says the same as `cap 300`.

    Raises:
        UnreadableStepError: it is neither.

    """
    if isinstance(written, dict) and len(written) == 1:
        (name, rest), *_ = written.items()
        parts = [part for item in rest.items() for part in item] if isinstance(rest, dict) else rest if isinstance(rest, list) else [rest]
        written = " ".join(str(part) for part in [name, *parts] if part is not None)
    if not isinstance(written, str) or not written.split():
        raise UnreadableStepError(f"{written!r} is not a step")
    name, *rest = _SAID.sub(r"\1 \2", written).split()
    amount = next((word for word in rest if _NUMBER.fullmatch(word.replace("_", ""))), None)
    words = list(rest)
    if amount is not None:
        words.remove(amount)
    return Step(name, None if amount is None else int(amount), tuple(words))

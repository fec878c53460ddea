"""One row of an exclusion list: whom it names, why, since when, and how the same row is known again on the next list."""

import hashlib
from dataclasses import astuple, dataclass
from datetime import date
from functools import cached_property

from vendors.screening.identity import Identity, identify_listed


@dataclass(frozen=True)
class Listed:
    """A row as it was published, its dates and numbers read. What is empty was not said."""

    last: str
    first: str
    middle: str
    business: str
    npi: str | None
    born_on: date | None
    city: str
    state: str
    type: str
    excluded_on: date | None
    reinstated_on: date | None
    waived_on: date | None
    waiver_state: str
    ends_on: date | None = None

    @cached_property
    def key(self) -> str:
        """The row as a whole: when anything in it changes, it is another row, and its match is asked about again."""
        return _digest(*map(str, astuple(self)))

    @cached_property
    def case(self) -> str:
        """Which exclusion it is, whatever has changed since: by this a reinstatement finds it."""
        names = (self.last, self.first, self.middle, self.business)
        return _digest(*(name.upper() for name in names), str(self.born_on), self.type.upper(), str(self.excluded_on))

    @property
    def identity(self) -> Identity:
        """Whom it names, in the one form that names are compared in."""
        return identify_listed(
            last=self.last,
            first=self.first,
            middle=self.middle,
            business=self.business,
            npi=self.npi,
            born_on=self.born_on,
            state=self.state,
            city=self.city,
        )


def _digest(*texts: str) -> str:
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()

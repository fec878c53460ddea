"""A history that grows from one question to the next: kept summed and sorted, so that each question does not begin anew."""

from __future__ import annotations

from datetime import date

from policy.facts import Facts
from policy.history import Past, Spend, Totals, past_of, totals_of


class Rolling:
    """What was bought so far, in order; a purchase's spends may become others, or nothing."""

    __slots__ = (
        "_by_category",
        "_by_vendor",
        "_category_cents",
        "_ends_on",
        "_may_be",
        "_places",
        "_spends",
        "_spent",
        "_starts_on",
        "_vendor_cents",
    )

    def __init__(self, spends: tuple[Spend, ...], starts_on: date, ends_on: date) -> None:
        self._spends = list(spends)
        self._starts_on, self._ends_on = starts_on, ends_on
        self._begin_anew()

    @property
    def spends(self) -> tuple[Spend, ...]:
        """The history."""
        return tuple(self._spends)

    def count_from(self, starts_on: date, ends_on: date) -> None:
        """Sum another period from now on."""
        self._starts_on, self._ends_on = starts_on, ends_on
        self._begin_anew()

    def put(self, purchase_id: str, spends: tuple[Spend, ...]) -> None:
        """Set what a purchase has spent and set aside; most often it is new, or one spend takes the place of another."""
        places = self._places.get(purchase_id, ())
        if not places:
            for spend in spends:
                self._add(spend)
        elif len(places) == len(spends):
            for place, spend in zip(places, spends, strict=True):
                self._exchange(place, spend)
        else:
            gone = {place[0] for place in places}
            self._spends = [one for number, one in enumerate(self._spends) if number not in gone] + list(spends)
            self._begin_anew()

    def facts(self, facts: Facts) -> Facts:
        """Return facts that hold this history and know its sums."""
        totals = Totals(self._spent, self._category_cents, self._vendor_cents)
        return facts.remembering(totals, Past(self._by_category, self._by_vendor, self._may_be))

    def _begin_anew(self) -> None:
        spends = tuple(self._spends)
        totals, past = totals_of(spends, self._starts_on, self._ends_on), past_of(spends)
        self._spent = totals.spent_cents
        self._category_cents, self._vendor_cents = dict(totals.by_category), dict(totals.by_vendor)
        self._by_category = {category: list(some) for category, some in past.by_category.items()}
        self._by_vendor = {vendor_id: list(some) for vendor_id, some in past.by_vendor.items()}
        self._may_be = past.may_be
        self._places: dict[str, tuple[tuple[int, int, int], ...]] = {}
        of_category: dict[str, int] = {}
        of_vendor: dict[str | None, int] = {}
        for number, spend in enumerate(spends):
            place = (number, of_category.get(spend.category, 0), of_vendor.get(spend.vendor_id, 0))
            of_category[spend.category], of_vendor[spend.vendor_id] = place[1] + 1, place[2] + 1
            if spend.purchase_id is not None:
                self._places[spend.purchase_id] = (*self._places.get(spend.purchase_id, ()), place)

    def _add(self, spend: Spend) -> None:
        same_category = self._by_category.setdefault(spend.category, [])
        same_vendor = self._by_vendor.setdefault(spend.vendor_id, [])
        if spend.purchase_id is not None:
            place = (len(self._spends), len(same_category), len(same_vendor))
            self._places[spend.purchase_id] = (*self._places.get(spend.purchase_id, ()), place)
        self._spends.append(spend)
        same_category.append(spend)
        same_vendor.append(spend)
        self._count(spend, spend.cents)
        self._may_be = self._may_be and spend.may_be

    def _exchange(self, place: tuple[int, int, int], spend: Spend) -> None:
        """Put a spend of the same purchase, so of the same category, vendor and day, where another stood."""
        number, in_category, in_vendor = place
        before = self._spends[number]
        self._spends[number] = spend
        self._by_category[spend.category][in_category] = spend
        self._by_vendor[spend.vendor_id][in_vendor] = spend
        if spend.cents != before.cents:
            self._count(spend, spend.cents - before.cents)
        self._may_be = self._may_be and spend.may_be

    def _count(self, spend: Spend, cents: int) -> None:
        if self._starts_on <= spend.on <= self._ends_on:
            self._category_cents[spend.category] = self._category_cents.get(spend.category, 0) + cents
            self._vendor_cents[spend.vendor_id] = self._vendor_cents.get(spend.vendor_id, 0) + cents
            self._spent += cents

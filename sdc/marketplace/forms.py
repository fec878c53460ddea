"""What a vendor says of itself, its people and its taxes: each value checked, lists bounded, nothing shown again in an error."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from sdc.marketplace.contact import Contact
from sdc.marketplace.describing import Profile
from sdc.marketplace.people import Disclosed
from sdc.marketplace.tax_forms import TaxForm
from sdc.web.input import CategoryCode, Day, Input, Language, Reference, Tag
from vendors import OrganisationType, PersonKind, TaxClassification, TinKind, tin_digits, why_no_npi, why_no_tin

_LABEL = r"[A-Za-z0-9]([A-Za-z0-9\-]{0,62}[A-Za-z0-9])?"
_EMAIL = rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~\-]{{1,64}}@{_LABEL}(\.{_LABEL})+$"
_PHONE = r"^\+?[0-9][0-9 ().\-]{5,23}[0-9]( ?x[0-9]{1,6})?$"
_LANGUAGE = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"
_TIME = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
_COUNTY = r"^[^\W\d_]([\w .'\u2019\-]*[\w.])?$"
_MOST_OPENINGS_A_DAY = 3
_WHOLE_BPS = 10_000
_LISTS = ("service_counties", "clientele", "languages", "accessibility", "employer_ids", "owners")

LineOfText = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\n\t]*[^\s][^\n\t]*$")]


def _npi(text: str) -> str:
    wrong = why_no_npi(text)
    if wrong:
        raise ValueError(wrong)
    return text


Npi = Annotated[str, StringConstraints(min_length=10, max_length=10), AfterValidator(_npi)]
Email = Annotated[str, StringConstraints(max_length=254, pattern=_EMAIL)]
County = Annotated[str, StringConstraints(max_length=60, pattern=_COUNTY)]
SpokenLanguage = Annotated[str, StringConstraints(max_length=12, pattern=_LANGUAGE)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Access = Literal[
    "wheelchair",
    "step_free",
    "accessible_restroom",
    "accessible_parking",
    "asl",
    "captioning",
    "large_print",
    "braille",
    "hearing_loop",
    "quiet_room",
    "low_scent",
    "service_animals",
    "near_transit",
    "home_visits",
    "telehealth",
]


class ContactIn(Input):
    """Whom the program writes to or calls, and in which language; never shown to members."""

    name: LineOfText
    email: Email
    phone: Annotated[str, StringConstraints(pattern=_PHONE)] | None = None
    language: Language = "en"

    def contact(self) -> Contact:
        """Give what is kept."""
        return Contact(name=self.name, email=self.email, phone=self.phone, language=self.language)


class OpeningIn(Input):
    """From when to when a vendor is open on a weekday, in local time; `closes` may be 24:00."""

    day: Weekday
    opens: Annotated[str, StringConstraints(pattern=_TIME)]
    closes: Annotated[str, StringConstraints(pattern=_TIME)]

    @model_validator(mode="after")
    def _opens_first(self) -> Self:
        if self.opens >= self.closes:
            message = "a vendor opens before it closes; hours past midnight are two entries"
            raise ValueError(message)
        return self


def _no_overlap(openings: list[OpeningIn]) -> list[OpeningIn]:
    for day in {one.day for one in openings}:
        that_day = sorted((one.opens, one.closes) for one in openings if one.day == day)
        if len(that_day) > _MOST_OPENINGS_A_DAY:
            message = f"a day has at most {_MOST_OPENINGS_A_DAY} times of opening"
            raise ValueError(message)
        if any(before[1] > after[0] for before, after in pairwise(that_day)):
            message = f"the hours of {day} overlap"
            raise ValueError(message)
    return openings


class PersonIn(Input):
    """An owner, or a person who manages: what screening needs of them (42 CFR 455.104), and an opaque reference if the program has one."""

    name: LineOfText
    role: PersonKind
    born_on: Annotated[date, Field(ge=date(1900, 1, 1), le=date(2199, 12, 31))] | None = None
    npi: Npi | None = None
    ownership_bps: Annotated[int, Field(ge=0, le=_WHOLE_BPS, description="the part owned, in hundredths of a percent")] | None = None
    reference: Reference | None = None

    def disclosed(self) -> Disclosed:
        """Give what is kept."""
        return Disclosed(self.name, self.role, self.born_on, self.npi, self.ownership_bps, self.reference)


class _ProfileIn(Input):
    """What a vendor may say of itself, at sign-up and later."""

    legal_name: LineOfText | None = None
    contact: ContactIn | None = None
    npi: Npi | None = None
    organisation_type: OrganisationType | None = None
    is_consumer_run: bool = False
    service_counties: Annotated[list[County], Field(max_length=254, default_factory=list)]
    clientele: Annotated[list[Tag], Field(max_length=30, default_factory=list)]
    languages: Annotated[list[SpokenLanguage], Field(max_length=30, default_factory=list, description="BCP 47, such as es or zh-Hant")]
    accessibility: Annotated[list[Access], Field(max_length=15, default_factory=list)]
    hours: Annotated[list[OpeningIn], Field(max_length=21, default_factory=list), AfterValidator(_no_overlap)]
    employer_ids: Annotated[
        list[Reference],
        Field(max_length=50, default_factory=list, description="employers, and persons of the staff, that stand close to the vendor"),
    ]
    owners: Annotated[list[Reference], Field(max_length=50, default_factory=list, description="opaque references to persons")]

    def _said(self) -> dict[str, Any]:
        """Give what a profile is made of, beside name and categories."""
        return {
            **{field: getattr(self, field) for field in ("legal_name", "npi", "organisation_type", "is_consumer_run")},
            **{field: tuple(getattr(self, field)) for field in _LISTS},
            "contact": self.contact.contact() if self.contact else None,
            "hours": tuple(one.model_dump() for one in self.hours),
        }


class VendorIn(_ProfileIn):
    """Who applies, to which program, to sell what. A name, a program and categories are enough to begin."""

    program_id: UUID
    name: LineOfText
    categories: Annotated[list[CategoryCode], Field(min_length=1, max_length=50)]
    is_directed_worker: bool = False
    persons: Annotated[list[PersonIn], Field(max_length=50, default_factory=list)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if sum(one.ownership_bps or 0 for one in self.persons) > _WHOLE_BPS:
            message = "the persons own more than the whole together"
            raise ValueError(message)
        return self

    def profile(self) -> Profile:
        """Give what the vendor says of itself."""
        return Profile(name=self.name, categories=tuple(self.categories), **self._said())


class VendorChangeIn(_ProfileIn):
    """What is to be otherwise: a field that is not named stays; a list that is named is replaced."""

    name: LineOfText | None = None
    categories: Annotated[list[CategoryCode], Field(min_length=1, max_length=50)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            message = "name at least one field to change"
            raise ValueError(message)
        kept = {"name", "categories", "contact"} & self.model_fields_set
        empty = sorted(field for field in kept if getattr(self, field) is None)
        if empty:
            message = f"{empty[0]} can be changed, not taken away"
            raise ValueError(message)
        return self

    def profile(self) -> Profile:
        """Give what was said; which fields, `model_fields_set` tells."""
        return Profile(name=self.name, categories=tuple(self.categories or ()), **self._said())


class ReasonedIn(Input):
    """Why something is ended; kept sealed for ever."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]


class TaxFormIn(Input):
    """A Form W-9: all of it, or nothing, which says that the signed form was seen elsewhere."""

    legal_name: LineOfText | None = Field(default=None, repr=False)
    tin: Annotated[str, StringConstraints(max_length=11)] | None = Field(default=None, repr=False, description="nine digits")
    tin_kind: TinKind | None = None
    classification: TaxClassification | None = None
    signed_on: Day | None = None
    is_subject_to_backup_withholding: bool | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the call says only that the form was seen."""
        return all(getattr(self, field) is None for field in type(self).model_fields)

    @model_validator(mode="after")
    def _whole_and_right(self) -> Self:
        if self.is_empty:
            return self
        missing = [field for field in type(self).model_fields if getattr(self, field) is None]
        if missing:
            message = f"a tax form is sent whole: {', '.join(missing)} is missing"
            raise ValueError(message)
        digits = tin_digits(self.tin or "")
        wrong = "tin: nine digits, such as 123-45-6789 or 12-3456789" if digits is None else None
        if digits is not None and self.tin_kind is not None:
            wrong = why_no_tin(self.tin_kind, digits)
        if wrong:
            raise ValueError(wrong)
        return self

    def form(self) -> TaxForm | None:
        """Give the form; nothing when the call only says that it was seen."""
        if self.is_empty:
            return None
        kept = self.model_dump(exclude={"tin"})
        return TaxForm(tin=tin_digits(self.tin or "") or "", **kept)


class TaxDecisionIn(Input):
    """Whether the name and number of a tax form that waits belong together, as the person who checked found."""

    is_match: bool
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")] | None = None


class WithholdingIn(Input):
    """Whether a part of each payment is kept back for the tax office from now on (26 U.S.C. 3406), and why."""

    begins: bool
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]

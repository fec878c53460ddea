"""The directory over HTTP: who is found by which words, in which order, who is not there, and that no search is written down."""

import logging
import random
from http import HTTPStatus
from uuid import uuid4

import pytest
from sqlalchemy import text as sql
from sqlalchemy import update

import vendors
from sdc.auth.principal import Role
from tests.builders import a_house, a_member, a_program, a_representative, a_staff
from tests.scripted_rail import ScriptedRail
from tests.serving import serving
from tests.shops import a_credential, a_vendor, an_offering
from vendors import Credential, OrganisationType, Vendor, VendorState
from vendors.words import words_of

HOSTILE = [
    '"',
    "*",
    "yoga*)",
    "NEAR(yoga kiln)",
    "yoga OR kiln",
    "-yoga",
    "terms:yoga",
    "yoga' & !'x",
    "yoga <-> clase",
    "%",
    "\\",
    "^yoga",
    "{yoga",
]
NO_QUESTIONS: list[dict[str, object]] = [
    {"q": "x" * 201},
    {"limit": 0},
    {"organisation_type": "castle"},
    {"category": "a b"},
    {"consumer_run": "perhaps"},
    {"program_id": "1"},
]
EVERYBODY = ["Ánfora Yoga", "Bike Barn", "Green Studio", "Peer House", "Yoga Más Cerca"]


class Town:
    """A program with some vendors, each indexed as the application would, and who looks for them."""

    def __init__(self, served, house, member):
        self.served, self.house, self.member = served, house, member

    async def opens(self, name, *titles, categories=("WELL_ALT",), descriptions=(), **columns):
        """Open a shop with some offerings, and list it."""
        vendor = await a_vendor(self.served.sessions, self.house.program, name=name, categories=list(categories), **columns)
        for title in titles:
            await an_offering(self.served.sessions, vendor, category=categories[0], title=title)
        await self.describes(vendor, *descriptions)
        return vendor

    async def describes(self, vendor, *descriptions):
        """Say more of some offerings by their titles, and list the shop anew."""
        async with self.served.sessions.begin() as session:
            known = await session.get_one(Vendor, vendor.id)
            for title, words in descriptions:
                await session.execute(update(vendors.Offering).where(vendors.Offering.title == title).values(description=words))
            await vendors.index_vendor(session, known)

    async def changes(self, vendor, **columns):
        """Change what stands of a vendor, without listing it anew."""
        async with self.served.sessions.begin() as session:
            await session.execute(update(Vendor).where(Vendor.id == vendor.id).values(**columns))

    async def finds(self, token=None, **query):
        """Search, as the member unless told."""
        response = await self.served.get("/v1/directory", token or self.member, **query)
        assert response.status_code == HTTPStatus.OK, response.text
        return response.json()["items"]

    async def names(self, q=None, **query):
        """Search for words, as the member, and name who was found."""
        return [one["name"] for one in await self.finds(**({} if q is None else {"q": q}), **query)]


@pytest.fixture
async def town(database_url):
    async with serving(database_url, rail=ScriptedRail(), raise_faults=True) as served:
        house = await a_house(served.sessions)
        town = Town(served, house, await served.token(Role.MEMBER, house.member.id))
        await town.opens("Yoga Más Cerca", "Clase suave", service_counties=["Alachua"], languages=["es"], clientele=["older_adults"])
        await town.opens("Ánfora Yoga", "Evening class", organisation_type=OrganisationType.COMPANY, languages=["en", "es-MX"])
        await town.opens(
            "Green Studio",
            "Pottery",
            "Yoga Clase",
            descriptions=[("Pottery", "Clay, glaze and a hot kiln")],
            service_counties=["Alachua", "Marion"],
            accessibility=["wheelchair"],
        )
        await town.opens("Bike Barn", "Bike repair", categories=("TRAN_BIKE",), descriptions=[("Bike repair", "after yoga, before work")])
        await town.opens("Peer House", "Warm line", is_consumer_run=True, organisation_type=OrganisationType.NONPROFIT)
        yield town


async def test_words_find_names_and_titles_before_descriptions_each_in_the_order_of_names(town):
    assert await town.names() == EVERYBODY
    assert await town.names("yoga") == ["Ánfora Yoga", "Green Studio", "Yoga Más Cerca", "Bike Barn"]
    assert await town.names("yoga clasé") == ["Green Studio", "Yoga Más Cerca"]
    assert await town.names("YOGA mas") == ["Yoga Más Cerca"]
    assert await town.names("yo") == await town.names("yoga")
    assert await town.names("yo clase") == []  # only the last word may be a beginning
    assert await town.names("kiln") == ["Green Studio"]
    assert await town.names("yoga kiln") == ["Green Studio"]


async def test_both_databases_find_what_plain_reading_finds_in_the_same_order(town):
    chance = random.Random(7)
    bits = ["yoga", "yo", "clase", "Clasé", "mas", "green", "taller", "arte", "O'Neil", "瑜伽", "3", "x"]
    shops = {}
    for _ in range(15):
        name, title = (" ".join(chance.choices(bits, k=chance.randint(1, 3))) for _ in range(2))
        words = " ".join(chance.choices(bits, k=4))
        vendor = await a_vendor(town.served.sessions, town.house.program, name=name, categories=["TRAN_BIKE"])
        offering = await an_offering(town.served.sessions, vendor, category="TRAN_BIKE", title=title)
        async with town.served.sessions.begin() as session:
            (await session.get_one(vendors.Offering, offering.id)).description = words
            await vendors.index_vendor(session, await session.get_one(Vendor, vendor.id))
        shops[vendor.id] = (words_of(name), words_of(f"{name} {title}"), words_of(f"{name} {title} {words}"))

    for _ in range(30):
        asked = " ".join(chance.choices(bits, k=chance.randint(1, 3)))
        found = await town.finds(q=asked, category="TRAN_BIKE", limit=200)
        plain = [one for one, (_, _, said) in shops.items() if holds(said, words_of(asked))]
        plain.sort(key=lambda one: (not holds(shops[one][1], words_of(asked)), " ".join(shops[one][0]), one))
        assert [one["vendor_id"] for one in found if one["name"] != "Bike Barn"] == [str(one) for one in plain], asked


def holds(said, asked):
    return all(word in said for word in asked[:-1]) and any(word.startswith(asked[-1]) for word in said)


async def test_what_a_database_could_read_as_a_command_is_text(town):
    for words in HOSTILE:
        plain = words_of(words)
        assert await town.names(words) == (await town.names(" ".join(plain)) if plain else []), words


async def test_filters_are_compared_without_case_or_signs_and_all_hold_at_once(town):
    assert await town.names(county="Alachua County, FL") == ["Green Studio", "Yoga Más Cerca"]
    assert await town.names(county="marion") == ["Green Studio"]
    assert await town.names(language="es") == ["Ánfora Yoga", "Yoga Más Cerca"]
    assert await town.names(language="es-MX") == ["Ánfora Yoga"]
    assert await town.names(clientele="Older adults") == ["Yoga Más Cerca"]
    assert await town.names(accessibility="wheelchair") == ["Green Studio"]
    assert await town.names(organisation_type="company") == ["Ánfora Yoga"]
    assert await town.names(category="TRAN_BIKE") == ["Bike Barn"]
    assert await town.names(consumer_run="true") == ["Peer House"]
    assert await town.names("class", consumer_run="false") == ["Ánfora Yoga"]
    assert await town.names("class", consumer_run="true") == []
    assert await town.names("yoga", county="Alachua", language="es") == ["Yoga Más Cerca"]
    assert await town.names("clase", county="Marion", category="TRAN_BIKE") == []


async def test_a_vendor_is_shown_with_what_answers_and_marked_where_members_run_it(town):
    [green] = await town.finds(q="yoga clase", county="Marion")
    [peers] = await town.finds(q="peer")

    assert [one["title"] for one in green["offerings"]] == ["Yoga Clase"]
    assert green["offerings"][0].keys() >= {"id", "title", "unit", "unit_price_cents", "is_verified"}
    assert (peers["is_consumer_run"], [one["title"] for one in peers["offerings"]]) == (True, ["Warm line"])
    assert not green.keys() & {"owners", "reason", "payee_id", "has_tax_form", "excluded_on", "npi"}


async def test_pages_follow_one_another_without_a_gap_or_a_double(town):
    names, cursor = [], None
    for _ in range(9):
        query = {"limit": 1, "q": "yoga"} | ({"cursor": cursor} if cursor else {})
        page = (await town.served.get("/v1/directory", town.member, **query)).json()
        names += [one["name"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert names == await town.names("yoga")
    for wrong in ("x", "e30", "WzAsICJhIiwgMV0", "WzIsICJhIiwgIjAwIl0"):
        assert (await town.served.get("/v1/directory", town.member, cursor=wrong)).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


async def test_who_is_or_may_be_excluded_suspended_or_rejected_is_not_there(town):
    vendor = await town.opens("Zebra Yoga", "Yoga")
    clear = {"on_leie": False, "on_sam": False, "on_state_list": False, "has_possible_match": False, "state": VendorState.ACTIVE}

    for name in ("on_leie", "on_sam", "on_state_list", "has_possible_match"):
        await town.changes(vendor, **clear | {name: True})
        assert "Zebra Yoga" not in await town.names("yoga", include_unverified="true")
    for state in (VendorState.SUSPENDED, VendorState.REJECTED):
        await town.changes(vendor, **clear | {"state": state})
        assert "Zebra Yoga" not in await town.names("yoga", include_unverified="true")
    await town.changes(vendor, **clear)
    assert "Zebra Yoga" in await town.names("yoga")


async def test_who_has_only_applied_is_shown_when_asked_for_and_marked(town):
    await town.opens("Zebra", "Zebra ride", state=VendorState.APPLIED)

    assert await town.names("zebra") == []
    [zebra] = await town.finds(q="zebra", include_unverified="true")
    assert (zebra["state"], zebra["is_verified"], zebra["unverified_because"]) == ("applied", False, ["application"])


async def test_who_needs_a_licence_is_shown_once_a_person_has_verified_it_and_while_it_is_good(town):
    dentist = await town.opens("Smile", "Cleaning", categories=("HLTH_DENTAL", "WELL_ALT"))
    await an_offering(town.served.sessions, dentist, category="WELL_ALT", title="Breathing")
    await town.describes(dentist)
    licence = await a_credential(town.served.sessions, dentist, kind="dental_license")

    [part] = await town.finds(q="smile")
    [whole] = await town.finds(q="smile", include_unverified="true")

    assert [one["title"] for one in part["offerings"]] == ["Breathing"]
    assert {one["title"]: one["is_verified"] for one in whole["offerings"]} == {"Breathing": True, "Cleaning": False}
    assert await town.names("cleaning") == []
    assert await town.names(category="HLTH_DENTAL") == []
    [marked] = await town.finds(category="HLTH_DENTAL", include_unverified="true")
    assert (marked["is_verified"], marked["unverified_because"]) == (False, ["credential"])

    director = await town.served.token(
        Role.DIRECTOR, (await a_staff(town.served.sessions, Role.DIRECTOR, program_ids=[town.house.program.id])).id
    )
    verified = await town.served.post(
        f"/v1/vendors/{dentist.id}/credentials/{licence.id}/verify", {"source": "state licence look-up"}, director
    )
    assert verified.json()["is_verified"]
    assert await town.names("cleaning") == ["Smile"]
    async with town.served.sessions.begin() as session:
        await session.execute(update(Credential).where(Credential.id == licence.id).values(expires_on=town.served.clock.now().date()))
    assert await town.names("cleaning") == ["Smile"]
    town.served.clock.move(days=1)
    assert await town.names("cleaning") == []


async def test_a_change_over_http_is_found_at_once(town):
    vendor = await town.opens("Corner", categories=("WELL_ALT",))
    seller = await town.served.token(Role.VENDOR, vendor.id)
    body = {"category": "WELL_ALT", "title": "Tai chi", "description": "by the lake", "unit": "class", "unit_price_cents": 1_000}

    made = (await town.served.post(f"/v1/vendors/{vendor.id}/offerings", body, seller)).json()
    assert await town.names("lake") == ["Corner"]
    assert (await town.served.post(f"/v1/offerings/{made['id']}/retire", None, seller)).status_code == HTTPStatus.OK
    assert await town.names("tai") == []
    assert (await town.served.post(f"/v1/offerings/{made['id']}/restore", None, seller)).status_code == HTTPStatus.OK
    assert await town.names("tai") == ["Corner"]


async def test_a_new_vendor_is_listed_with_its_application(town):
    body = {"program_id": str(town.house.program.id), "name": "Nueva Luz", "categories": ["WELL_ALT"]}
    assert (await town.served.post("/v1/vendors", body)).status_code == HTTPStatus.CREATED

    assert await town.names("luz") == []
    assert await town.names("luz", include_unverified="true") == ["Nueva Luz"]


async def test_a_flood_of_words_is_cut_short_and_its_vendor_is_found_by_its_name(town):
    vendor = await a_vendor(town.served.sessions, town.house.program, name="Word Flood", categories=["TRAN_BIKE"])
    async with town.served.sessions.begin() as session:
        for shop in range(80):
            words = " ".join(chr(0x4E00 + shop) + chr(0x4E00 + word) * 62 for word in range(31))
            vendors.add_offering(
                session,
                id=uuid4(),
                vendor_id=vendor.id,
                category="TRAN_BIKE",
                title=f"Thing {shop}",
                description=words,
                unit="each",
                unit_price_cents=100,
                tags=[],
            )
        await vendors.index_vendor(session, await session.get_one(Vendor, vendor.id))

    assert await town.names("flood") == ["Word Flood"]


async def test_who_may_look_looks_in_their_own_program(town):
    sessions, program = town.served.sessions, town.house.program
    other = await a_program(sessions)
    stranger = await town.served.token(Role.MEMBER, (await a_member(sessions, other)).id)
    helper = await town.served.token(Role.REPRESENTATIVE, (await a_representative(sessions, town.house.member)).id)
    broker = await town.served.token(Role.BROKER, town.house.broker.id)
    both = await town.served.token(Role.AUDITOR, (await a_staff(sessions, Role.AUDITOR, program_ids=[program.id, other.id])).id)

    assert await town.finds(stranger) == []
    assert [one["name"] for one in await town.finds(helper)] == [one["name"] for one in await town.finds(broker)] == EVERYBODY
    assert (await town.served.get("/v1/directory", both)).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert len(await town.finds(both, program_id=str(program.id))) == len(EVERYBODY)
    for wrong in (str(program.id), str(uuid4())):
        assert (await town.served.get("/v1/directory", stranger, program_id=wrong)).status_code == HTTPStatus.NOT_FOUND
    for role in (Role.VENDOR, Role.PAYER):
        assert (await town.served.get("/v1/directory", await town.served.token(role))).status_code == HTTPStatus.FORBIDDEN
    assert (await town.served.get("/v1/directory")).status_code == HTTPStatus.UNAUTHORIZED


async def test_a_question_that_is_none_is_refused(town):
    for query in NO_QUESTIONS:
        refused = await town.served.get("/v1/directory", town.member, **query)
        assert refused.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}, query
        assert refused.headers["content-type"].startswith("application/problem+json")


async def test_what_was_looked_for_is_in_no_log_and_in_no_row(town, capsys, caplog):
    caplog.set_level(logging.DEBUG)
    for query in ({"q": "quetiapine"}, {"county": "quetiapine"}, {"q": "quetiapine", "cursor": "x"}):
        await town.served.get("/v1/directory", town.member, **query)

    said = capsys.readouterr()
    assert "/v1/directory" in said.out + said.err
    assert "quetiapine" not in (said.out + said.err).replace(caplog.text, "")
    async with town.served.sessions.read() as session:
        events = (await session.execute(sql("SELECT * FROM journal_events"))).all()
    assert "quetiapine" not in str(events)

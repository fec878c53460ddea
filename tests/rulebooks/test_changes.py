"""What changed between two versions is told in words over HTTP and on the command line, to all staff."""

import json

import anyio.to_thread
import pytest

from sdc.auth.principal import STAFF_ROLES, Role
from tests.cli.typing_commands import sdc
from tests.rulebooks.office import FLORIDA, LOWER, PATH, an_office, florida

EN = "Rule A01: the amount above which it speaks changed from $50.00 to $45.00."
ES = "Regla A01: la cantidad por encima de la cual se aplica cambió de $50.00 a $45.00."


async def test_a_draft_is_compared_with_the_version_before_it(database_url):
    async with an_office(database_url) as office:
        await office.draft()

        told = await office.served.get(f"{PATH}/2/changes", office.broker)

        assert told.json() == {
            "name": "florida",
            "from_version": 1,
            "to_version": 2,
            "items": [{"rule": "A01", "what": "limit", "message": EN}],
            "next_cursor": None,
        }


async def test_the_words_are_in_the_caller_s_language(sqlite_url):
    async with an_office(sqlite_url) as office:
        await office.draft()

        told = await office.served.http.get(
            f"{PATH}/2/changes", headers={"Authorization": f"Bearer {office.broker}", "Accept-Language": "es"}
        )

        assert [one["message"] for one in told.json()["items"]] == [ES]


async def test_any_two_versions_are_compared(sqlite_url):
    async with an_office(sqlite_url) as office:
        await office.published(effective_from="2026-10-20")
        await office.draft(florida(("WELL_GYM: 60000", "WELL_GYM: 50000")))

        since_last = (await office.served.get(f"{PATH}/3/changes", office.broker)).json()
        since_first = (await office.served.get(f"{PATH}/3/changes", office.broker, **{"from": 1})).json()

        assert (since_last["from_version"], {one["rule"] for one in since_last["items"]}) == (2, {"A01", "B02"})
        assert (since_first["from_version"], {one["rule"] for one in since_first["items"]}) == (1, {"B02"})


@pytest.mark.parametrize(
    ("path", "status"),
    [("1/changes", 404), ("9/changes", 404), ("2/changes?from=9", 404), ("2/changes?from=0", 422), ("2/changes?from=x", 422)],
)
async def test_what_is_not_there_is_not_compared(sqlite_url, path, status):
    async with an_office(sqlite_url) as office:
        await office.draft()

        assert (await office.served.get(f"{PATH}/{path}", office.broker)).status_code == status


@pytest.mark.parametrize("role", list(Role))
async def test_all_staff_read_changes_and_nobody_else(sqlite_url, role):
    async with an_office(sqlite_url) as office:
        await office.draft()

        answer = await office.served.get(f"{PATH}/2/changes", await office.served.token(role))

        assert answer.status_code == (200 if role in STAFF_ROLES else 403)


def test_files_and_shipped_rulebooks_are_compared_on_the_command_line(tmp_path):
    file = tmp_path / "lower.yaml"
    file.write_text(LOWER)

    in_english = sdc("policy", "diff", "florida", str(file))
    in_spanish = sdc("policy", "diff", "florida", str(file), "--language", "es")

    assert (in_english.code, in_english.out.splitlines()[0]) == (0, EN)
    assert in_english.out.splitlines()[-1].startswith("1 change: florida version 1 (")
    assert in_spanish.out.splitlines()[0] == ES


async def test_versions_in_the_database_are_compared_on_the_command_line(sqlite_url, tmp_path):
    async with an_office(sqlite_url) as office:
        await office.draft()
    same = tmp_path / "same.yaml"
    same.write_text(FLORIDA)

    told = json.loads((await in_a_thread("florida@1", "florida@2", sqlite_url)).out)
    nothing = json.loads((await in_a_thread(str(same), "florida@1", sqlite_url)).out)
    missing = await in_a_thread("florida@1", "florida@7", sqlite_url)

    assert [(one["rule"], one["en"], one["es"]) for one in told["changes"]] == [("A01", EN, ES)]
    assert (told["from"]["version"], told["to"]["version"]) == (1, 2)
    assert nothing["changes"] == []
    assert missing.code == 1


@pytest.mark.parametrize("named", ["nevada", "no/such/file.yaml", "florida@0", "florida@"])
def test_a_name_that_is_none_is_refused_with_those_there_are(named):
    refused = sdc("policy", "diff", "florida", named)

    assert refused.code == 1
    assert "washington_new_freedom" in refused.err


def test_a_file_that_is_no_rulebook_is_refused_with_its_line(tmp_path):
    file = tmp_path / "wrong.yaml"
    file.write_text(FLORIDA.replace("A01: {params: {over_cents: 5000}", "A01: {params: {ovr_cents: 5000}"))

    refused = sdc("policy", "diff", "florida", str(file))

    assert refused.code == 1
    assert "ovr_cents" in refused.err
    assert "line" in refused.err


async def in_a_thread(old, new, url):
    """Type the command where no event loop runs."""
    return await anyio.to_thread.run_sync(lambda: sdc("policy", "diff", old, new, "--json", database_url=url))

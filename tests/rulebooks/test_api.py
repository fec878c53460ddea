"""Rulebooks are open to all staff, word for word; to nobody else."""

import pytest

from sdc.auth.principal import STAFF_ROLES, Role
from tests.builders import publish_rulebooks
from tests.serving import serving


async def test_staff_read_a_rulebook_with_every_rule_in_both_languages(database_url):
    async with serving(database_url) as here:
        await publish_rulebooks(here.sessions)
        broker = await here.token(Role.BROKER)

        listed = (await here.get("/v1/rulebooks", broker)).json()["items"]
        versions = (await here.get("/v1/rulebooks/florida/versions", broker)).json()["items"]
        whole = (await here.get("/v1/rulebooks/florida/versions/1", broker)).json()

        assert {one["name"] for one in listed} >= {"florida", "texas"}
        assert [(one["version"], one["hash"]) for one in versions] == [(1, whole["hash"])]
        clinical_share = next(rule for rule in whole["rules"] if rule["id"] == "B03")
        assert clinical_share["params"]["min_clinical_share"] == 4_800
        assert clinical_share["message"]["en"]
        assert clinical_share["message"]["es"]
        assert "WELL_GYM" in {category["code"] for category in whole["categories"]}
        assert whole["effective_from"] == "2000-01-01"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nevada/versions", 404),
        ("florida/versions/2", 404),
        ("florida/versions/0", 422),
        ("florida/versions/x", 404),
        ("Flor%00ida/versions", 422),
    ],
)
async def test_what_is_not_published_is_not_found(sqlite_url, path, status):
    async with serving(sqlite_url) as here:
        await publish_rulebooks(here.sessions)

        assert (await here.get(f"/v1/rulebooks/{path}", await here.token(Role.ADMIN))).status_code == status


@pytest.mark.parametrize("role", list(Role))
async def test_all_staff_read_rulebooks_and_nobody_else(sqlite_url, role):
    async with serving(sqlite_url) as here:
        answer = await here.get("/v1/rulebooks", await here.token(role))

        assert answer.status_code == (200 if role in STAFF_ROLES else 403)

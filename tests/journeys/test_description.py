"""The description of the API is true: requests made from it by schemathesis are answered as it says, whoever asks."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from litestar.routes import HTTPRoute
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.config import ChecksConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.config._checks import NegativeDataRejectionConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from sdc.app import create_app
from sdc.auth.permissions import ALLOWED
from sdc.auth.principal import Role
from sdc.config import read_settings
from sdc.database import Sessions
from tests.journeys.town import Town
from tests.serving import StandingClock, bearer
from tests.vendors.rails.running import a_rail

CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
SOMEBODY = {
    Role.MEMBER: "ana",
    Role.REPRESENTATIVE: "representative",
    Role.BROKER: "broker",
    Role.DIRECTOR: "director",
    Role.VENDOR: "gym",
    Role.AUDITOR: "auditor",
    Role.ADMIN: "admin",
    Role.PAYER: "payer",
}
EXAMPLES = 2
MANY_EXAMPLES = 40
REFUSALS = ["400", "401", "403", "404", "405", "409", "413", "415", "422", "429"]
"""What may be answered to a request that the description forbids; a long list can be a body that is too large."""
LONGEST_COMPLAINT = 600


@pytest.fixture
def described(sqlite_place, sandbox) -> Iterator[tuple[Any, Any, Town]]:
    """Give the application, its description, and who lives there."""
    with an_application(sqlite_place, sandbox) as given:
        yield given


def test_the_description_is_true_for_an_administrator(described):
    app, schema, town = described

    assert complaints(app, schema, town, examples=EXAMPLES, as_admin=True) == []


def test_the_description_is_true_for_whom_a_route_is_made(described):
    app, schema, town = described

    assert complaints(app, schema, town, examples=EXAMPLES, as_admin=False) == []


@pytest.mark.soak
@pytest.mark.parametrize("as_admin", [True, False])
def test_the_description_is_true_of_many_requests(described, as_admin):
    app, schema, town = described

    assert complaints(app, schema, town, examples=MANY_EXAMPLES, as_admin=as_admin) == []


def complaints(app: Any, schema: Any, town: Town, *, examples: int, as_admin: bool) -> list[str]:
    """Ask every operation for things it takes and things it must refuse, and list what was not answered as described."""
    found: list[str] = []
    for result in schema.get_all_operations():
        operation = result.ok()
        token = town.tokens["admin" if as_admin else SOMEBODY[_role_of(app, operation)]]
        for mode in GenerationMode:
            found += _ask(operation, mode, token, town, examples=examples)
    return found


def _ask(operation: Any, mode: GenerationMode, token: str, town: Town, *, examples: int) -> list[str]:
    found: list[str] = []
    ids = {name: str(value) for name, value in _ids_of(town).items() if f"{{{name}}}" in operation.path}

    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode), st.booleans())
    def ask(case: Any, knows: bool) -> None:  # noqa: FBT001 - hypothesis draws it
        if knows and mode is GenerationMode.POSITIVE:
            case.path_parameters |= ids
            if "program_id" in (case.query or {}):
                case.query["program_id"] = str(town.program.id)
        try:
            case.call_and_validate(headers=bearer(token), checks=CHECKS)
        except FailureGroup as group:
            found.extend(_complaint(operation, mode, failure, case) for failure in group.exceptions)

    try:
        ask()
    except Exception as error:
        if "Unsatisfiable" not in type(error).__name__:
            raise
    return found


def _complaint(operation: Any, mode: GenerationMode, failure: BaseException, case: Any) -> str:
    return f"{operation.label} {mode.value}: {' '.join(str(failure).split())} {case.as_curl_command()}"[:LONGEST_COMPLAINT]


def _role_of(app: Any, operation: Any) -> Role:
    """Choose somebody for whom an operation is made, not the administrator where it is anybody else."""
    handler = next(
        handler
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path_format == operation.path
        for method, (handler, _) in route.route_handler_map.items()
        if method == operation.method.upper()
    )
    permission = handler.opt.get("permission")
    allowed = ALLOWED[permission] if permission else frozenset(Role)
    return next((role for role in SOMEBODY if role in allowed and role is not Role.ADMIN), Role.ADMIN)


def _ids_of(town: Town) -> dict[str, UUID]:
    return {
        "program_id": town.program.id,
        "source_id": town.source.id,
        "member_id": town.ids["ana"],
        "budget_id": town.budgets["ana"].id,
        "plan_id": town.plans["ana"].id,
        "vendor_id": town.ids["gym"],
    }


@contextmanager
def an_application(place: tuple[str, Town], sandbox: str) -> Iterator[tuple[Any, Any, Town]]:
    """Serve the town in the event loop that schemathesis keeps."""
    logging.getLogger("schemathesis").setLevel(logging.ERROR)
    url, town = place
    portal, sessions, rail = asgi._get_portal(), Sessions(url), a_rail(sandbox, read_seconds=10.0)
    portal.call(rail.open)
    try:
        app = create_app(read_settings({"SDC_DATABASE_URL": url}), sessions=sessions, clock=StandingClock(), rail=rail)
        schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=_config())
        del schema.raw_schema["security"]  # we send the token: leaving it out is not what is tried here
        yield app, schema, town
    finally:
        asgi.shutdown_lifespans()
        portal.call(rail.aclose)
        portal.call(sessions.close)


def _config() -> SchemathesisConfig:
    checks = ChecksConfig(negative_data_rejection=NegativeDataRejectionConfig(expected_statuses=REFUSALS))
    return SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(checks=checks)))

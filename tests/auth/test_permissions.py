"""One table says what each role may do, and a route that is not in it keeps the application from starting."""

import pytest
from litestar import Litestar, get

from sdc.auth.guards import refuse_undeclared_routes
from sdc.auth.permissions import ALLOWED, Permission
from sdc.auth.principal import Role
from sdc.errors import ConfigurationError


def test_every_permission_has_its_row():
    assert ALLOWED.keys() == set(Permission)


def test_nobody_who_is_paid_or_audits_can_say_yes_to_a_purchase():
    assert ALLOWED[Permission.APPROVE_PURCHASES] == {Role.BROKER, Role.DIRECTOR, Role.PAYER}


def test_a_vendor_sees_nothing_of_members():
    of_members = {
        Permission.SEE_MEMBERS,
        Permission.SEE_PURCHASES,
        Permission.SEE_PLANS,
        Permission.SEE_BUDGETS,
        Permission.SEE_NOTICES,
        Permission.SEE_LEDGER,
    }

    assert not {permission for permission in of_members if Role.VENDOR in ALLOWED[permission]}


def test_an_auditor_only_reads():
    assert all(p.value.startswith(("see", "read", "search", "verify", "apply")) for p in Permission if Role.AUDITOR in ALLOWED[p])


def test_a_route_that_declares_no_permission_keeps_the_application_from_starting():
    @get("/v1/forgotten", sync_to_thread=False)
    def forgotten() -> None:
        return None

    with pytest.raises(ConfigurationError, match="/v1/forgotten"):
        refuse_undeclared_routes(Litestar([forgotten], openapi_config=None))

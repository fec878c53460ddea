"""The guide to the sandbox names every call, every fault and every setting that there is."""

from pathlib import Path

import pytest

from vendors.rails.sandbox import control
from vendors.rails.sandbox.faults import TROUBLES
from vendors.rails.sandbox.routes import ROUTES

GUIDE = (Path(__file__).parents[4] / "docs" / "sandbox.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("trouble", TROUBLES)
def test_every_fault_is_told(trouble):
    assert f"`{trouble}`" in GUIDE


@pytest.mark.parametrize("template", sorted({route.template.partition("/{id}")[0] for route in ROUTES}))
def test_every_call_is_told(template):
    assert template in GUIDE


@pytest.mark.parametrize(
    "name", [*control.SETTINGS_SHAPE, *control.WEBHOOK_SHAPE, *control.CLOCK_SHAPE, *control.ACCOUNT_SHAPE, *control.PAYOUT_SHAPE]
)
def test_every_setting_is_told(name):
    assert name in GUIDE

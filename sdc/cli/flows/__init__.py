"""Flows: steps with the balances they must leave, run through the application's own verbs (`sdc books test`)."""

from sdc.cli.flows.testing import test_flows

__all__ = ["test_flows"]

"""Every table of the database, gathered: the application's, the vendors' and the ledger's."""

import ledger
import vendors
from sdc.audit import model as _audit
from sdc.auth import principal as _principal
from sdc.bills import model as _bills
from sdc.bills import refund as _refunds
from sdc.budgets import model as _budgets
from sdc.changes import model as _changes
from sdc.clock import ClockOffset as _ClockOffset
from sdc.database import Base
from sdc.documents import model as _documents
from sdc.idempotency import model as _idempotency
from sdc.journal import model as _journal
from sdc.marketplace import model as _marketplace
from sdc.members import model as _members
from sdc.notices import model as _notices
from sdc.outbox import model as _outbox
from sdc.payments import afterwards_model as _afterwards
from sdc.payments import bank_model as _bank_leg
from sdc.payments import model as _payments
from sdc.plans import model as _plans
from sdc.programs import model as _programs
from sdc.purchases import model as _purchases
from sdc.rulebooks import model as _rulebooks

MODELS = (
    _afterwards,
    _audit,
    _bank_leg,
    _principal,
    _bills,
    _budgets,
    _changes,
    _ClockOffset,
    _documents,
    _idempotency,
    _journal,
    _marketplace,
    _members,
    _notices,
    _outbox,
    _payments,
    _plans,
    _programs,
    _purchases,
    _refunds,
    _rulebooks,
)
"""Importing a model adds its tables to `Base.metadata`."""

METADATA = [Base.metadata, vendors.VendorBase.metadata, ledger.metadata]

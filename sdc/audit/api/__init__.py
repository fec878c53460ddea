"""Routes of the auditor: the ledger and its proofs, and what was reconciled with the processor."""

from sdc.audit.api import ledger, reconciliations

HANDLERS = [*ledger.HANDLERS, *reconciliations.HANDLERS]

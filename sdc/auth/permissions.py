"""The one table of what each role may do; whose objects they may do it to is a filter in each feature's queries."""

from enum import StrEnum

from sdc.auth.principal import Role

ME, REP, BRO, DIR, VEN, AUD, ADM, PAY = (
    Role.MEMBER,
    Role.REPRESENTATIVE,
    Role.BROKER,
    Role.DIRECTOR,
    Role.VENDOR,
    Role.AUDITOR,
    Role.ADMIN,
    Role.PAYER,
)


class Permission(StrEnum):
    """What a route lets its caller do; its value completes "the role X may not …"."""

    SEE_MYSELF = "see who they are"
    MANAGE_TOKENS = "issue or revoke tokens"
    MANAGE_PROGRAMS = "set up payers, programs, funding and staff"
    SEE_PROGRAMS = "see programs"
    MANAGE_MEMBERS = "enrol members, brokers and representatives"
    SEE_MEMBERS = "see members"
    SEE_NOTICES = "read notices"
    ALLOCATE_BUDGETS = "allocate budgets"
    SEE_BUDGETS = "see budgets"
    CLOSE_MONTHS = "set baselines or close months"
    SEE_MONTHS = "see baselines and closed months"
    WRITE_PLANS = "write plans"
    SEE_PLANS = "see plans"
    SIGN_PLANS = "sign plans"
    APPROVE_PLANS = "approve plans"
    ASK_CHANGES = "move money between lines, or save it"
    SEE_CHANGES = "see moves and savings"
    DECIDE_CHANGES = "approve or decline moves and savings"
    SEE_RULEBOOKS = "read rulebooks"
    DRAFT_RULEBOOKS = "draft or check rulebooks"
    PUBLISH_RULEBOOKS = "publish rulebooks"
    APPLY_AS_VENDOR = "apply as a vendor"
    SEE_VENDORS = "see vendors"
    EDIT_VENDORS = "change a vendor's record"
    REVIEW_VENDORS = "approve, reject, suspend, reinstate or screen vendors"
    SEE_VENDOR_PAPERS = "see the papers of vendors"
    SEE_VENDOR_RECORDS = "see the people, events, tax form and messages of a vendor"
    SEE_EXCLUSION_LISTS = "see exclusion lists and the runs over them"
    RUN_SCREENINGS = "have everybody looked up on the exclusion lists"
    DECIDE_MATCHES = "see or decide matches with exclusion lists"
    SEE_OFFERINGS = "see offerings"
    SEE_EXPIRING_CREDENTIALS = "see whose credentials are over soon or wait for a look"
    SEARCH_DIRECTORY = "search the directory"
    REQUEST_PURCHASES = "ask for purchases"
    SEE_PURCHASES = "see purchases"
    APPROVE_PURCHASES = "approve or decline purchases"
    REVIEW_PURCHASES = "ask about or tag purchases"
    REVIEW_EMERGENCIES = "look at emergencies after the fact"
    SEE_EMERGENCIES = "see which emergencies are to be looked at"
    ANSWER_QUESTIONS = "answer questions on purchases"
    CANCEL_PURCHASES = "cancel purchases"
    ADD_DOCUMENTS = "add documents"
    SEE_DOCUMENTS = "read documents"
    GIVE_CONSENT = "let a vendor know who an order is for"
    SEE_CONSENTS = "see what a vendor may know"
    DELIVER = "say that something was delivered"
    CONFIRM_DELIVERIES = "confirm deliveries"
    DISPUTE_DELIVERIES = "dispute deliveries"
    SEE_ORDERS = "see orders"
    SEND_BILLS = "send bills"
    SEE_BILLS = "see bills"
    REVIEW_BILLS = "approve or reject bills"
    REVERSE_BILLS = "reverse bills"
    REFUND_BILLS = "record or waive refunds"
    CONSENT_TO_OFFSETS = "consent to an offset"
    SEE_REFUNDS = "see refunds"
    SEE_PAYMENTS = "see payments"
    SEE_PAYMENT_MOVES = "see why payments were retried or resolved"
    STEER_PAYMENTS = "pause, resume, cancel, retry or resolve payments"
    BUILD_PAYMENT_BATCHES = "build payment batches"
    RELEASE_PAYMENT_BATCHES = "release or cancel payment batches"
    SEE_PAYMENT_BATCHES = "see payment batches"
    SEE_RAIL_EVENTS = "see the processor's events and what was refused"
    SEE_RECONCILIATIONS = "see reconciliations"
    END_COOLING_OFF = "end the wait after a change of bank details"
    REMIT_MONEY = "record what was paid on to a tax office or a state"
    SEE_REMITTANCES = "see what was paid on to a tax office or a state"
    SEE_YEAR_TOTALS = "see a vendor's year totals"
    GATHER_YEAR_TOTALS = "gather year totals across vendors"
    CLOSE_BUDGETS = "close budgets"
    SEE_LEDGER = "read the ledger"
    VERIFY_LEDGER = "verify the ledger"


ALLOWED: dict[Permission, frozenset[Role]] = {
    Permission.SEE_MYSELF: frozenset(Role),
    Permission.MANAGE_TOKENS: frozenset({ADM}),
    Permission.MANAGE_PROGRAMS: frozenset({ADM}),
    Permission.SEE_PROGRAMS: frozenset({ADM, AUD, DIR, BRO, PAY}),
    Permission.MANAGE_MEMBERS: frozenset({ADM}),
    Permission.SEE_MEMBERS: frozenset({ADM, AUD, DIR, BRO, ME, REP}),
    Permission.SEE_NOTICES: frozenset({ME, REP, BRO, DIR, AUD}),
    Permission.ALLOCATE_BUDGETS: frozenset({ADM}),
    Permission.SEE_BUDGETS: frozenset({ME, REP, BRO, DIR, AUD, ADM}),
    Permission.CLOSE_MONTHS: frozenset({ADM, DIR, PAY}),
    Permission.SEE_MONTHS: frozenset({ME, REP, BRO, DIR, AUD, ADM, PAY}),
    Permission.WRITE_PLANS: frozenset({ME, REP, BRO}),
    Permission.SEE_PLANS: frozenset({ME, REP, BRO, DIR, AUD}),
    Permission.SIGN_PLANS: frozenset({ME, REP}),
    Permission.APPROVE_PLANS: frozenset({BRO}),
    Permission.ASK_CHANGES: frozenset({ME, REP, BRO}),
    Permission.SEE_CHANGES: frozenset({ME, REP, BRO, DIR, AUD, ADM, PAY}),
    Permission.DECIDE_CHANGES: frozenset({BRO, DIR, PAY}),
    Permission.SEE_RULEBOOKS: frozenset({ADM, AUD, DIR, BRO, PAY}),
    Permission.DRAFT_RULEBOOKS: frozenset({ADM, DIR}),
    Permission.PUBLISH_RULEBOOKS: frozenset({ADM, DIR}),
    Permission.APPLY_AS_VENDOR: frozenset(Role),
    Permission.SEE_VENDORS: frozenset({ADM, AUD, DIR, BRO, ME, REP, VEN}),
    Permission.EDIT_VENDORS: frozenset({VEN, ADM, DIR}),
    Permission.REVIEW_VENDORS: frozenset({ADM, DIR}),
    Permission.SEE_VENDOR_PAPERS: frozenset({ADM, AUD, DIR, VEN}),
    Permission.SEE_VENDOR_RECORDS: frozenset({VEN, ADM, DIR, AUD}),
    Permission.SEE_EXCLUSION_LISTS: frozenset({ADM, DIR, AUD}),
    Permission.RUN_SCREENINGS: frozenset({ADM}),
    Permission.DECIDE_MATCHES: frozenset({ADM, DIR}),
    Permission.SEE_OFFERINGS: frozenset({ADM, AUD, DIR, BRO, ME, REP, VEN}),
    Permission.SEE_EXPIRING_CREDENTIALS: frozenset({ADM, AUD, DIR}),
    Permission.SEARCH_DIRECTORY: frozenset({ME, REP, BRO, DIR, AUD, ADM}),
    Permission.REQUEST_PURCHASES: frozenset({ME, REP, BRO}),
    Permission.SEE_PURCHASES: frozenset({ME, REP, BRO, DIR, AUD, ADM, PAY}),
    Permission.APPROVE_PURCHASES: frozenset({BRO, DIR, PAY}),
    Permission.REVIEW_PURCHASES: frozenset({BRO, DIR}),
    Permission.REVIEW_EMERGENCIES: frozenset({BRO, DIR, PAY}),
    Permission.SEE_EMERGENCIES: frozenset({BRO, DIR, PAY, AUD, ADM}),
    Permission.ANSWER_QUESTIONS: frozenset({ME, REP}),
    Permission.CANCEL_PURCHASES: frozenset({ME, REP, BRO}),
    Permission.ADD_DOCUMENTS: frozenset({ME, REP, BRO, VEN}),
    Permission.SEE_DOCUMENTS: frozenset({ME, REP, BRO, DIR, AUD, VEN, ADM}),
    Permission.GIVE_CONSENT: frozenset({ME, REP}),
    Permission.SEE_CONSENTS: frozenset({ME, REP, BRO, DIR, AUD}),
    Permission.DELIVER: frozenset({VEN}),
    Permission.CONFIRM_DELIVERIES: frozenset({ME, REP, BRO}),
    Permission.DISPUTE_DELIVERIES: frozenset({ME, REP}),
    Permission.SEE_ORDERS: frozenset({VEN}),
    Permission.SEND_BILLS: frozenset({VEN, BRO}),
    Permission.SEE_BILLS: frozenset({VEN, BRO, DIR, AUD, ADM}),
    Permission.REVIEW_BILLS: frozenset({BRO, DIR}),
    Permission.REVERSE_BILLS: frozenset({DIR, ADM}),
    Permission.REFUND_BILLS: frozenset({DIR, ADM}),
    Permission.CONSENT_TO_OFFSETS: frozenset({VEN, DIR, ADM}),
    Permission.SEE_REFUNDS: frozenset({VEN, DIR, AUD, ADM}),
    Permission.SEE_PAYMENTS: frozenset({VEN, ADM, AUD}),
    Permission.SEE_PAYMENT_MOVES: frozenset({ADM, AUD}),
    Permission.STEER_PAYMENTS: frozenset({ADM}),
    Permission.BUILD_PAYMENT_BATCHES: frozenset({ADM}),
    Permission.RELEASE_PAYMENT_BATCHES: frozenset({ADM, DIR}),
    Permission.SEE_PAYMENT_BATCHES: frozenset({ADM, DIR, AUD}),
    Permission.SEE_RAIL_EVENTS: frozenset({ADM, AUD}),
    Permission.SEE_RECONCILIATIONS: frozenset({ADM, AUD}),
    Permission.END_COOLING_OFF: frozenset({ADM, DIR}),
    Permission.REMIT_MONEY: frozenset({ADM}),
    Permission.SEE_REMITTANCES: frozenset({ADM, AUD}),
    Permission.SEE_YEAR_TOTALS: frozenset({VEN, DIR, AUD, ADM}),
    Permission.GATHER_YEAR_TOTALS: frozenset({ADM}),
    Permission.CLOSE_BUDGETS: frozenset({ADM}),
    Permission.SEE_LEDGER: frozenset({AUD, ADM}),
    Permission.VERIFY_LEDGER: frozenset({AUD, ADM}),
}

-- The first form of the ledger (revision 0007 of the application), as its databases stand; the body of its function is left out.
CREATE TABLE ledger_accounts (
	opened_at_us BIGINT NOT NULL, 
	id UUID NOT NULL, 
	book_id UUID NOT NULL, 
	guarded BOOLEAN NOT NULL, 
	side VARCHAR(5) NOT NULL, 
	code TEXT NOT NULL, 
	leaf BYTEA NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT ledger_accounts_code UNIQUE (book_id, code), 
	CONSTRAINT ledger_accounts_side CHECK (side IN ('asset', 'claim'))
);

CREATE TABLE ledger_balances (
	balance_cents BIGINT NOT NULL, 
	account_id UUID NOT NULL, 
	PRIMARY KEY (account_id), 
	CONSTRAINT ledger_balances_never_negative CHECK (balance_cents >= 0)
)
 WITH (fillfactor = 50);

CREATE TABLE ledger_entries (
	recorded_at_us BIGINT NOT NULL, 
	id UUID NOT NULL, 
	book_id UUID NOT NULL, 
	subject UUID NOT NULL, 
	reverses UUID, 
	effective_on DATE NOT NULL, 
	transfer_count INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	memo TEXT NOT NULL, 
	PRIMARY KEY (id)
);

CREATE INDEX ledger_entries_by_date ON ledger_entries (book_id, effective_on);

CREATE INDEX ledger_entries_by_original ON ledger_entries (reverses) WHERE reverses IS NOT NULL;

CREATE INDEX ledger_entries_by_subject ON ledger_entries (subject);

CREATE TABLE ledger_transfers (
	amount_cents BIGINT NOT NULL, 
	entry_id UUID NOT NULL, 
	debit_id UUID NOT NULL, 
	credit_id UUID NOT NULL, 
	number SMALLINT NOT NULL, 
	tag TEXT NOT NULL, 
	leaf BYTEA NOT NULL, 
	PRIMARY KEY (entry_id, number), 
	CONSTRAINT ledger_transfers_amount CHECK (amount_cents > 0), 
	CONSTRAINT ledger_transfers_accounts CHECK (debit_id <> credit_id)
);

CREATE INDEX ledger_transfers_by_credit ON ledger_transfers (credit_id);

CREATE INDEX ledger_transfers_by_debit ON ledger_transfers (debit_id);

DO $encoding$
BEGIN
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'the ledger needs a database in UTF8, for its hashes';
    END IF;
END
$encoding$;

CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $refuse$
BEGIN
    RAISE EXCEPTION '% is never changed: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$refuse$;

CREATE TRIGGER ledger_accounts_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_accounts FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();

CREATE TRIGGER ledger_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();

CREATE TRIGGER ledger_transfers_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transfers FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();

CREATE TRIGGER ledger_balances_stay BEFORE DELETE OR TRUNCATE ON ledger_balances FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();

CREATE FUNCTION ledger_post(
    account_ids uuid[],
    entry_ids uuid[],
    book_ids uuid[],
    subjects uuid[],
    originals uuid[],
    effective_dates date[],
    kinds text[],
    memos text[],
    firsts int[],
    counts int[],
    owners int[],
    debits int[],
    credits int[],
    amounts bigint[],
    tags text[],
    at_us bigint,
    atomic boolean,
    OUT answers text[],
    OUT culprits int[],
    OUT available_cents bigint[],
    OUT required_cents bigint[],
    OUT touched_entries int[],
    OUT touched_accounts int[],
    OUT touched_cents bigint[]
) LANGUAGE plpgsql AS $post$
BEGIN
    RETURN;
END
$post$

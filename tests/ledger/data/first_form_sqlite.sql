-- The first form of the ledger (revision 0007 of the application), as its databases stand.
CREATE TABLE ledger_accounts (
	opened_at_us BIGINT NOT NULL, 
	id CHAR(32) NOT NULL, 
	book_id CHAR(32) NOT NULL, 
	guarded BOOLEAN NOT NULL, 
	side VARCHAR(5) NOT NULL, 
	code TEXT NOT NULL, 
	leaf BLOB NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT ledger_accounts_code UNIQUE (book_id, code), 
	CONSTRAINT ledger_accounts_side CHECK (side IN ('asset', 'claim'))
);

CREATE TABLE ledger_balances (
	balance_cents BIGINT NOT NULL, 
	account_id CHAR(32) NOT NULL, 
	PRIMARY KEY (account_id), 
	CONSTRAINT ledger_balances_never_negative CHECK (balance_cents >= 0)
);

CREATE TABLE ledger_entries (
	recorded_at_us BIGINT NOT NULL, 
	id CHAR(32) NOT NULL, 
	book_id CHAR(32) NOT NULL, 
	subject CHAR(32) NOT NULL, 
	reverses CHAR(32), 
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
	entry_id CHAR(32) NOT NULL, 
	debit_id CHAR(32) NOT NULL, 
	credit_id CHAR(32) NOT NULL, 
	number SMALLINT NOT NULL, 
	tag TEXT NOT NULL, 
	leaf BLOB NOT NULL, 
	PRIMARY KEY (entry_id, number), 
	CONSTRAINT ledger_transfers_amount CHECK (amount_cents > 0), 
	CONSTRAINT ledger_transfers_accounts CHECK (debit_id <> credit_id)
);

CREATE INDEX ledger_transfers_by_credit ON ledger_transfers (credit_id);

CREATE INDEX ledger_transfers_by_debit ON ledger_transfers (debit_id);

CREATE TRIGGER ledger_accounts_refuse_update BEFORE UPDATE ON ledger_accounts
BEGIN
    SELECT RAISE(ABORT, 'ledger_accounts is never changed: UPDATE refused');
END;

CREATE TRIGGER ledger_accounts_refuse_delete BEFORE DELETE ON ledger_accounts
BEGIN
    SELECT RAISE(ABORT, 'ledger_accounts is never changed: DELETE refused');
END;

CREATE TRIGGER ledger_entries_refuse_update BEFORE UPDATE ON ledger_entries
BEGIN
    SELECT RAISE(ABORT, 'ledger_entries is never changed: UPDATE refused');
END;

CREATE TRIGGER ledger_entries_refuse_delete BEFORE DELETE ON ledger_entries
BEGIN
    SELECT RAISE(ABORT, 'ledger_entries is never changed: DELETE refused');
END;

CREATE TRIGGER ledger_transfers_refuse_update BEFORE UPDATE ON ledger_transfers
BEGIN
    SELECT RAISE(ABORT, 'ledger_transfers is never changed: UPDATE refused');
END;

CREATE TRIGGER ledger_transfers_refuse_delete BEFORE DELETE ON ledger_transfers
BEGIN
    SELECT RAISE(ABORT, 'ledger_transfers is never changed: DELETE refused');
END;

CREATE TRIGGER ledger_accounts_refuse_insert BEFORE INSERT ON ledger_accounts WHEN EXISTS (SELECT 1 FROM ledger_accounts WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'ledger_accounts is never changed: INSERT refused');
END;

CREATE TRIGGER ledger_entries_refuse_insert BEFORE INSERT ON ledger_entries WHEN EXISTS (SELECT 1 FROM ledger_entries WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'ledger_entries is never changed: INSERT refused');
END;

CREATE TRIGGER ledger_transfers_refuse_insert BEFORE INSERT ON ledger_transfers WHEN EXISTS (SELECT 1 FROM ledger_transfers WHERE entry_id = NEW.entry_id AND number = NEW.number)
BEGIN
    SELECT RAISE(ABORT, 'ledger_transfers is never changed: INSERT refused');
END;

CREATE TRIGGER ledger_balances_refuse_delete BEFORE DELETE ON ledger_balances
BEGIN
    SELECT RAISE(ABORT, 'ledger_balances is never changed: DELETE refused');
END

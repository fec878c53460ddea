CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $refuse$
BEGIN
    RAISE EXCEPTION '% is never changed: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$refuse$;

CREATE FUNCTION ledger_refuse_by_hand() RETURNS trigger LANGUAGE plpgsql AS $refuse$
-- What the balances, folds and blocks would not know of is not written: only the ledger's own functions set this.
BEGIN
    IF current_setting('ledger.writing', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION '% is written by the functions of the ledger only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$refuse$;

CREATE FUNCTION ledger_stamp() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $stamp$
-- Name the transaction at hand, in an order that outlives a dump and restore.
DECLARE
    stamp bigint;
    sealed bigint;
BEGIN
    SELECT c.base + pg_current_xact_id()::text::bigint, c.floor INTO stamp, sealed FROM ledger_clock c;
    IF stamp < sealed THEN
        RAISE EXCEPTION 'the ledger was restored into another cluster, which has to be adopted first' USING ERRCODE = 'LG002';
    END IF;
    RETURN stamp;
END
$stamp$;

CREATE FUNCTION ledger_horizon() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $horizon$
-- What was written below this is committed or gone: nothing will ever appear there.
SELECT base + pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM ledger_clock
$horizon$;

CREATE FUNCTION ledger_cluster() RETURNS text LANGUAGE sql AS $cluster$
SELECT system_identifier::text FROM pg_control_system()
$cluster$;

CREATE FUNCTION ledger_adopt() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $adopt$
-- Put all that will be written after all that is there, if this is another cluster than the rows were written in; tell whether it is.
DECLARE
    newest bigint;
BEGIN
    PERFORM 1 FROM ledger_clock FOR UPDATE;
    IF (SELECT cluster FROM ledger_clock) = ledger_cluster() THEN
        RETURN false;
    END IF;
    LOCK TABLE ledger_transfers, ledger_accounts, ledger_closings, ledger_periods, ledger_blocks IN SHARE ROW EXCLUSIVE MODE;
    SELECT greatest(
        (SELECT floor FROM ledger_clock), (SELECT max(written_in) FROM ledger_transfers), (SELECT max(written_in) FROM ledger_accounts),
        (SELECT max(written_in) FROM ledger_closings), (SELECT max(written_in) FROM ledger_periods), 0
    ) INTO newest;
    UPDATE ledger_clock SET cluster = ledger_cluster(), base = newest + 1 - pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    WHERE newest + 1 - pg_snapshot_xmin(pg_current_snapshot())::text::bigint > base;
    UPDATE ledger_clock SET cluster = ledger_cluster();
    RETURN true;
END
$adopt$;

CREATE FUNCTION ledger_lock_book(book uuid) RETURNS void LANGUAGE sql SECURITY DEFINER AS $lock$
-- Wait until nobody posts in the book, and let nobody post until this transaction ends.
SELECT pg_advisory_xact_lock(('x' || right(translate(book::text, '-', ''), 16))::bit(64)::bigint)
$lock$;

CREATE FUNCTION ledger_open_accounts(ids uuid[], books uuid[], guards boolean[], sides text[], codes text[], leaves bytea[], at_us bigint)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $open$
-- Open accounts that are not open; what another transaction opened meanwhile stays as it is.
BEGIN
    WITH opened AS (
        INSERT INTO ledger_accounts (opened_at_us, written_in, id, book_id, guarded, side, code, leaf)
        SELECT at_us, ledger_stamp(), t.id, t.book, t.guarded, t.side, t.code, t.leaf
        FROM unnest(ids, books, guards, sides, codes, leaves) AS t (id, book, guarded, side, code, leaf) ORDER BY t.id
        ON CONFLICT DO NOTHING
        RETURNING id, guarded
    )
    INSERT INTO ledger_balances (balance_cents, account_id) SELECT 0, id FROM opened WHERE guarded ORDER BY id;
END
$open$;

CREATE FUNCTION ledger_write_closing(account uuid, book uuid, by uuid, leaf bytea, at_us bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER AS $close$
INSERT INTO ledger_closings (closed_at_us, written_in, account_id, book_id, closed_by, leaf)
VALUES (at_us, ledger_stamp(), account, book, by, leaf)
$close$;

CREATE FUNCTION ledger_write_period(
    book uuid, number int, action text, closed_through date, by uuid, seconded_by uuid, trial_hash bytea, leaf bytea, at_us bigint
) RETURNS void LANGUAGE sql SECURITY DEFINER AS $period$
INSERT INTO ledger_periods (at_us, written_in, book_id, by_id, seconded_by, number, closed_through, action, trial_hash, leaf)
VALUES (at_us, ledger_stamp(), book, by, seconded_by, number, closed_through, action, trial_hash, leaf)
$period$;

CREATE FUNCTION ledger_try_sealing(book uuid) RETURNS boolean LANGUAGE sql SECURITY DEFINER AS $try$
-- One sealer a book at a time; another one has nothing to do meanwhile.
SELECT pg_try_advisory_xact_lock(('x' || left(translate(book::text, '-', ''), 16))::bit(64)::bigint # 1)
$try$;

CREATE FUNCTION ledger_write_block(
    book uuid, number bigint, written_from bigint, written_before bigint, leaf_count bigint, event_count bigint, sealed_at_us bigint,
    previous bytea, root bytea, events_root bytea, hash bytea, trial_hash bytea, public_key bytea, signature bytea,
    counter_signature bytea, leaves bytea
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $block$
BEGIN
    IF written_before > ledger_horizon() THEN
        RAISE EXCEPTION 'a block above the horizon' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO ledger_blocks VALUES (
        number, written_from, written_before, leaf_count, event_count, sealed_at_us, book, previous, root, events_root, hash, trial_hash,
        public_key, signature, counter_signature, leaves
    );
    UPDATE ledger_clock SET floor = written_before WHERE floor < written_before;
END
$block$;

CREATE FUNCTION ledger_write_folds(book uuid, block_number bigint, written_from bigint, written_before bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $folds$
BEGIN
    {fold}
    {days}
END
$folds$;

CREATE FUNCTION ledger_held(account_ids uuid[]) RETURNS TABLE (id uuid, held_cents numeric) LANGUAGE plpgsql STABLE AS $held$
-- What accounts hold, each positive on its own side, by a plan that is kept.
#variable_conflict use_column
BEGIN
    RETURN QUERY {held};
END
$held$;

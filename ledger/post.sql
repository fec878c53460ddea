CREATE FUNCTION ledger_post(
    account_ids uuid[],        -- every account that is named, each once
    books uuid[],              -- what transfers have in common is told once and called a shape: its book,
    counts int[],              -- how many transfers its entry has,
    originals uuid[],          -- the entry that is reversed,
    dates date[],              -- the effective date that is asked for,
    kinds text[],
    memos text[],
    tags text[],
    entry_ids uuid[],          -- by transfer, the entries in the caller's order: its entry,
    subjects uuid[],           -- the subject of the entry,
    places bigint[],           -- the place of its shape, times 2^32, and its number,
    sides bigint[],            -- the place of its debit account, times 2^32, and that of its credit account,
    amounts bigint[],          -- its cents
    at_us bigint,
    atomic boolean,            -- a refusal of one is a refusal of all
    OUT answers text[],        -- by entry: posted, replayed, or the refusal; NULL: all were posted
    OUT culprits int[],        -- by refused entry: the place of the account
    OUT available_cents bigint[], -- by refused entry: what there was (of a closed period: its last day, days from 1 January of year 1)
    OUT required_cents bigint[],
    OUT held bigint[],         -- where all were posted, by account: what it held before; NULL for an open one
    OUT assets boolean[],      -- and whether debits raise it
    OUT touched_entries int[], -- where not, the guarded balances after each entry that stands, as three columns
    OUT touched_accounts int[],
    OUT touched_cents bigint[]
) LANGUAGE plpgsql SECURITY DEFINER AS $post$
-- Post entries, answer each. A refusal is an answer and never an exception: the caller's transaction must live to store it.
-- Where nothing stands against any entry, one look at the sums says so, and nothing is done entry by entry.
#variable_conflict use_column
DECLARE
    one_book uuid := CASE WHEN books[1] = ALL (books) THEN books[1] END;
    low constant bigint := 4294967295;
    stamp bigint;
    sealed bigint;
    is_simple boolean;
    may_be_simple boolean := one_book IS NOT NULL AND cardinality(array_remove(originals, NULL)) = 0;
    later bigint[];            -- by account: what a guarded one holds after the call
    kept boolean[];            -- by transfer: whether it is posted; NULL: all are
    dated date[];              -- by transfer: its effective date where that is not the one asked for
    decided record;
    lock_id uuid;
BEGIN
    -- A book that closes a period waits for us, or we for it. Then the guarded accounts, in the order of their ids, so that
    -- two calls never wait for each other. What is read after this, each statement with a snapshot of its own, has seen
    -- every posting that held these accounts before us.
    IF one_book IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock_shared(('x' || right(translate(one_book::text, '-', ''), 16))::bit(64)::bigint);
    ELSE
        FOR lock_id IN SELECT DISTINCT b FROM unnest(books) AS b ORDER BY b LOOP
            PERFORM pg_advisory_xact_lock_shared(('x' || right(translate(lock_id::text, '-', ''), 16))::bit(64)::bigint);
        END LOOP;
    END IF;
    PERFORM 1 FROM ledger_balances WHERE account_id = ANY (account_ids) ORDER BY account_id FOR NO KEY UPDATE;

    -- Each row beside the one before it: an entry stands together, numbered from 1 to its count, and tells one thing of itself.
    -- (An entry more than once is left to the index.)
    SELECT c.base + pg_current_xact_id()::text::bigint, c.floor,
           cardinality(account_ids) = (SELECT count(DISTINCT id) FROM unnest(account_ids) AS asked (id))
           AND (
               SELECT bool_and((CASE
                   WHEN e.entry_id IS DISTINCT FROM e.entry_before THEN
                       (e.entry_id IS NULL OR e.place & low = 1)
                       AND (e.entry_before IS NULL OR e.place_before & low = counts[(e.place_before >> 32)::int])
                   ELSE e.place & low = (e.place_before & low) + 1 AND e.subject = e.subject_before
                       AND (e.place >> 32 = e.place_before >> 32 OR ROW(
                           books[(e.place >> 32)::int], counts[(e.place >> 32)::int], originals[(e.place >> 32)::int],
                           dates[(e.place >> 32)::int], kinds[(e.place >> 32)::int], memos[(e.place >> 32)::int]
                       ) IS NOT DISTINCT FROM ROW(
                           books[(e.place_before >> 32)::int], counts[(e.place_before >> 32)::int], originals[(e.place_before >> 32)::int],
                           dates[(e.place_before >> 32)::int], kinds[(e.place_before >> 32)::int], memos[(e.place_before >> 32)::int]
                       ))
               END) IS TRUE)
               FROM unnest(entry_ids, NULL::uuid || entry_ids, places, NULL::bigint || places, subjects, NULL::uuid || subjects)
                   AS e (entry_id, entry_before, place, place_before, subject, subject_before)
           )
    INTO stamp, sealed, is_simple FROM ledger_clock c;
    IF is_simple IS NOT TRUE THEN
        RAISE EXCEPTION 'ledger_post wants each account once, and each entry whole' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF stamp < sealed THEN
        RAISE EXCEPTION 'the ledger was restored into another cluster, which has to be adopted first' USING ERRCODE = 'LG002';
    END IF;

    LOOP
        is_simple := false;
        IF may_be_simple THEN
            IF cardinality(entry_ids) <= 4 THEN
                {look_at_few}
            ELSE
                -- Of many, one that is recorded already is rare, and is found by the index as they are written.
                {look_at_many}
            END IF;
        END IF;

        IF NOT is_simple THEN
            held := NULL;
            assets := NULL;
            SELECT * INTO decided FROM ledger_decide(
                account_ids, books, counts, originals, dates, kinds, tags, entry_ids, subjects, places, sides, amounts
            );
            answers := decided.answers;
            culprits := decided.culprits;
            available_cents := decided.available_cents;
            required_cents := decided.required_cents;
            touched_entries := decided.touched_entries;
            touched_accounts := decided.touched_accounts;
            touched_cents := decided.touched_cents;
            later := decided.held;
            kept := decided.kept;
            dated := decided.dated;
            IF NOT 'posted' = ANY (answers) OR (atomic AND NOT answers <@ ARRAY['posted', 'replayed']) THEN
                RETURN;
            END IF;
        END IF;

        BEGIN
            INSERT INTO ledger_transfers (
                amount_cents, recorded_at_us, written_in, entry_id, book_id, subject, debit_id, credit_id, effective_on,
                number, transfer_count, kind, tag, memo, leaf, reverses, asked_on
            )
            SELECT t.amount, at_us, stamp, t.entry_id, t.book_id, t.subject, t.debit_id, t.credit_id, t.effective_on,
                   t.number, t.transfer_count, t.kind, t.tag, t.memo, sha256({bytes}), t.original, t.asked_on
            FROM (
                SELECT amount, entry_id, books[shape] AS book_id, subject, account_ids[debit] AS debit_id, account_ids[credit] AS credit_id,
                       coalesce(moved_to, dates[shape]) AS effective_on, CASE WHEN moved_to IS NOT NULL THEN dates[shape] END AS asked_on,
                       number, counts[shape] AS transfer_count, kinds[shape] AS kind, tags[shape] AS tag, memos[shape] AS memo,
                       originals[shape] AS original
                FROM (
                    SELECT entry_id, subject, (place >> 32)::int AS shape, (place & low)::smallint AS number, (side >> 32)::int AS debit,
                           (side & low)::int AS credit, amount, moved_to
                    FROM unnest(entry_ids, subjects, places, sides, amounts, kept, dated)
                        AS t (entry_id, subject, place, side, amount, is_kept, moved_to)
                    WHERE is_kept IS NOT FALSE
                ) AS placed OFFSET 0
            ) AS t;
            UPDATE ledger_balances b SET balance_cents = moved.cents FROM unnest(account_ids, later) AS moved (id, cents)
            WHERE b.account_id = moved.id AND b.balance_cents <> moved.cents;
            RETURN;
        EXCEPTION WHEN unique_violation THEN
            -- An id was free when we read, or was not looked for, and is taken. All of this attempt is undone, within the
            -- function; the next one reads that entry and answers by it.
            IF (SELECT count(*) <> count(DISTINCT id) FROM unnest(entry_ids, places) AS e (id, place) WHERE e.place & low = 1) THEN
                RAISE EXCEPTION 'ledger_post wants each entry once' USING ERRCODE = 'invalid_parameter_value';
            END IF;
            may_be_simple := false;
        END;
    END LOOP;
END
$post$

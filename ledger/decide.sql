CREATE FUNCTION ledger_decide(
    account_ids uuid[],        -- all as `ledger_post` has it
    books uuid[],
    counts int[],
    originals uuid[],
    dates date[],
    kinds text[],
    tags text[],
    entry_ids uuid[],
    subjects uuid[],
    places bigint[],
    sides bigint[],
    amounts bigint[],
    OUT answers text[],
    OUT culprits int[],
    OUT available_cents bigint[],
    OUT required_cents bigint[],
    OUT held bigint[],         -- by account: what a guarded one holds in the end, NULL for an open one
    OUT kept boolean[],
    OUT dated date[],
    OUT touched_entries int[],
    OUT touched_accounts int[],
    OUT touched_cents bigint[]
) LANGUAGE plpgsql AS $decide$
-- Decide on entries one by one, in the caller's order: each sees what those before it left. The accounts are locked.
-- The order of the checks is that of errors.py.
#variable_conflict use_column
DECLARE
    low constant bigint := 4294967295;
    owners int[];              -- by transfer: the place of its entry
    firsts int[];              -- by entry: the place of its first transfer
    entry_count int := 0;
    account_books uuid[];      -- by account: its book, NULL if it was never opened
    signs int[];               -- by account: what a debit does to it
    is_closed boolean[];       -- by account
    changes bigint[];          -- by account: the net effect of the entry at hand
    seen int[];                -- by account: the last entry that touched it
    touched int[];             -- the guarded accounts of the entry at hand, in the order of their mention
    standing text[];           -- by entry: replayed or conflict, where the id is taken
    reversal_answers text[];   -- by entry: the refusal of a reversal
    reversal_culprits int[];
    reversal_left bigint[];
    reversal_asked bigint[];
    closed_through date;
    closed_book uuid;
    seen_row record;
    answer text;
    shape int;
    book uuid;
    last int;
    unknown int;
    closed int;
    foreigner int;
    out_of_range bigint;
    same int;
    debit int;
    credit int;
    place int;
BEGIN
    FOR i IN 1 .. cardinality(entry_ids) LOOP
        IF (places[i] & low) = 1 THEN
            entry_count := entry_count + 1;
            firsts[entry_count] := i;
        END IF;
        owners[i] := entry_count;
    END LOOP;

    SELECT array_agg(a.book_id ORDER BY asked.place), array_agg(CASE a.side WHEN 'asset' THEN 1 ELSE -1 END ORDER BY asked.place),
           array_agg(c.account_id IS NOT NULL ORDER BY asked.place), array_agg(b.balance_cents ORDER BY asked.place)
    INTO account_books, signs, is_closed, held
    FROM unnest(account_ids) WITH ORDINALITY AS asked (id, place)
    LEFT JOIN ledger_accounts a ON a.id = asked.id
    LEFT JOIN ledger_closings c ON c.account_id = asked.id
    LEFT JOIN ledger_balances b ON b.account_id = asked.id;

    FOR seen_row IN
        SELECT asked.owner, coalesce(bool_and(
            t.book_id = books[asked.shape] AND t.kind = kinds[asked.shape] AND t.subject = asked.subject
            AND coalesce(t.asked_on, t.effective_on) = dates[asked.shape] AND t.transfer_count = counts[asked.shape]
            AND t.reverses IS NOT DISTINCT FROM originals[asked.shape] AND t.debit_id = account_ids[asked.side >> 32]
            AND t.credit_id = account_ids[asked.side & low] AND t.amount_cents = asked.amount AND t.tag = tags[asked.shape]
        ), false) AND bool_and(t.entry_id IS NOT NULL) AS is_same
        FROM (
            SELECT entry_id, subject, (u.place >> 32)::int AS shape, (u.place & low)::int AS number, side, amount, owner
            FROM unnest(entry_ids, subjects, places, sides, amounts, owners) AS u (entry_id, subject, place, side, amount, owner)
        ) AS asked
        JOIN (SELECT DISTINCT entry_id FROM ledger_transfers WHERE entry_id = ANY (entry_ids)) AS taken ON taken.entry_id = asked.entry_id
        LEFT JOIN ledger_transfers t ON t.entry_id = asked.entry_id AND t.number = asked.number
        GROUP BY asked.owner
    LOOP
        standing[seen_row.owner] := CASE WHEN seen_row.is_same THEN 'replayed' ELSE 'conflict' END;
    END LOOP;

    IF cardinality(array_remove(originals, NULL)) > 0 THEN
        IF (
            SELECT count(*) <> count(DISTINCT originals[(place >> 32)::int])
            FROM unnest(places) AS p (place) WHERE place & low = 1 AND originals[(place >> 32)::int] IS NOT NULL
        ) THEN
            RAISE EXCEPTION 'ledger_post wants one reversal of an entry at a time' USING ERRCODE = 'invalid_parameter_value';
        END IF;
        PERFORM 1 FROM ledger_transfers WHERE entry_id = ANY (originals) AND number = 1 ORDER BY entry_id FOR NO KEY UPDATE;
        FOR entry IN 1 .. entry_count LOOP
            shape := (places[firsts[entry]] >> 32)::int;
            CONTINUE WHEN originals[shape] IS NULL OR standing[entry] IS NOT NULL;
            IF NOT EXISTS (SELECT FROM ledger_transfers WHERE entry_id = originals[shape] AND book_id = books[shape]) THEN
                reversal_answers[entry] := 'unknown_original';
                CONTINUE;
            END IF;
            SELECT asked.debit, asked.cents, coalesce(original.cents, 0) - coalesce(undone.cents, 0) AS remaining INTO seen_row
            FROM (
                SELECT (sides[i] >> 32)::int AS debit, (sides[i] & low)::int AS credit, tags[(places[i] >> 32)::int] AS tag,
                       sum(amounts[i])::bigint AS cents, min(i) AS mention
                FROM generate_series(firsts[entry], firsts[entry] + counts[shape] - 1) AS i
                GROUP BY 1, 2, 3
            ) AS asked
            LEFT JOIN (
                SELECT t.debit_id, t.credit_id, t.tag, sum(t.amount_cents)::bigint AS cents
                FROM ledger_transfers t WHERE t.entry_id = originals[shape]
                GROUP BY t.debit_id, t.credit_id, t.tag
            ) AS original ON original.credit_id = account_ids[asked.debit] AND original.debit_id = account_ids[asked.credit]
                AND original.tag = asked.tag
            LEFT JOIN (
                SELECT t.debit_id, t.credit_id, t.tag, sum(t.amount_cents)::bigint AS cents
                FROM ledger_transfers t WHERE t.reverses = originals[shape]
                GROUP BY t.debit_id, t.credit_id, t.tag
            ) AS undone ON undone.debit_id = account_ids[asked.debit] AND undone.credit_id = account_ids[asked.credit]
                AND undone.tag = asked.tag
            WHERE asked.cents > coalesce(original.cents, 0) - coalesce(undone.cents, 0)
            ORDER BY asked.mention LIMIT 1;
            IF FOUND THEN
                reversal_answers[entry] := 'reversal_exceeds_original';
                reversal_culprits[entry] := seen_row.debit;
                reversal_left[entry] := seen_row.remaining;
                reversal_asked[entry] := seen_row.cents;
            END IF;
        END LOOP;
    END IF;

    culprits := array_fill(NULL::int, ARRAY[entry_count]);
    available_cents := array_fill(NULL::bigint, ARRAY[entry_count]);
    required_cents := available_cents;
    kept := array_fill(false, ARRAY[cardinality(entry_ids)]);
    dated := array_fill(NULL::date, ARRAY[cardinality(entry_ids)]);
    touched_entries := '{}';
    touched_accounts := '{}';
    touched_cents := '{}';
    FOR entry IN 1 .. entry_count LOOP
        shape := (places[firsts[entry]] >> 32)::int;
        book := books[shape];
        last := firsts[entry] + counts[shape] - 1;
        unknown := NULL;
        closed := NULL;
        foreigner := NULL;
        out_of_range := NULL;
        same := NULL;
        touched := '{}';
        FOR i IN firsts[entry] .. last LOOP
            debit := (sides[i] >> 32)::int;
            credit := (sides[i] & low)::int;
            IF is_closed[debit] OR is_closed[credit] THEN
                closed := coalesce(closed, CASE WHEN is_closed[debit] THEN debit ELSE credit END);
            END IF;
            IF (account_books[debit] = book AND account_books[credit] = book) IS NOT TRUE THEN
                unknown := coalesce(unknown, CASE WHEN account_books[debit] IS NULL THEN debit WHEN account_books[credit] IS NULL THEN credit END);
                foreigner := coalesce(foreigner, CASE WHEN account_books[debit] <> book THEN debit WHEN account_books[credit] <> book THEN credit END);
                CONTINUE;
            END IF;
            IF amounts[i] NOT BETWEEN 1 AND {max_cents} THEN
                out_of_range := coalesce(out_of_range, amounts[i]);
                CONTINUE;
            END IF;
            IF debit = credit THEN
                same := coalesce(same, debit);
                CONTINUE;
            END IF;
            IF held[debit] IS NOT NULL THEN
                IF seen[debit] IS DISTINCT FROM entry THEN
                    seen[debit] := entry;
                    changes[debit] := 0;
                    touched := touched || debit;
                END IF;
                changes[debit] := changes[debit] + signs[debit] * amounts[i];
            END IF;
            IF held[credit] IS NOT NULL THEN
                IF seen[credit] IS DISTINCT FROM entry THEN
                    seen[credit] := entry;
                    changes[credit] := 0;
                    touched := touched || credit;
                END IF;
                changes[credit] := changes[credit] - signs[credit] * amounts[i];
            END IF;
        END LOOP;

        answer := standing[entry];
        IF answer IS NULL AND unknown IS NOT NULL THEN
            answer := 'unknown_account';
            culprits[entry] := unknown;
        END IF;
        IF answer IS NULL AND closed IS NOT NULL THEN
            answer := 'closed_account';
            culprits[entry] := closed;
        END IF;
        IF answer IS NULL AND foreigner IS NOT NULL THEN
            answer := 'other_book_account';
            culprits[entry] := foreigner;
        END IF;
        IF answer IS NULL AND out_of_range IS NOT NULL THEN
            answer := 'amount_out_of_range';
            available_cents[entry] := out_of_range;
        END IF;
        IF answer IS NULL AND same IS NOT NULL THEN
            answer := 'same_account';
            culprits[entry] := same;
        END IF;
        IF answer IS NULL THEN
            IF closed_book IS DISTINCT FROM book THEN
                SELECT p.closed_through INTO closed_through FROM ledger_periods p WHERE p.book_id = book ORDER BY p.number DESC LIMIT 1;
                closed_book := book;
            END IF;
            IF dates[shape] <= closed_through AND originals[shape] IS NULL THEN
                answer := 'period_closed';
                available_cents[entry] := closed_through - DATE '0001-01-01' + 1;
            END IF;
        END IF;
        IF answer IS NULL THEN
            FOREACH place IN ARRAY touched LOOP
                IF held[place] + changes[place] NOT BETWEEN 0 AND {max_balance} THEN
                    answer := CASE WHEN changes[place] < 0 THEN 'insufficient_funds' ELSE 'balance_out_of_range' END;
                    culprits[entry] := place;
                    available_cents[entry] := held[place];
                    required_cents[entry] := abs(changes[place]);
                    EXIT;
                END IF;
            END LOOP;
        END IF;
        IF answer IS NULL AND reversal_answers[entry] IS NOT NULL THEN
            answer := reversal_answers[entry];
            culprits[entry] := reversal_culprits[entry];
            available_cents[entry] := reversal_left[entry];
            required_cents[entry] := reversal_asked[entry];
        END IF;
        IF answer IS NULL THEN
            answer := 'posted';
            FOREACH place IN ARRAY touched LOOP
                held[place] := held[place] + changes[place];
            END LOOP;
            FOR i IN firsts[entry] .. last LOOP
                kept[i] := true;
                IF dates[shape] <= closed_through THEN
                    dated[i] := closed_through + 1;
                END IF;
            END LOOP;
        END IF;
        answers[entry] := answer;
        IF answer IN ('posted', 'replayed') THEN
            FOREACH place IN ARRAY touched LOOP
                touched_entries := touched_entries || entry;
                touched_accounts := touched_accounts || place;
                touched_cents := touched_cents || held[place];
            END LOOP;
        END IF;
    END LOOP;
END
$decide$

CREATE FUNCTION ledger_post(
    account_ids uuid[],        -- every account that is named, each once
    entry_ids uuid[],          -- each once, in the caller's order
    book_ids uuid[],
    subjects uuid[],
    originals uuid[],
    effective_dates date[],
    kinds text[],
    memos text[],
    firsts int[],              -- by entry: how many transfers stand before its own
    counts int[],              -- by entry: how many are its own
    owners int[],              -- by transfer: the place of its entry
    debits int[],              -- by transfer: the places of its accounts
    credits int[],
    amounts bigint[],
    tags text[],
    at_us bigint,
    atomic boolean,            -- a refusal of one is a refusal of all
    OUT answers text[],        -- by entry: posted, replayed, or the refusal
    OUT culprits int[],        -- by refused entry: the place of the account
    OUT available_cents bigint[],
    OUT required_cents bigint[],
    OUT touched_entries int[], -- the guarded balances after each entry that stands, as three columns
    OUT touched_accounts int[],
    OUT touched_cents bigint[]
) LANGUAGE plpgsql AS $post$
-- Post entries, answer each. A refusal is an answer and never an exception: the caller's transaction must live to store it.
DECLARE
    books uuid[];              -- by account: its book, NULL if it was never opened
    signs int[];               -- by account: what a debit does to it
    held bigint[];             -- by account: what a guarded one holds, NULL for an open one
    changes bigint[];          -- by account: the net effect of the entry at hand
    seen int[];                -- by account: the last entry that touched it
    touched int[];             -- the guarded accounts of the entry at hand, in the order of their mention
    standing text[];           -- by entry: replayed or conflict, where the id is taken
    reversal_answers text[];   -- by entry: the refusal of a reversal
    taken ledger_entries;
    fault record;
    answer text;
    book uuid;
    unknown int;
    foreigner int;
    debit int;
    credit int;
    place int;
    accepted int;
    written int;
BEGIN
    LOOP
        BEGIN
            -- Lock first, in the order of the ids, so that two calls never wait for each other. What is read after this,
            -- each statement with a snapshot of its own, has seen every posting that held these accounts before us.
            WITH locked AS MATERIALIZED (
                SELECT account_id, balance_cents FROM ledger_balances
                WHERE account_id = ANY (account_ids) ORDER BY account_id FOR UPDATE
            )
            SELECT array_agg(a.book_id ORDER BY asked.place),
                   array_agg(CASE a.side WHEN 'asset' THEN 1 ELSE -1 END ORDER BY asked.place),
                   array_agg(l.balance_cents ORDER BY asked.place)
            INTO books, signs, held
            FROM unnest(account_ids) WITH ORDINALITY AS asked (id, place)
            LEFT JOIN ledger_accounts a ON a.id = asked.id
            LEFT JOIN locked l ON l.account_id = asked.id;

            standing := NULL;
            FOR taken IN SELECT * FROM ledger_entries WHERE id = ANY (entry_ids) LOOP
                place := array_position(entry_ids, taken.id);
                standing[place] := CASE WHEN
                    taken.book_id = book_ids[place] AND taken.kind = kinds[place] AND taken.subject = subjects[place]
                    AND taken.effective_on = effective_dates[place] AND taken.transfer_count = counts[place]
                    AND taken.reverses IS NOT DISTINCT FROM originals[place]
                    AND taken.transfer_count = (
                        SELECT count(*) FROM ledger_transfers t
                        WHERE t.entry_id = taken.id
                        AND t.debit_id = account_ids[debits[firsts[place] + t.number]]
                        AND t.credit_id = account_ids[credits[firsts[place] + t.number]]
                        AND t.amount_cents = amounts[firsts[place] + t.number] AND t.tag = tags[firsts[place] + t.number]
                    )
                THEN 'replayed' ELSE 'conflict' END;
            END LOOP;

            answers := NULL;
            culprits := array_fill(NULL::int, ARRAY[cardinality(entry_ids)]);
            available_cents := array_fill(NULL::bigint, ARRAY[cardinality(entry_ids)]);
            required_cents := available_cents;
            reversal_answers := NULL;
            IF cardinality(array_remove(originals, NULL)) > 0 THEN
                PERFORM 1 FROM ledger_entries WHERE id = ANY (originals) ORDER BY id FOR UPDATE;
                FOR entry IN 1 .. cardinality(entry_ids) LOOP
                    CONTINUE WHEN originals[entry] IS NULL OR standing[entry] IS NOT NULL;
                    IF NOT EXISTS (SELECT FROM ledger_entries WHERE id = originals[entry] AND book_id = book_ids[entry]) THEN
                        reversal_answers[entry] := 'unknown_original';
                        CONTINUE;
                    END IF;
                    SELECT asked.debit, asked.cents, coalesce(original.cents, 0) - coalesce(undone.cents, 0) AS remaining INTO fault
                    FROM (
                        SELECT debits[i] AS debit, credits[i] AS credit, tags[i] AS tag, sum(amounts[i])::bigint AS cents, min(i) AS mention
                        FROM generate_series(firsts[entry] + 1, firsts[entry] + counts[entry]) AS i
                        GROUP BY debits[i], credits[i], tags[i]
                    ) AS asked
                    LEFT JOIN (
                        SELECT t.debit_id, t.credit_id, t.tag, sum(t.amount_cents)::bigint AS cents
                        FROM ledger_transfers t WHERE t.entry_id = originals[entry]
                        GROUP BY t.debit_id, t.credit_id, t.tag
                    ) AS original ON original.credit_id = account_ids[asked.debit] AND original.debit_id = account_ids[asked.credit]
                        AND original.tag = asked.tag
                    LEFT JOIN (
                        SELECT t.debit_id, t.credit_id, t.tag, sum(t.amount_cents)::bigint AS cents
                        FROM ledger_entries r JOIN ledger_transfers t ON t.entry_id = r.id WHERE r.reverses = originals[entry]
                        GROUP BY t.debit_id, t.credit_id, t.tag
                    ) AS undone ON undone.debit_id = account_ids[asked.debit] AND undone.credit_id = account_ids[asked.credit]
                        AND undone.tag = asked.tag
                    WHERE asked.cents > coalesce(original.cents, 0) - coalesce(undone.cents, 0)
                    ORDER BY asked.mention LIMIT 1;
                    IF FOUND THEN
                        reversal_answers[entry] := 'reversal_exceeds_original';
                        culprits[entry] := fault.debit;
                        available_cents[entry] := fault.remaining;
                        required_cents[entry] := fault.cents;
                    END IF;
                END LOOP;
            END IF;

            -- Decide in the caller's order: an entry sees what those before it left. The order of the checks is that of errors.py.
            accepted := 0;
            seen := NULL;
            changes := NULL;
            touched_entries := '{}';
            touched_accounts := '{}';
            touched_cents := '{}';
            FOR entry IN 1 .. cardinality(entry_ids) LOOP
                book := book_ids[entry];
                unknown := NULL;
                foreigner := NULL;
                touched := '{}';
                FOR i IN firsts[entry] + 1 .. firsts[entry] + counts[entry] LOOP
                    debit := debits[i];
                    credit := credits[i];
                    IF (books[debit] = book AND books[credit] = book) IS NOT TRUE THEN
                        unknown := coalesce(unknown, CASE WHEN books[debit] IS NULL THEN debit WHEN books[credit] IS NULL THEN credit END);
                        foreigner := coalesce(foreigner, CASE WHEN books[debit] <> book THEN debit WHEN books[credit] <> book THEN credit END);
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
                IF answer IS NULL AND foreigner IS NOT NULL THEN
                    answer := 'other_book_account';
                    culprits[entry] := foreigner;
                END IF;
                IF answer IS NULL THEN
                    FOREACH place IN ARRAY touched LOOP
                        IF held[place] + changes[place] < 0 THEN
                            answer := 'insufficient_funds';
                            culprits[entry] := place;
                            available_cents[entry] := held[place];
                            required_cents[entry] := -changes[place];
                            EXIT;
                        END IF;
                    END LOOP;
                END IF;
                IF answer IS NULL THEN
                    answer := reversal_answers[entry];
                END IF;
                IF answer IS NULL THEN
                    answer := 'posted';
                    accepted := accepted + 1;
                    FOREACH place IN ARRAY touched LOOP
                        held[place] := held[place] + changes[place];
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

            IF accepted = 0 OR (atomic AND NOT answers <@ ARRAY['posted', 'replayed']) THEN
                RETURN;
            END IF;

            INSERT INTO ledger_entries (recorded_at_us, id, book_id, subject, reverses, effective_on, transfer_count, kind, memo)
            SELECT at_us, e.id, e.book_id, e.subject, e.original, e.effective_on, e.transfer_count, e.kind, e.memo
            FROM unnest(entry_ids, book_ids, subjects, originals, effective_dates, counts, kinds, memos, answers)
                AS e (id, book_id, subject, original, effective_on, transfer_count, kind, memo, answer)
            WHERE e.answer = 'posted' ORDER BY e.id
            ON CONFLICT (id) DO NOTHING;
            GET DIAGNOSTICS written = ROW_COUNT;
            IF written < accepted THEN
                RAISE EXCEPTION USING ERRCODE = 'LG001';
            END IF;

            INSERT INTO ledger_transfers (amount_cents, entry_id, debit_id, credit_id, number, tag, leaf)
            SELECT t.amount, entry_ids[t.owner], account_ids[t.debit], account_ids[t.credit], t.place - firsts[t.owner], t.tag,
                   sha256({bytes})
            FROM unnest(owners, debits, credits, amounts, tags) WITH ORDINALITY AS t (owner, debit, credit, amount, tag, place)
            WHERE answers[t.owner] = 'posted';

            UPDATE ledger_balances b SET balance_cents = moved.cents
            FROM unnest(account_ids, held) AS moved (id, cents)
            WHERE b.account_id = moved.id AND b.balance_cents <> moved.cents;
            RETURN;
        EXCEPTION WHEN SQLSTATE 'LG001' THEN
            -- An id was free when we read and taken when we wrote, by a posting that shares no guarded account with this
            -- call. All of this attempt is undone, within the function; the next one reads that entry and answers by it.
            NULL;
        END;
    END LOOP;
END
$post$

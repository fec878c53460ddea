-- Whether nothing stands against any entry of the call, from the sums of all; with what each account holds before and after.
SELECT bool_and(is_fit AND coalesce(least >= 0 AND most <= {max_balance}, true))
           AND NOT EXISTS (SELECT FROM unnest(sides) AS s (side) WHERE s.side >> 32 = s.side & low)
           AND NOT EXISTS (
               SELECT FROM ledger_periods p
               WHERE p.book_id = one_book AND p.closed_through >= (SELECT min(d) FROM unnest(dates) AS d)
               AND p.number = (SELECT max(number) FROM ledger_periods WHERE book_id = one_book)
           ) {unless_recorded},
       array_agg(balance_cents ORDER BY place), array_agg(is_asset ORDER BY place),
       array_agg(CASE WHEN most <= {max_balance} THEN after END::bigint ORDER BY place)
INTO is_simple, held, assets, later
FROM (
    SELECT n.place, a.id IS NOT NULL AND a.book_id = one_book AND c.account_id IS NULL AND coalesce(s.in_range, true) AS is_fit,
           b.balance_cents, a.side = 'asset' AS is_asset,
           b.balance_cents - CASE a.side WHEN 'asset' THEN s.credited ELSE s.debited END AS least,
           b.balance_cents + CASE a.side WHEN 'asset' THEN s.debited ELSE s.credited END AS most,
           b.balance_cents + CASE a.side WHEN 'asset' THEN s.debited - s.credited ELSE s.credited - s.debited END AS after
    FROM unnest(account_ids) WITH ORDINALITY AS n (id, place)
    {sums}
    LEFT JOIN ledger_accounts a ON a.id = n.id
    LEFT JOIN ledger_closings c ON c.account_id = n.id
    LEFT JOIN ledger_balances b ON b.account_id = n.id
) AS standing;

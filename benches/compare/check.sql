-- What must hold after any load; every row is a mistake: what is wrong, and how often.
SELECT * FROM (
    SELECT 'a balance is not the sum of its lots' AS mistake, count(*) AS times
    FROM accounts LEFT JOIN (SELECT account, sum(remaining) AS sum FROM lots GROUP BY account) AS lot
        ON lot.account = accounts.id
    WHERE balance <> coalesce(lot.sum, 0)
UNION ALL
    SELECT 'a balance is not the sum of its postings', count(*)
    FROM accounts LEFT JOIN (SELECT account, sum(amount) AS sum FROM postings GROUP BY account) AS posted
        ON posted.account = accounts.id
    WHERE balance <> coalesce(posted.sum, 0)
UNION ALL
    SELECT 'a lot has not lost what was drawn from it', count(*)
    FROM lots LEFT JOIN (SELECT lot, sum(amount) AS sum FROM draws GROUP BY lot) AS drawn
        ON drawn.lot = lots.id
    WHERE amount - remaining <> coalesce(drawn.sum, 0)
UNION ALL
    SELECT 'a sale did not draw what it redeemed', count(*)
    FROM sales LEFT JOIN (SELECT sale, sum(amount) AS sum FROM draws GROUP BY sale) AS drawn
        ON drawn.sale = sales.id
    WHERE redeemed <> coalesce(drawn.sum, 0)
UNION ALL
    SELECT 'a sale has other than three lines, or lines of another total', count(*)
    FROM sales LEFT JOIN (
        SELECT sale, count(*) AS count, sum(amount) AS sum FROM sale_lines GROUP BY sale
    ) AS line ON line.sale = sales.id
    WHERE line.count IS DISTINCT FROM 3 OR line.sum IS DISTINCT FROM total
UNION ALL
    SELECT 'a sale has no key, or a key no sale', count(*)
    FROM sales FULL JOIN operations ON operations.sale = sales.id
    WHERE sales.id IS NULL OR operations.key IS NULL
) AS found
WHERE times > 0;

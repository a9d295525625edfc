-- The same sale in PostgreSQL: what a careful team would write with tables and one function. Amounts are
-- minor units, bonuses hundredths.

CREATE TABLE accounts (
    id bigint PRIMARY KEY,
    balance bigint NOT NULL CHECK (balance >= 0),
    spent bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);  -- so that an update finds room on its own page

-- The keys of sales that were taken, for ever: a retry is answered with the first sale.
CREATE TABLE operations (
    key text PRIMARY KEY,
    sale bigint NOT NULL
);

CREATE SEQUENCE sale_numbers CACHE 100;

CREATE TABLE sales (
    id bigint PRIMARY KEY,
    account bigint NOT NULL,
    total bigint NOT NULL,
    redeemed bigint NOT NULL,
    earned bigint NOT NULL,
    made_at timestamptz NOT NULL
);

CREATE TABLE sale_lines (
    sale bigint NOT NULL,
    number smallint NOT NULL,
    sku text NOT NULL,
    name text NOT NULL,
    category text NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (sale, number)
);

CREATE TABLE lots (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 100) PRIMARY KEY,
    account bigint NOT NULL,
    sale bigint,  -- NULL: the welcome bonus
    amount bigint NOT NULL,
    remaining bigint NOT NULL CHECK (remaining BETWEEN 0 AND amount),
    activates_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX lots_by_expiry ON lots (account, expires_at, id) WHERE remaining > 0;

-- Which slices of which lots a sale was paid with.
CREATE TABLE draws (
    sale bigint NOT NULL,
    lot bigint NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (sale, lot)
);

-- The customer's history: what changed the balance, and to what.
CREATE TABLE postings (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 100) PRIMARY KEY,
    account bigint NOT NULL,
    sale bigint,
    kind text NOT NULL,
    amount bigint NOT NULL,
    balance bigint NOT NULL,
    posted_at timestamptz NOT NULL
);
CREATE INDEX postings_by_account ON postings (account, id);

-- Takes the bonuses of a sale from the lots that expire soonest.
CREATE FUNCTION redeem(buyer bigint, sale_id bigint, wanted bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    lot record;
    missing bigint := wanted;
    drawn bigint;
BEGIN
    FOR lot IN
        SELECT id, remaining FROM lots
        WHERE account = buyer AND remaining > 0 AND activates_at <= now() AND expires_at > now()
        ORDER BY expires_at, id
    LOOP
        drawn := least(lot.remaining, missing);
        UPDATE lots SET remaining = remaining - drawn WHERE id = lot.id;
        INSERT INTO draws VALUES (sale_id, lot.id, drawn);
        missing := missing - drawn;
        EXIT WHEN missing = 0;
    END LOOP;
    IF missing > 0 THEN
        RAISE EXCEPTION 'insufficient_balance';
    END IF;
END
$$;

-- One sale, in one call and one transaction: the key, the account's lock, the draws, the receipt with its
-- lines, the new lot, the postings, the balance. The number of the sale.
CREATE FUNCTION sell(
    run text, client bigint, sale_of_client bigint, buyer bigint, total bigint, redeemed bigint,
    skus text[], names text[], categories text[], amounts bigint[]
) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    sale_key text := run || '-' || client || '-' || sale_of_client;
    sale_id bigint := nextval('sale_numbers');
    account_row accounts%ROWTYPE;
    percent bigint;
    earned bigint;
BEGIN
    INSERT INTO operations VALUES (sale_key, sale_id) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN (SELECT sale FROM operations WHERE key = sale_key);
    END IF;
    SELECT * INTO STRICT account_row FROM accounts WHERE id = buyer FOR UPDATE;
    IF redeemed > 0 THEN
        IF redeemed * 100 > (total + redeemed) * 30 THEN
            RAISE EXCEPTION 'redeem_over_cap';
        END IF;
        PERFORM redeem(buyer, sale_id, redeemed);
        INSERT INTO postings (account, sale, kind, amount, balance, posted_at)
            VALUES (buyer, sale_id, 'redeem', -redeemed, account_row.balance - redeemed, now());
    END IF;
    INSERT INTO sale_lines
        SELECT sale_id, line.number, line.sku, line.name, line.category, line.amount
        FROM unnest(skus, names, categories, amounts) WITH ORDINALITY
            AS line (sku, name, category, amount, number);
    percent := CASE WHEN account_row.spent >= 500000 THEN 7
        WHEN account_row.spent >= 100000 THEN 5 ELSE 3 END;
    SELECT coalesce(sum(line.amount), 0) * percent / 100 INTO earned
        FROM unnest(categories, amounts) AS line (category, amount)
        WHERE line.category <> 'tobacco';
    INSERT INTO sales VALUES (sale_id, buyer, total, redeemed, earned, now());
    INSERT INTO lots (account, sale, amount, remaining, activates_at, expires_at)
        VALUES (buyer, sale_id, earned, earned, now() + interval '1 day', now() + interval '180 days');
    INSERT INTO postings (account, sale, kind, amount, balance, posted_at)
        VALUES (buyer, sale_id, 'accrual', earned, account_row.balance - redeemed + earned, now());
    UPDATE accounts SET balance = balance - redeemed + earned, spent = spent + total WHERE id = buyer;
    RETURN sale_id;
END
$$;

-- So many sales of buyers drawn evenly in one commit; in the order of their accounts, so that two batches
-- cannot wait for each other.
CREATE FUNCTION sell_batch(
    run text, client bigint, first_sale bigint, size integer, accounts_count bigint, redeem_share integer,
    skus text[], names text[], categories text[], amounts bigint[]
) RETURNS bigint
LANGUAGE sql AS $$
    SELECT count(sell(run, client, first_sale + drawn.number, drawn.buyer, 10000,
        CASE WHEN drawn.chance <= redeem_share THEN 100 ELSE 0 END, skus, names, categories, amounts))
    FROM (
        SELECT number, 1 + floor(random() * accounts_count)::bigint AS buyer,
            1 + floor(random() * 100)::integer AS chance
        FROM generate_series(0, size - 1) AS number
        ORDER BY 2
    ) AS drawn
$$;

-- Every customer with a welcome bonus of 1,000.00, which is active at once.
INSERT INTO accounts (id, balance) SELECT number, 100000 FROM generate_series(1, :accounts) AS number;
INSERT INTO lots (account, amount, remaining, activates_at, expires_at)
    SELECT id, 100000, 100000, now(), now() + interval '90 days' FROM accounts;
INSERT INTO postings (account, kind, amount, balance, posted_at)
    SELECT id, 'welcome', 100000, 100000, now() FROM accounts;
VACUUM ANALYZE;

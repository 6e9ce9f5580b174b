-- Version 1: the journal and the tables beside it. Times are Unix milliseconds, money is fen.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Append-only. hash = SHA-256(prev_hash ‖ seq ‖ at_ms ‖ kind ‖ body), so a changed or missing row breaks the chain.
CREATE TABLE journal (
  seq    INTEGER PRIMARY KEY,
  at_ms  INTEGER NOT NULL,
  kind   TEXT NOT NULL,
  sale   TEXT,
  body   BLOB NOT NULL,
  hash   BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX journal_sale ON journal (sale, seq) WHERE sale IS NOT NULL;
CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;

CREATE TABLE sales (
  id          TEXT PRIMARY KEY,
  number      TEXT NOT NULL,
  booth       TEXT NOT NULL,
  phase       TEXT NOT NULL,
  language    TEXT NOT NULL,
  member      TEXT,
  member_tail TEXT,
  attempt     TEXT,
  attempts    INTEGER NOT NULL DEFAULT 0,
  receipt     TEXT UNIQUE,
  last_line   INTEGER NOT NULL DEFAULT 0,
  total       INTEGER NOT NULL DEFAULT 0,
  opened_ms   INTEGER NOT NULL,
  changed_ms  INTEGER NOT NULL,
  paid_ms     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX sales_live ON sales (booth) WHERE phase NOT IN ('paid', 'abandoned');
CREATE INDEX sales_paid ON sales (paid_ms) WHERE paid_ms IS NOT NULL;

CREATE TABLE lines (
  sale         TEXT NOT NULL REFERENCES sales (id),
  id           INTEGER NOT NULL,
  sku          TEXT NOT NULL,
  name_zh      TEXT NOT NULL,
  name_en      TEXT NOT NULL,
  unit_zh      TEXT NOT NULL,
  unit_en      TEXT NOT NULL,
  picture      TEXT NOT NULL,
  quantity     INTEGER NOT NULL CHECK (quantity > 0),
  unit_price   INTEGER NOT NULL CHECK (unit_price > 0),
  list_price   INTEGER NOT NULL,
  member_price INTEGER,
  amount       INTEGER NOT NULL CHECK (amount > 0),
  tax_permille INTEGER NOT NULL,
  weight_g     INTEGER,
  serial       TEXT,
  expires      TEXT,
  most         INTEGER NOT NULL,
  PRIMARY KEY (sale, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE discounts (
  sale     TEXT NOT NULL REFERENCES sales (id),
  line     INTEGER NOT NULL,
  rule     TEXT NOT NULL,
  label_zh TEXT NOT NULL,
  label_en TEXT NOT NULL,
  amount   INTEGER NOT NULL CHECK (amount < 0),
  PRIMARY KEY (sale, line)
) STRICT, WITHOUT ROWID;

-- One row per try to charge. The number is the merchant order number: the channel's idempotency key.
CREATE TABLE attempts (
  number       TEXT PRIMARY KEY,
  sale         TEXT NOT NULL REFERENCES sales (id),
  booth        TEXT NOT NULL,
  channel      TEXT NOT NULL,
  mode         TEXT NOT NULL,
  amount       INTEGER NOT NULL CHECK (amount > 0),
  code_hash    TEXT NOT NULL,
  code_last4   TEXT NOT NULL,
  state        TEXT NOT NULL,
  opened_ms    INTEGER NOT NULL,
  settled_ms   INTEGER,
  txn          TEXT NOT NULL DEFAULT '',
  paid_at_ms   INTEGER,
  payer_paid   INTEGER NOT NULL DEFAULT 0,
  reason       TEXT NOT NULL DEFAULT '',
  code         TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_sale ON attempts (sale);
-- A sale has at most one attempt that is not final: a second charge cannot start while one is unknown.
CREATE UNIQUE INDEX attempts_open ON attempts (sale) WHERE state NOT IN ('paid', 'declined', 'reversed');
-- A sale is paid by at most one attempt.
CREATE UNIQUE INDEX attempts_paid ON attempts (sale) WHERE state = 'paid';
-- One scanned code is one attempt.
CREATE INDEX attempts_code ON attempts (code_hash) WHERE code_hash <> '';

CREATE TABLE refunds (
  number     TEXT PRIMARY KEY,
  attempt    TEXT NOT NULL REFERENCES attempts (number),
  sale       TEXT NOT NULL,
  amount     INTEGER NOT NULL CHECK (amount > 0),
  reason     TEXT NOT NULL,
  status     TEXT NOT NULL,
  opened_ms  INTEGER NOT NULL,
  settled_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refunds_open ON refunds (status) WHERE status = 'open';

CREATE TABLE receipts (
  receipt    TEXT PRIMARY KEY,
  sale       TEXT NOT NULL UNIQUE REFERENCES sales (id),
  state      TEXT NOT NULL,
  reason     TEXT NOT NULL DEFAULT '',
  started_ms INTEGER,
  settled_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE products (
  sku           TEXT PRIMARY KEY,
  name_zh       TEXT NOT NULL,
  name_en       TEXT NOT NULL,
  price         INTEGER,
  member_price  INTEGER,
  unit_zh       TEXT NOT NULL,
  unit_en       TEXT NOT NULL,
  picture       TEXT NOT NULL,
  tax_permille  INTEGER NOT NULL,
  weighed       INTEGER NOT NULL,
  min_age       INTEGER NOT NULL,
  most_per_sale INTEGER NOT NULL,
  active        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE codes (
  code TEXT PRIMARY KEY,
  sku  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX codes_sku ON codes (sku);

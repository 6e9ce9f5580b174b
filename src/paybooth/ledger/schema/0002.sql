-- Refunds by staff, staff themselves, and the daily match.

-- One row per refund. What is asked, open or done never passes the attempt's amount (rows.py guards it in the INSERT).
ALTER TABLE refunds ADD COLUMN asked_by TEXT NOT NULL DEFAULT '';
ALTER TABLE refunds ADD COLUMN approved_by TEXT NOT NULL DEFAULT '';
ALTER TABLE refunds ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE refunds ADD COLUMN request TEXT NOT NULL DEFAULT '';
CREATE INDEX refunds_sale ON refunds (sale);
CREATE INDEX refunds_opened ON refunds (opened_ms);
CREATE INDEX refunds_done ON refunds (settled_ms) WHERE status = 'done';
-- The same wish twice is one refund.
CREATE UNIQUE INDEX refunds_request ON refunds (request) WHERE request <> '';

CREATE TABLE refund_lines (
  refund   TEXT NOT NULL REFERENCES refunds (number),
  line     INTEGER NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  amount   INTEGER NOT NULL,
  PRIMARY KEY (refund, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE staff (
  name       TEXT PRIMARY KEY,
  role       TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;

-- The last comparison of each day and channel; body is the fact's.
CREATE TABLE matches (
  day     TEXT NOT NULL,
  channel TEXT NOT NULL,
  at_ms   INTEGER NOT NULL,
  body    BLOB NOT NULL,
  PRIMARY KEY (day, channel)
) STRICT, WITHOUT ROWID;

-- What a start looks for, without walking the whole table.
CREATE INDEX receipts_open ON receipts (receipt) WHERE settled_ms IS NULL;

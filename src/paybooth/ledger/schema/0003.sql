-- The exit: pieces that passed a gate, passes that were used, gates, incidents.

-- Pieces sold by their own serial, for the gate.
CREATE INDEX lines_piece ON lines (sku, serial) WHERE serial IS NOT NULL;
-- What is in flight or may leave, after a restart.
CREATE INDEX sales_changed ON sales (changed_ms);

-- The last word on a piece: left (paid), taken (unpaid), in (came in through the gate), moved (by staff), back (on the shelf).
CREATE TABLE pieces (
  sku    TEXT NOT NULL,
  serial TEXT NOT NULL,
  state  TEXT NOT NULL CHECK (state IN ('left', 'taken', 'in', 'moved', 'back')),
  sale   TEXT NOT NULL,
  at_ms  INTEGER NOT NULL,
  until_ms INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (sku, serial)
) STRICT, WITHOUT ROWID;
CREATE INDEX pieces_sale ON pieces (sale) WHERE sale <> '';

CREATE TABLE passes (
  sale  TEXT PRIMARY KEY REFERENCES sales (id),
  gate  TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE gates (
  gate TEXT PRIMARY KEY,
  mode TEXT NOT NULL DEFAULT '',
  fire INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE incidents (
  id          INTEGER PRIMARY KEY,
  kind        TEXT NOT NULL,
  severity    TEXT NOT NULL,
  state       TEXT NOT NULL,
  place       TEXT NOT NULL,
  detail      TEXT NOT NULL,
  opened_ms   INTEGER NOT NULL,
  last_ms     INTEGER NOT NULL,
  times       INTEGER NOT NULL DEFAULT 1,
  claimed_by  TEXT NOT NULL DEFAULT '',
  claimed_ms  INTEGER,
  escalated   INTEGER NOT NULL DEFAULT 0,
  verdict     TEXT NOT NULL DEFAULT '',
  note        TEXT NOT NULL DEFAULT '',
  resolved_by TEXT NOT NULL DEFAULT '',
  resolved_ms INTEGER,
  items       BLOB NOT NULL,
  evidence    BLOB
) STRICT;
CREATE INDEX incidents_live ON incidents (id) WHERE state <> 'resolved';

-- Everything that happened to an incident, as told.
CREATE TABLE incident_steps (
  incident INTEGER NOT NULL REFERENCES incidents (id),
  n        INTEGER NOT NULL,
  at_ms    INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  body     BLOB NOT NULL,
  PRIMARY KEY (incident, n)
) STRICT, WITHOUT ROWID;

-- The house itself: its floor plan in every version, and what staff set over the configuration file.

-- body is the fact's.
CREATE TABLE plans (
  number INTEGER PRIMARY KEY,
  at_ms  INTEGER NOT NULL,
  body   BLOB NOT NULL
) STRICT;

CREATE TABLE settings (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

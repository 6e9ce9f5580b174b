-- What whoever goes says to whoever comes.
CREATE TABLE handovers (
  id        INTEGER PRIMARY KEY,
  at_ms     INTEGER NOT NULL,
  by        TEXT NOT NULL,
  text      TEXT NOT NULL,
  incidents TEXT NOT NULL,
  taken_by  TEXT NOT NULL DEFAULT '',
  taken_ms  INTEGER
) STRICT;

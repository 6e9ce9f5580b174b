-- Prices from a date on. state: planned, taken, withdrawn or unfit.
CREATE TABLE coming_prices (
  number       INTEGER PRIMARY KEY,
  sku          TEXT NOT NULL,
  from_ms      INTEGER NOT NULL,
  price        INTEGER,
  member_price INTEGER,
  by           TEXT NOT NULL,
  reason       TEXT NOT NULL,
  state        TEXT NOT NULL DEFAULT 'planned'
) STRICT;
CREATE INDEX coming_prices_planned ON coming_prices (from_ms) WHERE state = 'planned';

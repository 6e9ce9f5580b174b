-- Price rules as staff wrote them, in every version. body is the fact's.
CREATE TABLE price_rules (
  number INTEGER PRIMARY KEY,
  at_ms  INTEGER NOT NULL,
  body   BLOB NOT NULL
) STRICT;

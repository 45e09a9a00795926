-- Sealed observations that wait for the sink. AUTOINCREMENT: numbers rise for ever.

CREATE TABLE spool (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  sealed BLOB NOT NULL
);

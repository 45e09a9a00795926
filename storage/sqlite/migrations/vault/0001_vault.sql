-- The vault: no table or key of it is in the city database.

CREATE TABLE tokens (
  name TEXT PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  doc TEXT NOT NULL
) WITHOUT ROWID;

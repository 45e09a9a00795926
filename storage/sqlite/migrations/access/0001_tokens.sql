-- Who may use the platform's own doors: tokens of operators and machines.

CREATE TABLE tokens (
  name TEXT PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  doc TEXT NOT NULL
) WITHOUT ROWID;

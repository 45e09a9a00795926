-- A number that rises with every change of a token: what caches of tokens compare.

CREATE TABLE versions (
  name TEXT PRIMARY KEY,
  version INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO versions VALUES ('tokens', 0);

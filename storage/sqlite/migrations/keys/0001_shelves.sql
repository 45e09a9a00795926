-- Keys of citizens' values, apart from the values. The tables are those of the vault.

-- One row for each document of every kind. The revision is the row's number, and a change is a new
-- row: AUTOINCREMENT gives no number twice, so that whoever read a row can tell that it is gone.

CREATE TABLE documents (
  revision INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  doc TEXT NOT NULL,
  expires INTEGER,
  UNIQUE (kind, key)
);

CREATE INDEX documents_expiry ON documents (expires) WHERE expires IS NOT NULL;

-- By what documents are found.

CREATE TABLE marks (
  kind TEXT NOT NULL,
  mark TEXT NOT NULL,
  text TEXT NOT NULL,
  key TEXT NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (kind, mark, text, key)
) WITHOUT ROWID;

CREATE INDEX marks_revision ON marks (revision);

-- Registrations of context providers, and beside them what is known of the requests they caused.

CREATE TABLE registrations (
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  created INTEGER NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

CREATE TABLE forwarded (
  tenant INTEGER NOT NULL,
  registration TEXT NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (tenant, registration)
) WITHOUT ROWID;

INSERT INTO versions VALUES ('registrations', 0);

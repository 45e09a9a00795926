-- What the intake needs: registered devices, and all that is kept of refused input.

CREATE TABLE devices (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  revision INTEGER NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX devices_key ON devices (key_hash, id);

CREATE TABLE refused (
  number INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  sensor TEXT NOT NULL,
  doc TEXT NOT NULL
);
CREATE INDEX refused_time ON refused (time);
CREATE INDEX refused_sensor ON refused (sensor, time);

-- The city database. Instants are microseconds since 1970; documents of entities are JSONB of
-- `broker.model.entity.Entity`, all other documents JSON text.

CREATE TABLE tenants (
  tenant INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

-- A deleted entity keeps its row with `created` and `doc` null for as long as it has a history, so
-- that history rows name it by a number and a re-created entity continues its series.
CREATE TABLE entities (
  entity INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  path TEXT NOT NULL,
  created INTEGER,
  modified INTEGER,
  expires INTEGER,
  doc BLOB
);
CREATE UNIQUE INDEX entities_key ON entities (tenant, id, type, path);
-- The order of lists. With `expires`, counting needs no look at the entities themselves.
CREATE INDEX entities_order ON entities (tenant, created, id, type, path, expires)
  WHERE created IS NOT NULL;
CREATE INDEX entities_type ON entities (tenant, type, created, id, path, expires)
  WHERE created IS NOT NULL;
CREATE INDEX entities_expiry ON entities (expires) WHERE expires IS NOT NULL;

-- The types of an entity behind its first.
CREATE TABLE more_types (
  tenant INTEGER NOT NULL,
  type TEXT NOT NULL,
  entity INTEGER NOT NULL,
  PRIMARY KEY (tenant, type, entity)
) WITHOUT ROWID;
CREATE INDEX more_types_entity ON more_types (entity);

-- The box around all locations of an entity, in degrees.
CREATE VIRTUAL TABLE places USING rtree (entity, west, east, south, north);

-- Attribute and dataset of a series, by number.
CREATE TABLE attributes (
  attribute INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  dataset TEXT NOT NULL,
  UNIQUE (name, dataset)
);

-- Ordered as it is read. `number` is the value where it is one, for aggregation; `tie` tells rows
-- of one instant apart; `doc` is null where the attribute was deleted.
CREATE TABLE history (
  entity INTEGER NOT NULL,
  attribute INTEGER NOT NULL,
  time INTEGER NOT NULL,
  recorded INTEGER NOT NULL,
  tie INTEGER NOT NULL,
  number,
  doc TEXT,
  PRIMARY KEY (entity, attribute, time, recorded, tie)
) WITHOUT ROWID;

CREATE TABLE subscriptions (
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  created INTEGER NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

CREATE TABLE delivered (
  tenant INTEGER NOT NULL,
  subscription TEXT NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (tenant, subscription)
) WITHOUT ROWID;

-- AUTOINCREMENT: a number is never given twice, not even after the row is gone.
CREATE TABLE notices (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant INTEGER NOT NULL,
  subscription TEXT NOT NULL,
  lane TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  doc TEXT NOT NULL
);
CREATE INDEX notices_lane ON notices (lane, number);

CREATE TABLE dead_notices (
  number INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL,
  subscription TEXT NOT NULL,
  lane TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  reason TEXT NOT NULL,
  doc TEXT NOT NULL
);
CREATE INDEX dead_notices_subscription ON dead_notices (tenant, subscription, number);

CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  until INTEGER NOT NULL
) WITHOUT ROWID;

-- Numbers that rise: `subscriptions` with every change of a subscription.
CREATE TABLE versions (
  name TEXT PRIMARY KEY,
  version INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO versions VALUES ('subscriptions', 0);

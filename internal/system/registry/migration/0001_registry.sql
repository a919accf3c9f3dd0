-- Copyright (c) The InfraOps Authors
-- SPDX-License-Identifier: MPL-2.0

-- {identity} and {hexadecimal} are the only words in which SQLite and PostgreSQL differ here.

CREATE TABLE infraops_migration (
  version    INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  applied_at TEXT NOT NULL,
  applied_by TEXT NOT NULL
);

CREATE TABLE infraops_record (
  id         {identity},
  kind       TEXT NOT NULL,
  stack      TEXT NOT NULL,
  name       TEXT NOT NULL,
  version    INTEGER NOT NULL,
  revision   BIGINT NOT NULL,
  retired    SMALLINT NOT NULL,
  holds_key  SMALLINT NOT NULL,
  gone       SMALLINT NOT NULL,
  reference  TEXT UNIQUE,
  document   TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);

-- This index is what makes it impossible to create one record twice.
CREATE UNIQUE INDEX infraops_record_key ON infraops_record (kind, stack, name) WHERE holds_key = 1;
CREATE INDEX infraops_record_stack ON infraops_record (kind, stack, id);
CREATE INDEX infraops_record_kind ON infraops_record (kind, id);
CREATE INDEX infraops_record_name ON infraops_record (kind, name);

-- One row for each live prefix. Addresses are the 32 hexadecimal digits of their 16-byte form, so that text sorts as addresses do.
CREATE TABLE infraops_prefix (
  record_id     BIGINT PRIMARY KEY REFERENCES infraops_record (id),
  cidr          TEXT NOT NULL UNIQUE,
  first_address {hexadecimal} NOT NULL,
  last_address  {hexadecimal} NOT NULL,
  gateway       {hexadecimal} NOT NULL,
  -- No usable address below this one is free.
  lowest_free   {hexadecimal} NOT NULL
);
CREATE INDEX infraops_prefix_gateway ON infraops_prefix (gateway);

-- The primary key is what makes it impossible to give out one address twice.
CREATE TABLE infraops_allocation (
  address   {hexadecimal} PRIMARY KEY,
  record_id BIGINT NOT NULL UNIQUE REFERENCES infraops_record (id),
  prefix_id BIGINT NOT NULL REFERENCES infraops_prefix (record_id)
);
CREATE INDEX infraops_allocation_prefix ON infraops_allocation (prefix_id);

CREATE TABLE infraops_sequence (
  name  TEXT PRIMARY KEY,
  value BIGINT NOT NULL
);
INSERT INTO infraops_sequence (name, value) VALUES ('change_request', 0);

-- A decision that an edit has overtaken stays, with is_current = 0.
CREATE TABLE infraops_decision (
  id         {identity},
  record_id  BIGINT NOT NULL REFERENCES infraops_record (id),
  name       TEXT NOT NULL,
  decision   TEXT NOT NULL,
  comment    TEXT NOT NULL,
  decided_at TEXT NOT NULL,
  is_current SMALLINT NOT NULL
);
CREATE INDEX infraops_decision_record ON infraops_decision (record_id, id);

-- record_id has no reference: history outlives what it is about.
CREATE TABLE infraops_history (
  sequence   {identity},
  at         TEXT NOT NULL,
  actor      TEXT NOT NULL,
  stack      TEXT NOT NULL,
  kind       TEXT NOT NULL,
  record_id  BIGINT NOT NULL,
  name       TEXT NOT NULL,
  action     TEXT NOT NULL,
  changes    TEXT NOT NULL
);
CREATE INDEX infraops_history_record ON infraops_history (record_id, sequence);

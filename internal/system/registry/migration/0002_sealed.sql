-- Copyright (c) The InfraOps Authors
-- SPDX-License-Identifier: MPL-2.0

-- The sealed content of each secret delivery that has not been fetched for good. It has a table of its own, so that
-- neither documents nor history repeat it and taking it away leaves no copy.
CREATE TABLE infraops_sealed (
  record_id  BIGINT PRIMARY KEY REFERENCES infraops_record (id),
  -- The armored message of age. Only the recipient can open it.
  message    TEXT NOT NULL,
  -- Empty where it does not expire.
  expires_at TEXT NOT NULL
);

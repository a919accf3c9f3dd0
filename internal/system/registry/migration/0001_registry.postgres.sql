-- Copyright (c) The InfraOps Authors
-- SPDX-License-Identifier: MPL-2.0

CREATE FUNCTION infraops_history_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'infraops_history is append-only';
END $$;

CREATE TRIGGER infraops_history_change BEFORE UPDATE OR DELETE ON infraops_history
FOR EACH ROW EXECUTE FUNCTION infraops_history_refuse();

CREATE TRIGGER infraops_history_truncate BEFORE TRUNCATE ON infraops_history
FOR EACH STATEMENT EXECUTE FUNCTION infraops_history_refuse();

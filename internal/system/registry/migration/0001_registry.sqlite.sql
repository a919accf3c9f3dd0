-- Copyright (c) The InfraOps Authors
-- SPDX-License-Identifier: MPL-2.0

CREATE TRIGGER infraops_history_update BEFORE UPDATE ON infraops_history
BEGIN SELECT RAISE(ABORT, 'infraops_history is append-only'); END;

CREATE TRIGGER infraops_history_delete BEFORE DELETE ON infraops_history
BEGIN SELECT RAISE(ABORT, 'infraops_history is append-only'); END;

-- INSERT OR REPLACE removes the old row without firing a delete trigger.
CREATE TRIGGER infraops_history_replace BEFORE INSERT ON infraops_history
WHEN EXISTS (SELECT 1 FROM infraops_history WHERE sequence = NEW.sequence)
BEGIN SELECT RAISE(ABORT, 'infraops_history is append-only'); END;

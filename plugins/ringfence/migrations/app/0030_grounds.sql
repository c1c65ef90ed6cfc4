-- What a grant may say against itself, and which calls a dialler dropped. Null: nobody says.
alter table ledger.consent_events add column is_pre_ticked boolean, add column is_bundled boolean;
alter table ledger.call_attempts add column is_abandoned boolean;

-- By controller, the sources of objections that were silent or unread at the run's instant.
alter table ledger.decision_runs add column silent_feeds jsonb not null default '{}';

-- Overlays of the policy that a comparison tries out: no daily run sees them, so nothing that is
-- frozen or published can stand on them.
alter table ledger.decision_runs
add column proposed_overlays jsonb not null default '[]',
add constraint proposed_in_replays_only check (mode = 'replay' or proposed_overlays = '[]');

-- How far an attempt's time can be trusted (`ok`, `date_only` …), as other events say it; older rows
-- were taken for `ok`. Which contract a relation is about, as a keyed hash: its newest row binds.
alter table ledger.call_attempts add column event_time_status text;
alter table ledger.customer_relations add column contract_id uuid;
create index on ledger.customer_relations (contract_id);

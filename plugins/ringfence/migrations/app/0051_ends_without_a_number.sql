-- A contract may end in a row that names no number: it is known by its reference.
alter table ledger.customer_relations alter column subject_id drop not null;
alter table ledger.customer_relations add check (subject_id is not null or ended_at is not null);

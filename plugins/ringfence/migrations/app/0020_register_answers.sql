-- What a register said, not only who stands in it. A register that is asked number by number answers
-- one controller, and a number it was not asked about has no answer: `controller_id` is '' for a
-- register that everybody shares, and a screening without a result says that nobody had asked.
alter table landing.register_entries
add column controller_id text not null default '',
add column is_listed boolean not null default true,
add column is_revoking_all boolean,
add column listed_at timestamptz,
add column proof text,
drop constraint register_entries_pkey,
add primary key (register_id, controller_id, subject_id);

alter table ledger.screenings
add column controller_id text not null default '',
add column is_revoking_all boolean,
add column listed_at timestamptz,
add column proof text,
alter column is_listed drop not null;

-- Who was ever seen listed is asked each day for the registers that annul consents.
create index on ledger.screenings (register_id, controller_id) where is_listed;

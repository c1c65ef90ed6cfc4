-- A number that stands in another campaign's list of the same controller is taken out of this one.
alter table ledger.publication_removals drop constraint publication_removals_reason_check;
alter table ledger.publication_removals add constraint publication_removals_reason_check
check (reason in ('last_look', 'other_list', 'recall', 'erasure'));

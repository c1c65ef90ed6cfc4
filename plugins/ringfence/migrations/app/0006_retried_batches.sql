-- A file that is rejected stays where it lies and is tried again at the next run: each attempt stays
-- on record, and all but the last are marked. Nothing else ever reads this as permission.
alter table landing.batches add column is_retried boolean not null default false;
alter table landing.batches add check (not is_retried or status = 'rejected');

update landing.batches as earlier
set is_retried = true
where earlier.status = 'rejected' and exists (
    select from landing.batches as later
    where
        later.source_id = earlier.source_id
        and later.file_sha256 = earlier.file_sha256
        and later.part = earlier.part
        and later.received_at > earlier.received_at
);

-- A file is sent at its own time, but never later than it was received: a time in the future would
-- swallow every sending after it. What the file itself says stays beside it, since a file that
-- merely lies there is known by its name and that time.
alter table landing.batches add column file_modified_at timestamptz;

update landing.batches
set file_modified_at = sent_at, sent_at = least(sent_at, received_at)
where sent_at is not null;

create index on landing.batches (source_id, file_sha256);

-- Why a row was taken out of a list that had left: by the first word that reached it, known since
-- the receipt of its delivery, or since the ground that the row rests on was taken back.
create table ledger.recalled_rows (
    seq bigint generated always as identity primary key,
    list_id uuid not null,
    subject_id uuid not null,
    -- As in the seed of reasons: what the next decision would call it.
    reason_family text not null check (
        reason_family in ('restriction', 'objection', 'withdrawal', 'ground')
    ),
    batch_id uuid not null references landing.batches (batch_id),
    known_at timestamptz not null,
    recalled_at timestamptz not null,
    unique (list_id, subject_id)
);

-- Each time the recall file of a list lay on disk under its name, whole.
create table ledger.recall_files (
    seq bigint generated always as identity primary key,
    list_id uuid not null,
    count_rows bigint not null,
    written_at timestamptz not null
);

create index on ledger.recall_files (list_id, written_at);

-- How long a stop took from its receipt to the recall file of each list that it reached.
create view ledger.recall_times as
select
    recalled.batch_id,
    recalled.list_id,
    recalled.reason_family,
    recalled.known_at,
    written.written_at,
    extract(epoch from written.written_at - recalled.known_at)::double precision as seconds,
    count(*) as count_rows
from ledger.recalled_rows as recalled
cross join lateral (
    select min(files.written_at) as written_at
    from ledger.recall_files as files
    where files.list_id = recalled.list_id and files.written_at >= recalled.recalled_at
) as written
group by
    recalled.batch_id, recalled.list_id, recalled.reason_family, recalled.known_at,
    written.written_at;

create trigger refuse_change before update or delete or truncate on ledger.recalled_rows
for each statement execute function ledger.refuse_change();
create trigger refuse_change before update or delete or truncate on ledger.recall_files
for each statement execute function ledger.refuse_change();
grant select, insert on ledger.recalled_rows, ledger.recall_files to {{prefix}}pipeline;
grant select on ledger.recalled_rows, ledger.recall_files, ledger.recall_times
to {{prefix}}auditor;
grant select on ledger.recall_times to {{prefix}}pipeline;
grant usage on all sequences in schema ledger to {{prefix}}pipeline;

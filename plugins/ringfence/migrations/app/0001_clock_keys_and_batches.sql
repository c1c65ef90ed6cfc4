-- The one source of "now". A demo stands at its sample's instant and moves one millisecond a look,
-- so that order holds and two demos of the same day agree.
create table ledger.clock (
    is_only_row boolean primary key default true check (is_only_row),
    mode text not null check (mode in ('live', 'demo')),
    stands_at timestamptz,
    check ((mode = 'demo') = (stands_at is not null))
);

create sequence ledger.clock_ticks;

create function ledger.now() returns timestamptz
language sql volatile
as $$
    select coalesce(
        (
            select stands_at + nextval('ledger.clock_ticks') * interval '1 millisecond'
            from ledger.clock
            where mode = 'demo'
        ),
        clock_timestamp()
    )
$$;

create table ledger.keys (
    key_id text primary key,
    purpose text not null check (purpose in ('subject', 'signing')),
    check_value bytea not null,
    public_key bytea,
    state text not null check (state in ('active', 'retired')),
    created_at timestamptz not null
);

create table ledger.subject_aliases (
    old_subject_id uuid primary key,
    new_subject_id uuid not null,
    key_id text not null references ledger.keys (key_id)
);

create table ledger.config_versions (
    seq bigint generated always as identity primary key,
    kind text not null,
    sha256 text not null,
    content jsonb not null,
    accepted_at timestamptz not null
);

-- One row for each delivery and part: `stops` are accepted before anything is checked, `rest` after.
create table landing.batches (
    batch_id uuid primary key,
    delivery_id uuid not null,
    part text not null check (part in ('stops', 'rest')),
    source_id text not null,
    controller_id text not null,
    file_sha256 text not null,
    mapping_sha256 text not null,
    published_at timestamptz,
    name_hash bytea,
    -- The file's own time, which tells that the same bytes were sent once more.
    sent_at timestamptz,
    status text not null check (
        status in ('received', 'accepted', 'rejected', 'reconfirmed', 'retracted')
    ),
    reason_code text,
    reason text,
    rows_read bigint not null default 0,
    rows_landed bigint not null default 0,
    rows_quarantined bigint not null default 0,
    entries jsonb not null default '{}',
    received_at timestamptz not null,
    accepted_at timestamptz,
    retracted_at timestamptz,
    -- A file that may hold stops could not be read to its end: lists wait for a good one.
    has_unread_stops boolean not null default false,
    check (status not in ('accepted', 'reconfirmed', 'retracted') or accepted_at is not null),
    check ((status = 'retracted') = (retracted_at is not null)),
    check (
        status not in ('accepted', 'reconfirmed')
        or part = 'stops'
        or rows_read = rows_landed + rows_quarantined
    )
);

create index on landing.batches (source_id, received_at);
create index on landing.batches (accepted_at);

-- No identity column: the same bytes with the same mapping and date are one batch, if accepted.
create unique index one_accepted_batch_per_identity on landing.batches (
    source_id, file_sha256, mapping_sha256, coalesce(published_at, '-infinity'), part
) where status = 'accepted' and part = 'rest';

create table landing.quarantined_records (
    batch_id uuid not null references landing.batches (batch_id),
    row_number bigint not null,
    reason_code text not null,
    cells_encrypted bytea,
    quarantined_at timestamptz not null,
    primary key (batch_id, row_number)
);

create table landing.unmatched_stops (
    unmatched_stop_id uuid primary key,
    batch_id uuid not null references landing.batches (batch_id),
    row_number bigint not null,
    kind text not null,
    cells_encrypted bytea,
    received_at timestamptz not null,
    due_at timestamptz not null,
    resolved_at timestamptz
);

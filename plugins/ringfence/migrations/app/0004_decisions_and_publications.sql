create table ledger.decision_runs (
    seq bigint generated always as identity primary key,
    run_id uuid not null unique,
    mode text not null check (mode in ('daily', 'replay')),
    call_date date not null,
    known_as_of timestamptz not null,
    code_version text not null,
    -- Versions of what decided, and hashes of the seeds and models: decision/versions.py.
    versions jsonb not null default '{}'
);

-- What the run found, written once when it has ended well.
create table ledger.decision_totals (
    run_id uuid primary key references ledger.decision_runs (run_id),
    totals jsonb not null,
    finished_at timestamptz not null
);

-- A row only where the decision changed; replay rebuilds the rest.
create table ledger.call_decisions (
    seq bigint generated always as identity primary key,
    decision_id uuid not null,
    run_id uuid not null references ledger.decision_runs (run_id),
    subject_id uuid not null,
    campaign_id text not null,
    call_date date not null,
    verdict text not null check (verdict in ('callable', 'blocked', 'undetermined')),
    first_reason_code text,
    reason_codes text[] not null,
    evidence_ids text[] not null,
    ground text
);

create index on ledger.call_decisions (subject_id, campaign_id, seq desc);

-- One row for each step of a list; its present state is its last row (ledger.current_publications).
create table ledger.publications (
    seq bigint generated always as identity primary key,
    list_id uuid not null,
    status text not null check (
        status in ('prepared', 'published', 'voided', 'superseded', 'recalled', 'deleted')
    ),
    campaign_id text not null,
    call_date date not null,
    run_id uuid not null references ledger.decision_runs (run_id),
    edition integer not null,
    count_rows bigint not null,
    valid_until timestamptz not null,
    file_sha256 text,
    manifest_sha256 text,
    reason text,
    recorded_at timestamptz not null,
    unique (list_id, status)
);

create table ledger.publication_rows (
    list_id uuid not null,
    subject_id uuid not null,
    decision_id uuid not null,
    call_ref text not null,
    primary key (list_id, subject_id),
    unique (call_ref)
);

create index on ledger.publication_rows (subject_id);

create table ledger.publication_removals (
    list_id uuid not null,
    subject_id uuid not null,
    reason text not null check (reason in ('last_look', 'recall', 'erasure')),
    removed_at timestamptz not null,
    primary key (list_id, subject_id, reason)
);

create view ledger.current_publications as
select distinct on (list_id) *
from ledger.publications
order by list_id, seq desc;

create table ledger.publication_stops (
    seq bigint generated always as identity primary key,
    action text not null check (action in ('stop', 'resume')),
    campaign_id text,
    reason text not null,
    actor text not null,
    recorded_at timestamptz not null
);

-- What a dialler may read: rows of lists that are valid now, less everything taken back.
create view ledger.current_call_list as
select
    publications.campaign_id,
    publications.call_date,
    publications.list_id,
    publications.valid_until,
    publication_rows.call_ref,
    publication_rows.subject_id
from ledger.current_publications as publications
inner join ledger.publication_rows on publications.list_id = publication_rows.list_id
where
    publications.status = 'published'
    and publications.valid_until > ledger.now()
    and not exists (
        select from ledger.publication_removals
        where
            publication_removals.list_id = publication_rows.list_id
            and publication_removals.subject_id = publication_rows.subject_id
    );

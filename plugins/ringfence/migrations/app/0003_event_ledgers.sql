-- Each ledger is two tables: facts without personal data that are never changed, and a payload
-- that only ledger.erase may delete. commitment = SHA-256 over salt, version and payload fields.

create table ledger.consent_events (
    seq bigint generated always as identity primary key,
    event_id uuid not null,
    batch_id uuid not null references landing.batches (batch_id),
    row_number bigint not null,
    source_id text not null,
    controller_id text not null,
    subject_id uuid not null,
    person_ref uuid,
    event_type text not null check (
        event_type in ('given', 'renewed', 'refused', 'withdrawn', 'objected', 'restricted', 'unreadable')
    ),
    event_at timestamptz,
    event_time_status text not null check (
        event_time_status in ('ok', 'date_only', 'zoneless', 'future', 'unreadable', 'absent')
    ),
    expires_at timestamptz,
    purpose text,
    call_mode text,
    channel text,
    notice_version text,
    collection_context text,
    collection_method text,
    collector text,
    recording_notice_given boolean,
    verified_channel text,
    evidence_status text,
    commitment bytea not null
);

create table ledger.consent_events_payload (
    seq bigint primary key references ledger.consent_events (seq),
    salt bytea not null,
    evidence_ref text,
    event_at_original text,
    event_type_original text
);

create table ledger.suppression_entries (
    seq bigint generated always as identity primary key,
    entry_id uuid not null,
    batch_id uuid not null references landing.batches (batch_id),
    row_number bigint not null,
    source_id text not null,
    controller_id text,
    subject_id uuid not null,
    person_ref uuid,
    scope text not null check (scope in ('controller', 'purpose', 'all')),
    purpose text,
    channel text,
    kind text not null check (
        kind in ('objection', 'withdrawal', 'complaint', 'wrong_number', 'deceased', 'erasure')
    ),
    event_at timestamptz,
    event_time_status text not null,
    commitment bytea not null
);

create table ledger.suppression_entries_payload (
    seq bigint primary key references ledger.suppression_entries (seq),
    salt bytea not null,
    event_at_original text,
    kind_original text
);

create table ledger.call_attempts (
    seq bigint generated always as identity primary key,
    attempt_id uuid not null,
    batch_id uuid not null references landing.batches (batch_id),
    row_number bigint not null,
    source_id text not null,
    controller_id text not null,
    subject_id uuid not null,
    campaign_id text,
    call_ref text,
    attempted_at timestamptz not null,
    disposition text not null check (
        disposition in (
            'no_contact', 'answered', 'refused', 'objected', 'wrong_party', 'reassigned', 'deceased',
            'minor', 'callback_requested', 'unreadable'
        )
    ),
    commitment bytea not null
);

create table ledger.call_attempts_payload (
    seq bigint primary key references ledger.call_attempts (seq),
    salt bytea not null,
    attempted_at_original text,
    disposition_original text
);

create table ledger.customer_relations (
    seq bigint generated always as identity primary key,
    relation_id uuid not null,
    batch_id uuid not null references landing.batches (batch_id),
    row_number bigint not null,
    source_id text not null,
    controller_id text not null,
    subject_id uuid not null,
    person_ref uuid,
    product text,
    started_at timestamptz,
    ended_at timestamptz,
    last_purchase_at timestamptz,
    inquiry_at timestamptz,
    is_objection_offered boolean,
    commitment bytea not null
);

create table ledger.customer_relations_payload (
    seq bigint primary key references ledger.customer_relations (seq),
    salt bytea not null,
    contract_ref text
);

create index on ledger.consent_events (subject_id);
create index on ledger.consent_events (person_ref) where person_ref is not null;
create index on ledger.consent_events (batch_id);
create index on ledger.suppression_entries (subject_id);
create index on ledger.suppression_entries (person_ref) where person_ref is not null;
create index on ledger.suppression_entries (batch_id);
create index on ledger.call_attempts (subject_id);
create index on ledger.call_attempts (batch_id);
create index on ledger.customer_relations (subject_id);
create index on ledger.customer_relations (batch_id);

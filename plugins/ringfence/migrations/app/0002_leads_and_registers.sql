create table landing.lead_records (
    record_id uuid primary key,
    lead_id uuid not null,
    batch_id uuid not null references landing.batches (batch_id),
    row_number bigint not null,
    source_id text not null,
    source_record_id text not null,
    controller_id text not null,
    person_ref uuid not null,
    title text,
    first_name text,
    last_name text,
    company text,
    email text,
    postcode text,
    city text,
    region text,
    country text,
    address_country text,
    audience text not null check (
        audience in (
            'generic_company', 'named_contact', 'sole_trader_or_partnership', 'consumer', 'unknown'
        )
    ),
    birth_date date,
    language text,
    campaign_id text,
    collected_at timestamptz,
    kept jsonb not null default '{}'
);

create index on landing.lead_records (lead_id);
create index on landing.lead_records (batch_id);

create table landing.lead_contact_points (
    record_id uuid not null references landing.lead_records (record_id) on delete cascade,
    subject_id uuid not null,
    person_ref uuid not null,
    position smallint not null,
    batch_id uuid not null,
    number_status text not null,
    e164 text,
    raw text,
    number_region text,
    line_type text not null,
    primary key (record_id, position)
);

create index on landing.lead_contact_points (subject_id);
create index on landing.lead_contact_points (person_ref);
create index on landing.lead_contact_points (batch_id);

-- What is left of a lead that was deleted: which numbers were one person's, as long as a stop or
-- another lead of that person makes it matter. Ids only.
create table landing.person_links (
    controller_id text not null,
    person_ref uuid not null,
    subject_id uuid not null,
    batch_id uuid not null,
    primary key (person_ref, subject_id, batch_id)
);

create index on landing.person_links (subject_id);

create view landing.person_numbers as
select leads.controller_id, points.person_ref, points.subject_id, points.batch_id
from landing.lead_contact_points as points
inner join landing.lead_records as leads on points.record_id = leads.record_id
union all
select links.controller_id, links.person_ref, links.subject_id, links.batch_id
from landing.person_links as links;

create table ledger.register_snapshots (
    seq bigint generated always as identity primary key,
    snapshot_id uuid not null unique,
    register_id text not null,
    batch_id uuid not null references landing.batches (batch_id),
    published_at timestamptz not null,
    count_entries bigint not null,
    count_added bigint not null,
    count_removed bigint not null
);

create table landing.register_entries (
    register_id text not null,
    subject_id uuid not null,
    snapshot_id uuid not null,
    primary key (register_id, subject_id)
);

create table ledger.screenings (
    seq bigint generated always as identity primary key,
    subject_id uuid not null,
    register_id text not null,
    snapshot_id uuid not null,
    is_listed boolean not null,
    screened_at timestamptz not null
);

create index on ledger.screenings (subject_id, register_id);

create table ledger.audit_events (
    seq bigint generated always as identity primary key,
    recorded_at timestamptz not null,
    actor text not null,
    action text not null,
    object_kind text not null,
    object_id text not null,
    details jsonb not null default '{}'
);

-- Roots over blocks of 4,096 rows of one ledger and one batch; a link chains them in order of seq.
create table ledger.block_roots (
    batch_id uuid not null,
    ledger_name text not null,
    block_number integer not null,
    count_rows integer not null,
    first_seq bigint not null,
    last_seq bigint not null,
    root bytea not null,
    primary key (batch_id, ledger_name, block_number)
);

create table ledger.chain_links (
    seq bigint generated always as identity primary key,
    kind text not null check (kind in ('batch', 'retraction', 'publication', 'retention')),
    object_id text not null,
    root bytea not null,
    previous_hash bytea not null,
    link_hash bytea not null unique,
    recorded_at timestamptz not null
);

create table ledger.checkpoints (
    seq bigint generated always as identity primary key,
    link_seq bigint not null references ledger.chain_links (seq),
    link_hash bytea not null,
    key_id text not null,
    signature bytea not null,
    recorded_at timestamptz not null
);

create table ledger.retention_receipts (
    seq bigint generated always as identity primary key,
    receipt_id uuid not null unique,
    planned_for timestamptz not null,
    totals jsonb not null,
    finished_at timestamptz not null
);

create table ledger.door_checks (
    seq bigint generated always as identity primary key,
    check_id uuid not null unique,
    door text not null,
    suite text not null,
    batch_id uuid,
    list_id uuid,
    is_passed boolean not null,
    count_rows bigint not null,
    results jsonb not null,
    checked_at timestamptz not null
);

create function ledger.refuse_change() returns trigger
language plpgsql
as $$
begin
    raise exception 'ledger.% is append-only: % refused', tg_table_name, lower(tg_op)
        using errcode = 'insufficient_privilege';
end
$$;

do $$
declare
    ledger_table text;
begin
    foreach ledger_table in array array[
        'config_versions', 'register_snapshots', 'screenings', 'consent_events',
        'suppression_entries', 'call_attempts', 'customer_relations', 'decision_runs',
        'decision_totals', 'call_decisions', 'publications', 'publication_rows',
        'publication_removals', 'publication_stops', 'audit_events', 'block_roots', 'chain_links',
        'checkpoints', 'retention_receipts', 'door_checks', 'subject_aliases'
    ]
    loop
        execute format(
            'create trigger refuse_change before update or delete or truncate on ledger.%I '
            'for each statement execute function ledger.refuse_change()', ledger_table
        );
        execute format('grant select, insert on ledger.%I to {{prefix}}pipeline', ledger_table);
        execute format('grant select on ledger.%I to {{prefix}}auditor', ledger_table);
    end loop;
    foreach ledger_table in array array[
        'consent_events', 'suppression_entries', 'call_attempts', 'customer_relations'
    ]
    loop
        execute format(
            'create trigger refuse_change before update or truncate on ledger.%I '
            'for each statement execute function ledger.refuse_change()', ledger_table || '_payload'
        );
        execute format(
            'grant select, insert on ledger.%I to {{prefix}}pipeline', ledger_table || '_payload'
        );
        execute format('grant select, delete on ledger.%I to {{prefix}}eraser', ledger_table || '_payload');
    end loop;
end
$$;

create function ledger.erase(ledger_name text, seqs bigint[], receipt_id uuid) returns bigint
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    erased bigint;
begin
    if ledger_name not in ('consent_events', 'suppression_entries', 'call_attempts', 'customer_relations') then
        raise exception 'ledger.% has no payload to erase', ledger_name;
    end if;
    execute format('delete from ledger.%I where seq = any($1)', ledger_name || '_payload') using seqs;
    get diagnostics erased = row_count;
    insert into ledger.audit_events (recorded_at, actor, action, object_kind, object_id, details)
    values (
        ledger.now(), session_user, 'erase', 'ledger.' || ledger_name, receipt_id::text,
        jsonb_build_object('count_payloads', erased)
    );
    return erased;
end
$$;

grant insert, select on ledger.audit_events to {{prefix}}eraser;
grant select on ledger.clock to {{prefix}}eraser;
grant usage on sequence ledger.clock_ticks to {{prefix}}eraser, {{prefix}}dialler, {{prefix}}auditor, {{prefix}}pipeline;
-- Before the function changes hands: afterwards only its new owner may grant or revoke.
revoke all on function ledger.erase (text, bigint[], uuid) from public;
grant execute on function ledger.erase (text, bigint[], uuid) to {{prefix}}pipeline;
-- A new owner must be able to create in the schema at the moment it is handed the function.
grant create on schema ledger to {{prefix}}eraser;
alter function ledger.erase (text, bigint[], uuid) owner to {{prefix}}eraser;
revoke create on schema ledger from {{prefix}}eraser;

grant select on ledger.clock, ledger.keys to {{prefix}}pipeline, {{prefix}}auditor;
grant select on ledger.clock to {{prefix}}dialler;
grant insert on ledger.keys to {{prefix}}pipeline;
grant select on ledger.current_publications to {{prefix}}pipeline, {{prefix}}auditor;
grant select on ledger.current_call_list to {{prefix}}pipeline, {{prefix}}dialler, {{prefix}}auditor;
grant select, insert, update, delete on all tables in schema landing to {{prefix}}pipeline;
grant usage on all sequences in schema ledger to {{prefix}}pipeline;

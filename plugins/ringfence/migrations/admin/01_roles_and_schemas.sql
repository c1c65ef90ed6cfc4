-- Run once by an administrator (superuser, or a role with CREATEROLE that owns the database).
-- {{prefix}} is RINGFENCE_ROLE_PREFIX, {{app}} the login that Ringfence connects as.
-- The working roles cannot log in; {{app}} takes one of them on for each session.

do $$
declare
    wanted text;
begin
    foreach wanted in array array['owner', 'eraser', 'pipeline', 'analyst', 'auditor', 'dialler']
    loop
        if not exists (select from pg_roles where rolname = '{{prefix}}' || wanted) then
            execute format('create role %I nologin', '{{prefix}}' || wanted);
        end if;
    end loop;
end
$$;

grant {{prefix}}owner, {{prefix}}pipeline, {{prefix}}analyst, {{prefix}}auditor, {{prefix}}dialler to {{app}};
-- The owner hands ledger.erase to the eraser, whom nobody can become at run time.
grant {{prefix}}eraser to {{prefix}}owner with inherit false, set true;

-- These hold for a role that logs in; `ringfence psql` sets the same for its own sessions. Give
-- them to the logins of your readers too: an open transaction on a mart holds up its rebuild.
alter role {{prefix}}analyst set statement_timeout = '5min';
alter role {{prefix}}auditor set statement_timeout = '5min';
alter role {{prefix}}dialler set statement_timeout = '1min';
alter role {{prefix}}analyst set idle_in_transaction_session_timeout = '1min';
alter role {{prefix}}auditor set idle_in_transaction_session_timeout = '1min';

do $$
begin
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect, temporary on database %I to {{app}}', current_database());
end
$$;
revoke all on schema public from public;

create schema if not exists ledger authorization {{prefix}}owner;
create schema if not exists landing authorization {{prefix}}owner;
create schema if not exists staging authorization {{prefix}}pipeline;
create schema if not exists intermediate authorization {{prefix}}pipeline;
create schema if not exists marts authorization {{prefix}}pipeline;
create schema if not exists governance authorization {{prefix}}pipeline;
create schema if not exists replay authorization {{prefix}}pipeline;

grant usage on schema ledger, landing to {{prefix}}pipeline;
grant create on schema landing to {{prefix}}pipeline;
grant usage on schema marts, governance, staging, intermediate to {{prefix}}analyst;
grant usage on schema marts, governance, staging, intermediate, ledger to {{prefix}}auditor;
grant usage on schema ledger to {{prefix}}dialler, {{prefix}}eraser;

-- A decision counts the attempts of the last weeks, not of all years.
create index on ledger.call_attempts (attempted_at);

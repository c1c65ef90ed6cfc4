-- Days that a run decides for beside its own, to compare what the law of each says. Nothing of them
-- is frozen or published.
alter table ledger.decision_runs add column further_call_dates date[] not null default '{}';

-- What tells an unmatched stop again when the list it stands in is sent anew: the row, and the how
-- manieth of those that are alike in its file. Null: nothing does, and it waits each time. Then how
-- it was settled, by the entry by hand of which batch, and as which earlier one, if nobody had to
-- look again.
alter table landing.unmatched_stops
add column row_digest bytea,
add column occurrence bigint,
add column settled_as text check (settled_as in ('stop', 'no_stop')),
add column entered_in uuid references landing.batches (batch_id),
add column settled_by uuid references landing.unmatched_stops (unmatched_stop_id);

create index on landing.unmatched_stops (row_digest) where settled_as is not null;

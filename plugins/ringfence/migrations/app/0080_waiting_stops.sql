-- The unmatched stops that wait for somebody. Of a delivery whose stops were taken back none waits,
-- unless the same bytes of the source were accepted all the same, before or since.
create view landing.waiting_stops as
select
    stops.unmatched_stop_id, stops.batch_id, batches.source_id, stops.row_number,
    stops.received_at, stops.due_at
from landing.unmatched_stops as stops
inner join landing.batches as batches using (batch_id)
where stops.resolved_at is null
    and (
        batches.status <> 'retracted'
        or exists (
            select from landing.batches as again
            where again.source_id = batches.source_id and again.file_sha256 = batches.file_sha256
                and again.part = 'stops' and again.status = 'accepted'
        )
    );

grant select on landing.waiting_stops to {{prefix}}pipeline;

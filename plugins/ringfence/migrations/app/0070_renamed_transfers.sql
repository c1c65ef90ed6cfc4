-- What lay in a folder unread may become a file that is read: it does if that file, of the name it
-- was on its way to, begins with its bytes. How many they were, and which delivery it became; of
-- what was put on record before, nobody knows, and it waits for its very bytes or a dismissal.
alter table landing.batches add column unheard_bytes bigint;
alter table landing.batches add column answered_by uuid references landing.batches (batch_id);

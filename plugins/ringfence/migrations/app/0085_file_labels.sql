-- What holds a list back is named by its file, as a message may show it: without what could be a
-- number. A name may be about somebody: of what was taken in, and of what came before this column,
-- only its hash is kept.
alter table landing.batches add column file_label text;

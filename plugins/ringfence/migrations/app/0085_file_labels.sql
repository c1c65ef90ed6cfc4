-- What holds a list back is named by its file, as a message may show it: without what could be a
-- number. Of what came before nobody knows the name, only its hash.
alter table landing.batches add column file_label text;

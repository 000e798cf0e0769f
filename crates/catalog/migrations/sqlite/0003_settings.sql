-- What was decided for one collection: how it is searched, from where on a passage of it is relevant.
--
-- A row a subject, so that whoever writes one cannot undo what another has written meanwhile.

CREATE TABLE collection_settings (
    collection TEXT NOT NULL REFERENCES collections (name) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL, -- JSON
    PRIMARY KEY (collection, name)
) WITHOUT ROWID;

-- What real documents bring with them (markup, pages, how well they could be read), duplicates, and ingest jobs.
--
-- Rows of before stay readable: their texts are not compressed until they are written again, their content is not
-- known ('', which no document has), and how they are split follows from their media type as it did then.

ALTER TABLE documents ADD COLUMN markup        TEXT   NOT NULL DEFAULT 'plain';
ALTER TABLE documents ADD COLUMN page_count    BIGINT NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN warning_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN content       TEXT   NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN same_as       TEXT;
ALTER TABLE documents ADD COLUMN validator     TEXT;

UPDATE documents SET markup = 'markdown' WHERE media_type IN ('text/markdown', 'text/html');

CREATE INDEX documents_by_content ON documents (collection, content, source, id) WHERE same_as IS NULL;
CREATE INDEX documents_by_original ON documents (collection, same_as) WHERE same_as IS NOT NULL;

-- What is large and only read together with the text. `packed` is one Zstandard frame with a checksum; where it is
-- NULL the text is in `text`, otherwise `text` is empty.
ALTER TABLE document_texts ADD COLUMN packed  BLOB;
ALTER TABLE document_texts ADD COLUMN pages   TEXT NOT NULL DEFAULT '[]'; -- JSON: number, start, end, number, start, …
ALTER TABLE document_texts ADD COLUMN quality TEXT NOT NULL DEFAULT '{}'; -- JSON

ALTER TABLE chunks ADD COLUMN table_header_start BIGINT;
ALTER TABLE chunks ADD COLUMN table_header_end   BIGINT;

-- No reference to `collections`: a job can be asked for before its collection is there, and outlives it.
CREATE TABLE jobs (
    id               TEXT    NOT NULL PRIMARY KEY,
    collection       TEXT    NOT NULL,
    title            TEXT    NOT NULL,
    request          TEXT    NOT NULL, -- JSON
    state            TEXT    NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    cancel_requested BOOLEAN NOT NULL,
    progress         TEXT    NOT NULL, -- JSON
    error            TEXT,
    created_at       TEXT    NOT NULL,
    started_at       TEXT,
    finished_at      TEXT,
    owner            TEXT,   -- who works on it
    leased_until     TEXT
);

CREATE INDEX jobs_by_age ON jobs (created_at, id);

-- Small at all times: what a worker that looks for work has to look at.
CREATE INDEX jobs_open ON jobs (created_at, id) WHERE state IN ('queued', 'running');

CREATE TABLE job_documents (
    job        TEXT   NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    source     TEXT   NOT NULL,
    state      TEXT   NOT NULL CHECK (state IN ('queued', 'extracting', 'embedding', 'stored', 'failed')),
    attempts   BIGINT NOT NULL,
    stage      TEXT,
    reason     TEXT,
    updated_at TEXT   NOT NULL,
    PRIMARY KEY (job, source)
) WITHOUT ROWID;

-- What is asked for most, and survives when the rest of an old job is forgotten.
CREATE INDEX job_documents_failed ON job_documents (job, state, source) WHERE state = 'failed';

-- The documents of a collection whose last attempt failed: one row for each source, however many jobs tried it.
CREATE TABLE dead_letters (
    collection TEXT   NOT NULL,
    source     TEXT   NOT NULL,
    job        TEXT   NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    attempts   BIGINT NOT NULL,
    stage      TEXT,
    reason     TEXT,
    updated_at TEXT   NOT NULL,
    PRIMARY KEY (collection, source)
) WITHOUT ROWID;

CREATE INDEX dead_letters_by_job ON dead_letters (job);

-- PostgreSQL's form of the schema that `migrations/sqlite` ends with: the same tables and columns, so that the same queries work.
--
-- Texts compare byte by byte (`COLLATE "C"`), as they do in SQLite and in the program. Times are RFC 3339 in UTC with nanoseconds,
-- so they sort as text.

CREATE TABLE collections (
    name       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    embedding  TEXT   NOT NULL, -- JSON
    created_at TEXT   NOT NULL,
    generation BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE documents (
    collection    TEXT COLLATE "C" NOT NULL REFERENCES collections (name) ON DELETE CASCADE,
    id            TEXT COLLATE "C" NOT NULL,
    source        TEXT COLLATE "C" NOT NULL,
    title         TEXT   NOT NULL,
    media_type    TEXT   NOT NULL,
    language      TEXT COLLATE "C" NOT NULL,
    tags          TEXT   NOT NULL, -- JSON
    fields        TEXT   NOT NULL, -- JSON
    modified_at   TEXT   NOT NULL,
    revision      TEXT   NOT NULL,
    text_bytes    BIGINT NOT NULL,
    chunk_count   BIGINT NOT NULL,
    state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('storing', 'stored', 'removing')),
    indexed_at    TEXT,
    markup        TEXT   NOT NULL,
    page_count    BIGINT NOT NULL,
    warning_count BIGINT NOT NULL,
    content       TEXT COLLATE "C" NOT NULL,
    same_as       TEXT COLLATE "C",
    validator     TEXT,
    PRIMARY KEY (collection, id)
);

CREATE INDEX documents_by_source ON documents (collection, source, id);

-- Every search asks for a collection's languages.
CREATE INDEX documents_by_language ON documents (collection, language, state);

-- Small at all times: what a start after a crash has to look at.
CREATE INDEX documents_unfinished ON documents (collection, id) WHERE state <> 'stored';

CREATE INDEX documents_by_content ON documents (collection, content, source, id) WHERE same_as IS NULL;
CREATE INDEX documents_by_original ON documents (collection, same_as) WHERE same_as IS NOT NULL;

-- Apart from `documents`, so that marking a document as stored does not write its text again. `packed` is one Zstandard frame with a
-- checksum; where it is NULL the text is in `text`, otherwise `text` is empty.
CREATE TABLE document_texts (
    collection TEXT COLLATE "C" NOT NULL,
    document   TEXT COLLATE "C" NOT NULL,
    text       TEXT NOT NULL,
    packed     BYTEA,
    pages      TEXT NOT NULL, -- JSON: number, start, end, number, start, …
    quality    TEXT NOT NULL, -- JSON
    PRIMARY KEY (collection, document),
    FOREIGN KEY (collection, document) REFERENCES documents (collection, id) ON DELETE CASCADE
);

-- What is compressed already is not compressed again.
ALTER TABLE document_texts ALTER COLUMN packed SET STORAGE EXTERNAL;

CREATE TABLE chunks (
    collection         TEXT COLLATE "C" NOT NULL,
    document           TEXT COLLATE "C" NOT NULL,
    ordinal            BIGINT NOT NULL,
    id                 TEXT   NOT NULL,
    span_start         BIGINT NOT NULL,
    span_end           BIGINT NOT NULL,
    heading_path       TEXT   NOT NULL, -- JSON
    table_header_start BIGINT,
    table_header_end   BIGINT,
    PRIMARY KEY (collection, document, ordinal),
    FOREIGN KEY (collection, document) REFERENCES documents (collection, id) ON DELETE CASCADE
);

-- What was decided for one collection. A row a subject, so that whoever writes one cannot undo what another has written meanwhile.
CREATE TABLE collection_settings (
    collection TEXT COLLATE "C" NOT NULL REFERENCES collections (name) ON DELETE CASCADE,
    name       TEXT COLLATE "C" NOT NULL,
    value      TEXT NOT NULL, -- JSON
    PRIMARY KEY (collection, name)
);

-- How often the locks over collections were taken, at all and to be alone. Who lost a lock with its connection and takes it again
-- learns whether another had it in between.
CREATE TABLE lock_turns (
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    taken BIGINT NOT NULL,
    alone BIGINT NOT NULL
);

-- No reference to `collections`: a job can be asked for before its collection is there, and outlives it.
CREATE TABLE jobs (
    id               TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    collection       TEXT COLLATE "C" NOT NULL,
    title            TEXT    NOT NULL,
    request          TEXT    NOT NULL, -- JSON
    state            TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    cancel_requested BOOLEAN NOT NULL,
    progress         TEXT    NOT NULL, -- JSON
    error            TEXT,
    created_at       TEXT COLLATE "C" NOT NULL,
    started_at       TEXT,
    finished_at      TEXT COLLATE "C",
    owner            TEXT COLLATE "C", -- who works on it
    leased_until     TEXT COLLATE "C"
);

CREATE INDEX jobs_by_age ON jobs (created_at, id);

-- Small at all times: what a worker that looks for work has to look at.
CREATE INDEX jobs_open ON jobs (created_at, id) WHERE state IN ('queued', 'running');

-- Workers listen instead of asking again and again.
CREATE FUNCTION ragstone_tell_of_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('ragstone_jobs', '');
    RETURN NULL;
END;
$$;

CREATE TRIGGER jobs_tell AFTER INSERT OR UPDATE OF state ON jobs
    FOR EACH ROW WHEN (NEW.state = 'queued') EXECUTE FUNCTION ragstone_tell_of_job();

CREATE TABLE job_documents (
    job        TEXT COLLATE "C" NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    source     TEXT COLLATE "C" NOT NULL,
    state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'extracting', 'embedding', 'stored', 'failed')),
    attempts   BIGINT NOT NULL,
    stage      TEXT,
    reason     TEXT,
    updated_at TEXT   NOT NULL,
    PRIMARY KEY (job, source)
);

-- What is asked for most, and survives when the rest of an old job is forgotten.
CREATE INDEX job_documents_failed ON job_documents (job, state, source) WHERE state = 'failed';

-- The documents of a collection whose last attempt failed: one row for each source, however many jobs tried it.
CREATE TABLE dead_letters (
    collection TEXT COLLATE "C" NOT NULL,
    source     TEXT COLLATE "C" NOT NULL,
    job        TEXT COLLATE "C" NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    attempts   BIGINT NOT NULL,
    stage      TEXT,
    reason     TEXT,
    updated_at TEXT   NOT NULL,
    PRIMARY KEY (collection, source)
);

CREATE INDEX dead_letters_by_job ON dead_letters (job);

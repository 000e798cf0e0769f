-- Collections, their documents, and the documents' chunks.
--
-- The queries are portable; these tables are SQLite's form of the schema. Texts compare byte by byte, which is
-- SQLite's default and is `COLLATE "C"` elsewhere. Times are RFC 3339 in UTC with nanoseconds, so they sort as text.

CREATE TABLE collections (
    name       TEXT NOT NULL PRIMARY KEY,
    embedding  TEXT NOT NULL, -- JSON
    created_at TEXT NOT NULL
);

CREATE TABLE documents (
    collection  TEXT   NOT NULL REFERENCES collections (name) ON DELETE CASCADE,
    id          TEXT   NOT NULL,
    source      TEXT   NOT NULL,
    title       TEXT   NOT NULL,
    media_type  TEXT   NOT NULL,
    language    TEXT   NOT NULL,
    tags        TEXT   NOT NULL, -- JSON
    fields      TEXT   NOT NULL, -- JSON
    modified_at TEXT   NOT NULL,
    revision    TEXT   NOT NULL,
    text_bytes  BIGINT NOT NULL,
    chunk_count BIGINT NOT NULL,
    state       TEXT   NOT NULL CHECK (state IN ('storing', 'stored', 'removing')),
    indexed_at  TEXT,
    PRIMARY KEY (collection, id)
);

CREATE INDEX documents_by_source ON documents (collection, source, id);

-- Every search asks for a collection's languages.
CREATE INDEX documents_by_language ON documents (collection, language, state);

-- Small at all times: what a start after a crash has to look at.
CREATE INDEX documents_unfinished ON documents (collection, id) WHERE state <> 'stored';

-- Apart from `documents`, so that marking a document as stored does not write its text again.
CREATE TABLE document_texts (
    collection TEXT NOT NULL,
    document   TEXT NOT NULL,
    text       TEXT NOT NULL,
    PRIMARY KEY (collection, document),
    FOREIGN KEY (collection, document) REFERENCES documents (collection, id) ON DELETE CASCADE
);

CREATE TABLE chunks (
    collection   TEXT   NOT NULL,
    document     TEXT   NOT NULL,
    ordinal      BIGINT NOT NULL,
    id           TEXT   NOT NULL,
    span_start   BIGINT NOT NULL,
    span_end     BIGINT NOT NULL,
    heading_path TEXT   NOT NULL, -- JSON
    PRIMARY KEY (collection, document, ordinal),
    FOREIGN KEY (collection, document) REFERENCES documents (collection, id) ON DELETE CASCADE
) WITHOUT ROWID;

//! Files that earlier versions wrote.

use ragstone_core::{ChunkId, ContentHash, Jobs, Markup, QualityReport, Span};
use sqlx::AssertSqlSafe;

use super::*;

/// What a file of the first version held, as it wrote it.
const FIRST_VERSION: &str = r#"
    INSERT INTO collections VALUES ('docs',
        '{"model":"model","revision":"1","dimension":4,"pooling":"mean","query_prefix":"","passage_prefix":"","max_tokens":256}',
        '2026-01-31T12:00:00.000000000Z');
    INSERT INTO documents VALUES
        ('docs', '$A', '/a.md', 'A', 'text/markdown', 'english', '["t"]', '{"year":2026.0}', '2026-01-31T12:00:00.000000000Z',
         'cafe', 10, 2, 'stored', '2026-01-31T13:00:00.000000000Z'),
        ('docs', '$B', '/b.txt', 'B', 'text/plain', 'german', '[]', '{}', '2026-01-31T12:00:00.000000000Z',
         'beef', 7, 1, 'storing', NULL);
    INSERT INTO document_texts VALUES ('docs', '$A', '# A' || char(10) || char(10) || 'Größe'), ('docs', '$B', 'Straße');
    INSERT INTO chunks VALUES
        ('docs', '$A', 0, '$1', 0, 3, '[]'), ('docs', '$A', 1, '$2', 5, 12, '["A"]'), ('docs', '$B', 0, '$3', 0, 7, '[]');
"#;

#[tokio::test]
async fn a_file_of_the_first_version_is_read_and_goes_on() {
    let folder = TempDir::new().unwrap();
    let (a, b) = (DocumentId::from_source("/a.md"), DocumentId::from_source("/b.txt"));
    write_first_version(&folder, a, b).await;

    let catalog = SqliteCatalog::open(&file(&folder)).await.unwrap();
    assert_eq!(catalog.collection(&name()).await.unwrap(), Some(collection()));
    let kept = catalog.document(&name(), a).await.unwrap().unwrap();
    assert_eq!(kept.document.text, "# A\n\nGröße");
    assert_eq!((kept.document.markup, kept.document.pages, kept.document.quality), (Markup::Markdown, vec![], QualityReport::default()));
    assert_eq!((kept.content, kept.same_as, kept.validator), (ContentHash::from_stored(String::new()), None, None));
    assert_eq!(kept.chunks.len(), 2);
    assert_eq!((kept.chunks[1].span, kept.chunks[1].table_header), (Span { start: 5, end: 12 }, None));
    assert_eq!(kept.indexed_at, Some("2026-01-31T13:00:00Z".parse().unwrap()));
    let plain = catalog.document(&name(), b).await.unwrap().unwrap();
    assert_eq!((plain.document.text.as_str(), plain.document.markup), ("Straße", Markup::Plain));

    assert_eq!(catalog.pending(&name()).await.unwrap().len(), 1, "what a crash left is still known");
    assert_eq!(catalog.expected(&name()).await.unwrap().len(), 3);
    let listed = catalog.documents(&name(), 0, 10).await.unwrap().documents;
    assert_eq!(listed.iter().map(|summary| (summary.pages, summary.warnings, summary.same_as)).collect::<Vec<_>>(), [(0, 0, None); 2]);
    assert!(catalog.validators(&name(), "").await.unwrap().is_empty());
    assert!(catalog.by_content(&name(), &[ContentHash::of(&[b"a"])]).await.unwrap().is_empty());
    assert_eq!(catalog.jobs(None, 10).await.unwrap(), []);

    // Written again it is as if it had always been.
    let again = document("/a.md", 5);
    catalog.begin(&name(), std::slice::from_ref(&again)).await.unwrap();
    assert_eq!(catalog.document(&name(), a).await.unwrap().unwrap(), *again);
    catalog.close().await.unwrap();
    assert_eq!(SqliteCatalog::open(&file(&folder)).await.unwrap().document(&name(), a).await.unwrap().unwrap(), *again);
}

async fn write_first_version(folder: &TempDir, a: DocumentId, b: DocumentId) {
    let options = SqliteConnectOptions::new().filename(file(folder)).create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let mut first = migrations::migrator();
    first.migrations.to_mut().truncate(1);
    first.run(&pool).await.unwrap();
    let chunk = |number| ChunkId::from_content(a, "", number).to_string();
    let rows = FIRST_VERSION.replace("$A", &a.to_string()).replace("$B", &b.to_string());
    let rows = rows.replace("$1", &chunk(1)).replace("$2", &chunk(2)).replace("$3", &chunk(3));
    sqlx::raw_sql(AssertSqlSafe(rows)).execute(&pool).await.unwrap();
    pool.close().await;
}

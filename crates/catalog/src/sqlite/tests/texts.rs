//! Texts are compressed, and what is damaged is noticed.

use super::*;

#[tokio::test]
async fn texts_are_small_on_disk() {
    let folder = TempDir::new().unwrap();
    let catalog = filled(&folder, 0).await;
    let record = document("/long.md", 100_000);
    catalog.begin(&name(), std::slice::from_ref(&record)).await.unwrap();
    let (plain, packed): (i64, i64) =
        sqlx::query_as("SELECT length(text), length(packed) FROM document_texts").fetch_one(&catalog.readers).await.unwrap();
    assert!(plain == 0 && packed < 1_000, "{plain} and {packed} bytes");
    let kept = catalog.document(&name(), record.document.head.id).await.unwrap().unwrap();
    assert_eq!(kept.document.text, record.document.text);
}

#[tokio::test]
async fn damaged_texts_name_the_file() {
    let id = DocumentId::from_source("/0.md");
    for damage in [
        "packed = x''",
        "packed = x'28b52ffd'",
        "packed = CAST('plain text' AS BLOB)",
        "packed = substr(packed, 1, length(packed) - 1)",
        // The checksum is the frame's end.
        "packed = CAST(substr(packed, 1, length(packed) - 1) || x'00' AS BLOB)",
        "pages = '[1, 0]'",
        "pages = '[4294967296, 0, 1]'",
        "quality = '{'",
    ] {
        let folder = TempDir::new().unwrap();
        let catalog = filled(&folder, 1).await;
        let damage = format!("UPDATE document_texts SET {damage}");
        sqlx::query(sqlx::AssertSqlSafe(damage.clone())).execute(&catalog.writer).await.unwrap();
        let refused = catalog.document(&name(), id).await.expect_err(&damage);
        assert_says(&refused, ErrorKind::Storage, &folder, "damaged");
    }
    for text_bytes in [0, 4, 6, i64::MAX] {
        let folder = TempDir::new().unwrap();
        let catalog = filled(&folder, 1).await;
        sqlx::query("UPDATE documents SET text_bytes = $1").bind(text_bytes).execute(&catalog.writer).await.unwrap();
        let refused = catalog.document(&name(), id).await.unwrap_err();
        assert_says(&refused, ErrorKind::Storage, &folder, "damaged");
        assert!(format!("{refused:?}").contains("packed"), "the cause names the column");
    }
}

//! How tables are divided into groups and files, and that what is in memory does not grow with them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fs_err as fs;
use parquet::file::reader::{FileReader, SerializedFileReader};
use ragstone_exchange::{ExchangeEvent, ExportRequest, ImportRequest, Layout, Observer, export, import};

use crate::support::{document, everything, export_to, fill, import_from, name, place, samples, spec};

#[tokio::test]
async fn tables_are_divided_as_asked_for() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("docs");
    let (here, there) = (place(), place());
    fill(&here, &spec("docs"), &samples()).await;
    let layout = Layout { rows_per_group: 4, rows_per_file: 10, ..Layout::default() };
    export_to(&folder, &here, layout).await.unwrap();
    let (mut rows, mut files) = (0, 0);
    for entry in fs::read_dir(folder.join("chunks")).unwrap() {
        let file = SerializedFileReader::new(fs::File::open(entry.unwrap().path()).unwrap().into_file()).unwrap();
        let groups: Vec<_> = file.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
        assert!(groups.iter().all(|rows| *rows <= 4) && groups.len() <= 3, "{groups:?}");
        rows += groups.iter().sum::<i64>();
        files += 1;
    }
    assert_eq!((rows, files), (69, 6));
    import_from(&folder, &there).await.unwrap();
    assert_eq!(everything(&there, "docs").await, everything(&here, "docs").await);
}

#[tokio::test]
async fn large_texts_end_a_group_early() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("docs");
    let (here, there) = (place(), place());
    let large = "Größe 文 ".repeat(20_000);
    let records: Vec<_> = (0..6).map(|number| document(&format!("/{number}.md"), &[&large])).collect();
    fill(&here, &spec("docs"), &records).await;
    let layout = Layout { bytes_per_group: 300_000, ..Layout::default() };
    export_to(&folder, &here, layout).await.unwrap();
    let path = folder.join("documents").join("part-00001.parquet");
    let file = SerializedFileReader::new(fs::File::open(path).unwrap().into_file()).unwrap();
    let groups: Vec<_> = file.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
    assert_eq!(groups, [2, 2, 2]);
    import_from(&folder, &there).await.unwrap();
    assert_eq!(everything(&there, "docs").await, everything(&here, "docs").await);
}

/// Notes the largest step in which documents were moved.
#[derive(Default)]
struct LargestStep(AtomicUsize);

impl Observer for LargestStep {
    fn on(&self, event: &ExchangeEvent) {
        if let ExchangeEvent::Moved { chunks, .. } = event {
            self.0.fetch_max(*chunks as usize, Ordering::Relaxed);
        }
    }
}

#[tokio::test]
async fn a_long_collection_is_moved_in_small_steps() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("docs");
    let (here, there) = (place(), place());
    let paragraphs: Vec<String> = (0..40).map(|number| format!("paragraph {number}")).collect();
    let paragraphs: Vec<&str> = paragraphs.iter().map(String::as_str).collect();
    let records: Vec<_> = (0..200).map(|number| document(&format!("/{number}.md"), &paragraphs)).collect();
    fill(&here, &spec("docs"), &records).await;
    let step = Arc::new(LargestStep::default());
    let request = ExportRequest { collection: name("docs"), folder: folder.clone(), layout: Layout::default() };
    assert_eq!(export(&here, &request, &*step).await.unwrap().chunks, 8_000);
    import(&ImportRequest { folder, collection: None }, &there, &*step).await.unwrap();
    let largest = step.0.load(Ordering::Relaxed);
    assert!((1_000..=2_100).contains(&largest), "{largest}");
    assert_eq!(everything(&there, "docs").await, everything(&here, "docs").await);
}

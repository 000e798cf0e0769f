//! Public sets, where they are: `../shared/data` beside the project.

use std::path::Path;

use ragstone_eval::read_beir;

#[test]
fn reads_public_sets() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    for (set, documents, queries) in [("scifact", 5_183, 300), ("xquad/zh", 240, 1_190), ("cmrc2018_dev_zh", 848, 3_219)] {
        let folder = data.join(set);
        if !folder.is_dir() {
            #[expect(clippy::print_stderr, reason = "what is skipped says so")]
            {
                eprintln!("skipped: {} is not there", folder.display());
            }
            continue;
        }
        let read = read_beir(&folder).unwrap();
        assert_eq!((read.documents.len(), read.queries.len()), (documents, queries), "{set}");
    }
}

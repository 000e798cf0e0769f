//! Files that mean harm, or were harmed.

use ragstone_core::{ExtractionReply, RefusalReason};

use crate::support::pdf::Pdf;
use crate::support::worker::Worker;
use crate::support::{read, request};

/// Limits under which everything here must end.
const LIMITED: [&str; 4] = ["--memory-limit", "1073741824", "--timeout", "20"];

fn small_pdf() -> Vec<u8> {
    Pdf::new().page_of(&["A small document with one line,", "and another one."]).page_of(&["And a second page."]).bytes()
}

/// Asks a worker about each; one that ends over a document is replaced. Says how many were answered.
fn ask_all(documents: impl Iterator<Item = Vec<u8>>) -> usize {
    let mut worker = Worker::start(&LIMITED);
    let mut answered = 0;
    for bytes in documents {
        match worker.ask(&request("hostile.pdf", &bytes), &bytes) {
            Some(_) => answered += 1,
            None => {
                let (status, complaints) = std::mem::replace(&mut worker, Worker::start(&LIMITED)).end();
                assert!(!status.success(), "a worker that ends over a document says so: {complaints}");
            }
        }
    }
    let bytes = small_pdf();
    let reply = worker.ask(&request("small.pdf", &bytes), &bytes);
    assert!(matches!(&reply, Some(ExtractionReply::Text(text)) if text.text.contains("A small document")), "{reply:?}");
    answered
}

#[test]
fn cut_files_are_answered() {
    let whole = small_pdf();
    let length = whole.len();
    assert_eq!(ask_all((1..length).step_by(7).map(|end| whole[..end].to_vec())), (1..length).step_by(7).count());
}

/// What the fuzz target `worker` has found.
#[test]
fn what_fuzzing_has_found_is_answered() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/regressions/worker");
    let inputs: Vec<Vec<u8>> = fs_err::read_dir(folder).unwrap().map(|input| fs_err::read(input.unwrap().path()).unwrap()).collect();
    let count = inputs.len();
    assert_eq!(ask_all(inputs.into_iter()), count);
}

#[test]
fn mutated_files_are_answered() {
    let whole = small_pdf();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % below
    };
    let mutated = (0..400).map(|_| {
        let mut bytes = whole.clone();
        for _ in 0..=random(8) {
            let at = random(bytes.len());
            match random(4) {
                0 => bytes[at] = u8::try_from(random(256)).unwrap(),
                1 => bytes.truncate(at.max(20)),
                2 => bytes.extend_from_within(at / 2..at),
                _ => bytes[at] ^= 1 << random(8),
            }
        }
        bytes
    });
    let answered = ask_all(mutated.collect::<Vec<_>>().into_iter());
    assert!(answered >= 395, "only {answered} of 400 were answered");
}

#[test]
fn depth_does_not_end_the_worker() {
    let nested = "[".repeat(200_000);
    let groups = "q ".repeat(200_000);
    let dictionaries = "<</A ".repeat(50_000);
    let documents = [
        Pdf::new().page(&nested).bytes(),
        Pdf::new().page(&groups).bytes(),
        Pdf::new().page_of(&["Text"]).catalog(&format!("/Deep {nested}")).bytes(),
        Pdf::new().page_of(&["Text"]).catalog(&format!("/Deep {dictionaries}")).bytes(),
    ];
    assert_eq!(ask_all(documents.into_iter()), 4);
}

#[test]
fn loops_end() {
    let own_parent = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>endobj\ntrailer<</Root 1 0 R>>".to_vec();
    let own_table = b"%PDF-1.4\nxref\n0 1\n0000000000 65535 f \ntrailer<</Size 1/Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF".to_vec();
    assert_eq!(ask_all([own_parent, own_table].into_iter()), 2);
}

/// PDFium follows each of the two calls, and each of the two in them, and so on: only the time limit ends that.
#[test]
fn a_drawing_within_itself_ends() {
    let mut pdf = Pdf::new();
    let number = pdf.object("") + 1;
    let resources = format!("/Resources<</XObject<</Me {number} 0 R>>>>");
    pdf.object(format!("<</Type/XObject/Subtype/Form/BBox[0 0 9 9]{resources}/Length 14>>stream\n/Me Do /Me Do \nendstream"));
    let bytes = pdf.page("/Me Do").bytes();
    let bytes = String::from_utf8(bytes).unwrap().replacen("/Resources<</Font<</F1 3 0 R>>>>", &format!("{resources:<32}"), 1).into_bytes();
    let mut worker = Worker::start(&["--timeout", "1"]);
    let reply = worker.ask(&request("loop.pdf", &bytes), &bytes);
    worker.close_input();
    let (status, complaints) = worker.end();
    assert!(reply.is_some() || status.code() == Some(124), "{reply:?} {status} {complaints}");
}

#[test]
fn what_is_no_pdf_inside_is_damaged() {
    let refusal = read("garbage.pdf", [b"%PDF-1.4\n".as_slice(), &[0x9c; 5_000]].concat()).unwrap_err();
    assert_eq!(refusal.reason, RefusalReason::Damaged);
}

#[test]
fn a_promise_of_a_billion_pages_is_not_believed() {
    let bytes = String::from_utf8(small_pdf()).unwrap().replacen("/Count 2", "/Count 1000000000", 1).into_bytes();
    assert_eq!(ask_all(std::iter::once(bytes)), 1);
}

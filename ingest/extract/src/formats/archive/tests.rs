use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::Limits;

fn unpacked(name: &str, bytes: Vec<u8>, text_bytes: u64) -> Result<(Vec<Member>, Vec<UnreadableMember>), ReadError> {
    let format = crate::detect(name, &bytes).unwrap();
    let document = RawDocument { name: name.to_owned(), format, bytes, limits: Limits { text_bytes }, recognise: None };
    let mut members = Vec::new();
    let unreadable = unpack(&document, &mut |member| {
        members.push(member);
        Ok(())
    })?;
    Ok((members, unreadable))
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mtime(1_700_000_000);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn names(members: &[Member]) -> Vec<&str> {
    members.iter().map(|member| member.name.as_str()).collect()
}

#[test]
fn members_come_one_by_one() {
    let files: [(&str, &[u8]); 2] = [("docs/a.txt", b"one"), ("b.md", b"# two")];
    for (name, bytes) in [("x.zip", zip(&files)), ("x.tar", tar(&files)), ("x.tgz", gzip(&tar(&files)))] {
        let (members, unreadable) = unpacked(name, bytes, 1_000).unwrap();
        assert_eq!(names(&members), ["docs/a.txt", "b.md"], "{name}");
        assert_eq!(members[1].bytes, b"# two");
        assert!(members[0].modified_at.is_some() && unreadable.is_empty());
    }
}

#[test]
fn a_compressed_file_is_its_only_member() {
    let (members, _) = unpacked("notes.txt.gz", gzip(b"hello"), 1_000).unwrap();
    assert_eq!((names(&members), members[0].bytes.as_slice()), (vec!["notes.txt"], b"hello".as_slice()));
}

#[test]
fn what_leads_out_of_the_archive_stays_in() {
    let (members, _) = unpacked("x.zip", zip(&[("../../etc/passwd", b"x"), ("__MACOSX/._a", b"y")]), 1_000).unwrap();
    assert_eq!(names(&members), ["etc/passwd"]);
}

#[test]
fn a_bomb_is_named_and_the_rest_is_read() {
    let zeros = vec![0; 10_000_000];
    let files: [(&str, &[u8]); 3] = [("a.txt", b"one"), ("bomb", &zeros), ("b.txt", b"two")];
    for (name, bytes) in [("x.zip", zip(&files)), ("x.tar.gz", gzip(&tar(&files)))] {
        let (members, unreadable) = unpacked(name, bytes, 1_000_000).unwrap();
        assert_eq!(names(&members), ["a.txt", "b.txt"], "{name}");
        assert_eq!((unreadable[0].name.as_str(), unreadable[0].refusal.reason), ("bomb", RefusalReason::TooLarge));
    }
}

#[test]
fn broken_archives_are_refused_or_named() {
    let whole = zip(&[("a.txt", b"one")]);
    assert!(matches!(unpacked("x.zip", whole[..whole.len() - 10].to_vec(), 1_000), Err(ReadError::Refused(_))));
    let mut flipped = whole.clone();
    flipped[30 + "a.txt".len()] ^= 0xff;
    let (_, unreadable) = unpacked("x.zip", flipped, 1_000).unwrap();
    assert_eq!(unreadable[0].name, "a.txt");
    let compressed = gzip(&tar(&[("a.txt", b"one"), ("b.txt", &[7; 5_000])]));
    let (members, unreadable) = unpacked("x.tgz", compressed[..compressed.len() / 2].to_vec(), 100_000).unwrap_or_default();
    assert!(members.len() + unreadable.len() <= 2);
    assert!(matches!(unpacked("x.gz", vec![0x1f, 0x8b, 8, 0, 0], 1_000), Err(ReadError::Refused(_))));
}

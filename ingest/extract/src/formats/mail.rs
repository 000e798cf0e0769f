//! E-mails, mailboxes, and e-mails saved by Outlook.

mod letter;
mod message;
mod outlook;

use std::collections::HashSet;
use std::io;

use mail_parser::MessageParser;
use mail_parser::mailbox::mbox::MessageIterator;
use ragstone_core::{ExtractedText, Refusal, RefusalReason, UnreadableMember};

use crate::{Format, Limits, Member, RawDocument, ReadError};

/// Reads one e-mail. Of alternatives its plain text is taken; attachments are named.
pub(crate) fn read(document: &RawDocument) -> Result<ExtractedText, Refusal> {
    let letter = match document.format {
        Format::Msg => outlook::read(&document.bytes)?,
        _ => message::read(&document.bytes)?,
    };
    Ok(letter.into_text())
}

/// Sends the e-mails of a mailbox, each as a member that is named after its message id.
pub(crate) fn unpack(document: &RawDocument, send: &mut dyn FnMut(Member) -> io::Result<()>) -> Result<Vec<UnreadableMember>, ReadError> {
    let mut names = HashSet::new();
    let mut room = document.limits.text_bytes;
    for (number, found) in MessageIterator::new(document.bytes.as_slice()).enumerate() {
        // It is read from memory: there is nothing that could go wrong.
        let Ok(found) = found else { break };
        let bytes = found.unwrap_contents();
        let left = room.checked_sub(bytes.len() as u64).filter(|_| number < Limits::MEMBERS);
        let Some(left) = left else { return Ok(vec![rest_left_out(number)]) };
        room = left;
        let name = member_name(&bytes, number, &mut names);
        let modified_at = message::date(&bytes);
        send(Member { name, modified_at, bytes })?;
    }
    Ok(Vec::new())
}

/// Message ids stay when other messages are deleted; numbers do not.
fn member_name(bytes: &[u8], number: usize, taken: &mut HashSet<String>) -> String {
    let header = MessageParser::new().parse_headers(bytes);
    let id = header.as_ref().and_then(|header| header.message_id()).unwrap_or_default();
    let id: String = id.chars().filter(|letter| letter.is_ascii_alphanumeric() || "@._-+".contains(*letter)).take(200).collect();
    let name = if id.trim_matches('.').is_empty() || taken.contains(&id) { format!("message {}", number + 1) } else { id };
    taken.insert(name.clone());
    format!("{name}.eml")
}

fn rest_left_out(read: usize) -> UnreadableMember {
    let detail = format!("its first {read} messages were read, the others are beyond the limits (`extract.max_text_bytes`)");
    UnreadableMember { name: "the rest".to_owned(), refusal: Refusal { reason: RefusalReason::TooLarge, detail } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailbox(bytes: &str, text_bytes: u64) -> (Vec<Member>, Vec<UnreadableMember>) {
        let document = RawDocument {
            name: "a.mbox".to_owned(),
            format: Format::Mbox,
            bytes: bytes.into(),
            limits: Limits { text_bytes },
            recognise: None,
        };
        let mut members = Vec::new();
        let unreadable = unpack(&document, &mut |member| {
            members.push(member);
            Ok(())
        });
        (members, unreadable.unwrap())
    }

    #[test]
    fn a_mailbox_is_its_messages() {
        let text = "From a@b.c Mon Jan  1 00:00:00 2024\nMessage-ID: <one@b.c>\nSubject: One\nDate: Mon, 1 Jan 2024 10:00:00 +0000\n\nFirst.\n>From here on\n\n\
                    From a@b.c Tue Jan  2 00:00:00 2024\nMessage-ID: <one@b.c>\n\nSame id.\n\
                    From a@b.c Tue Jan  2 00:00:00 2024\nMessage-ID: <../../etc/passwd>\n\nEvil id.\n";
        let (members, unreadable) = mailbox(text, 1_000_000);
        let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
        assert_eq!(names, ["one@b.c.eml", "message 2.eml", "....etcpasswd.eml"]);
        assert!(String::from_utf8_lossy(&members[0].bytes).contains("\nFrom here on"));
        assert_eq!(members[0].modified_at.unwrap().to_rfc3339(), "2024-01-01T10:00:00+00:00");
        assert!(unreadable.is_empty());
        let (members, unreadable) = mailbox(text, 120);
        assert_eq!((members.len(), unreadable.len()), (1, 1));
    }
}

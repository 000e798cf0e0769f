//! One frame: a line of JSON, and as many raw bytes as it says.

use std::io::{self, BufRead, Read, Write};

use ragstone_core::{ExtractionReply, ExtractionRequest};

/// A request is a few hundred bytes; more is not one.
const LINE_BYTES: u64 = 1 << 20;

/// Why no more requests can be answered.
#[derive(Debug, thiserror::Error)]
pub enum ProtocolError {
    /// A request line is not one.
    #[error("a line of the input is not an extraction request")]
    Request(#[source] serde_json::Error),
    /// A request line does not end.
    #[error("a request is longer than {LINE_BYTES} bytes")]
    RequestTooLong,
    /// The input ended within a document.
    #[error("the input ended after {read} of the {announced} bytes of `{name}`")]
    Short {
        /// The document.
        name: String,
        /// How many bytes its request says follow.
        announced: u64,
        /// How many did.
        read: u64,
    },
    /// The input cannot be read.
    #[error("the input cannot be read")]
    Input(#[source] io::Error),
    /// The output cannot be written.
    #[error("the output cannot be written")]
    Output(#[source] io::Error),
    /// A thread cannot be started.
    #[error("a thread cannot be started")]
    Thread(#[source] io::Error),
}

/// The next request and its document; nothing at the end of the input.
pub(super) fn read_request(input: &mut impl BufRead) -> Result<Option<(ExtractionRequest, Vec<u8>)>, ProtocolError> {
    let mut line = Vec::new();
    input.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line).map_err(ProtocolError::Input)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.len() as u64 == LINE_BYTES {
        return Err(ProtocolError::RequestTooLong);
    }
    let request: ExtractionRequest = serde_json::from_slice(&line).map_err(ProtocolError::Request)?;
    let mut bytes = Vec::new();
    input.by_ref().take(request.bytes).read_to_end(&mut bytes).map_err(ProtocolError::Input)?;
    let read = bytes.len() as u64;
    if read < request.bytes {
        return Err(ProtocolError::Short { name: request.name, announced: request.bytes, read });
    }
    Ok(Some((request, bytes)))
}

/// Writes a reply and what follows it.
pub(super) fn write_reply(output: &mut dyn Write, reply: &ExtractionReply, bytes: &[u8]) -> io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    output.write_all(&line)?;
    output.write_all(bytes)?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8]) -> Result<Option<(ExtractionRequest, Vec<u8>)>, String> {
        read_request(&mut &*input).map_err(|error| error.to_string())
    }

    const LINE: &str = r#"{"name":"a.pdf","media_type":"application/pdf","bytes":3,"max_text_bytes":10,"recognise":null}"#;

    #[test]
    fn a_request_has_its_bytes() {
        let (request, bytes) = read(format!("{LINE}\nabcdef").as_bytes()).unwrap().unwrap();
        assert_eq!((request.name.as_str(), bytes.as_slice()), ("a.pdf", b"abc".as_slice()));
        assert_eq!(read(b""), Ok(None));
    }

    #[test]
    fn what_is_no_request_is_an_error() {
        let check = |input: &[u8], message: &str| assert_eq!(read(input), Err(message.to_owned()));
        check(b"hello\n", "a line of the input is not an extraction request");
        check(b"{}\n", "a line of the input is not an extraction request");
        check(format!("{LINE}\nab").as_bytes(), "the input ended after 2 of the 3 bytes of `a.pdf`");
        check(&vec![b' '; 2 << 20], "a request is longer than 1048576 bytes");
    }
}

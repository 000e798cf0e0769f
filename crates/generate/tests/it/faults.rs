//! Endpoints that refuse, hang, answer nonsense or break off. No test asserts a time.

use std::time::Duration;

use ragstone_core::{Error, ErrorKind};
use ragstone_generate::GenerateConfig;

use crate::support::cassette::Cassette;
use crate::support::raw_server::{self, EVENT_STREAM, chunk, text_chunk, write};
use crate::support::{Streamed, answerer, model_at, ownership_hits, stream};

async fn ask(config: GenerateConfig) -> Streamed {
    stream(&answerer(config), "What is ownership?", ownership_hits()).await
}

#[track_caller]
fn check(error: &Error, kind: ErrorKind, parts: &[&str]) {
    let message = error.to_string();
    assert_eq!(error.kind(), kind, "{message}");
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
}

/// The error of an endpoint that answers with this status and body, and how often it was asked.
async fn refusal(status: u16, body: &str) -> Error {
    let replay = Cassette::answering(status, "application/json", body).replay().await;
    let error = ask(model_at(&replay.base_url)).await.end.expect_err("the server refuses");
    assert_eq!(replay.seen().requests, 1, "a request is sent once");
    assert!(error.to_string().contains(&replay.base_url), "the address is named: {error}");
    error
}

#[tokio::test]
async fn nobody_listens() {
    let base_url = raw_server::nobody().await;
    let error = ask(model_at(&base_url)).await.end.expect_err("nobody is there");
    check(&error, ErrorKind::Unavailable, &[&base_url, "refused", "is the server running", "generate.base_url"]);
}

#[tokio::test]
async fn a_host_that_does_not_exist() {
    let error = ask(model_at("http://no-such-host.invalid/v1")).await.end.expect_err("there is no such host");
    check(&error, ErrorKind::Unavailable, &["no-such-host.invalid", "generate.base_url"]);
}

#[tokio::test]
async fn refusals_name_the_remedy() {
    let body = r#"{"error":{"message":"said the server","type":"x","code":7}}"#;
    for (status, kind, parts) in [
        (401, ErrorKind::Unavailable, &["RAGSTONE_GENERATE_API_KEY", "said the server", "401"][..]),
        (403, ErrorKind::Unavailable, &["RAGSTONE_GENERATE_API_KEY"]),
        (404, ErrorKind::Unavailable, &["`small-model`", "generate.model", "said the server"]),
        (400, ErrorKind::Unavailable, &["400", "said the server", "[generate]"]),
        (429, ErrorKind::Overloaded, &["429", "said the server", "later"]),
        (503, ErrorKind::Overloaded, &["503", "said the server"]),
        (500, ErrorKind::Unavailable, &["500", "said the server"]),
        (302, ErrorKind::Unavailable, &["302"]),
    ] {
        check(&refusal(status, body).await, kind, parts);
    }
    check(&refusal(502, "<html><h1>Bad\nGateway</h1>").await, ErrorKind::Unavailable, &["<html><h1>Bad Gateway</h1>"]);
    check(&refusal(429, "slow down").await, ErrorKind::Overloaded, &["slow down"]);
}

#[tokio::test]
async fn a_server_that_never_answers() {
    let base_url = raw_server::start(|connection| async move {
        std::future::pending::<()>().await;
        drop(connection);
    })
    .await;
    let config = GenerateConfig { first_token_timeout: Duration::from_millis(200), ..model_at(&base_url) };
    check(&ask(config).await.end.expect_err("it hangs"), ErrorKind::Timeout, &[&base_url, "generate.first_token_timeout", "0.2 s"]);
}

#[tokio::test]
async fn a_server_that_only_sends_empty_events() {
    let base_url = raw_server::start(|mut connection| async move {
        write(&mut connection, EVENT_STREAM.as_bytes()).await;
        for _ in 0..1000 {
            write(&mut connection, text_chunk("").as_bytes()).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let config = GenerateConfig { first_token_timeout: Duration::from_millis(300), ..model_at(&base_url) };
    check(&ask(config).await.end.expect_err("no word comes"), ErrorKind::Timeout, &["generate.first_token_timeout"]);
}

#[tokio::test]
async fn a_server_that_falls_silent() {
    let base_url = raw_server::start(|mut connection| async move {
        write(&mut connection, format!("{EVENT_STREAM}{}", text_chunk("Ownership is")).as_bytes()).await;
        std::future::pending::<()>().await;
    })
    .await;
    let config = GenerateConfig { idle_timeout: Duration::from_millis(200), ..model_at(&base_url) };
    let Streamed { deltas, end } = ask(config).await;
    assert_eq!(deltas, "Ownership is");
    check(&end.expect_err("it hangs"), ErrorKind::Timeout, &["generate.idle_timeout"]);
}

#[tokio::test]
async fn a_slow_server_is_waited_for() {
    let base_url = raw_server::start(|mut connection| async move {
        write(&mut connection, EVENT_STREAM.as_bytes()).await;
        for word in ["Own", "er", "ship [", "1", "]."] {
            // Even an event may come in pieces.
            let event = text_chunk(word);
            let (first, second) = event.as_bytes().split_at(12);
            write(&mut connection, first).await;
            tokio::time::sleep(Duration::from_millis(30)).await;
            write(&mut connection, second).await;
        }
        let end = chunk("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
        write(&mut connection, format!("{end}0\r\n\r\n").as_bytes()).await;
    })
    .await;
    let answer = ask(model_at(&base_url)).await.end.expect("it is slow, not broken");
    assert_eq!((answer.text.as_str(), answer.citations.len()), ("Ownership [1].", 1));
}

#[tokio::test]
async fn a_stream_that_breaks_off() {
    let begun = text_chunk("Ownership is a set");
    let endings = [
        // The connection is closed in the middle of a chunk.
        format!("{EVENT_STREAM}{begun}ff\r\ndata: {{\"cho"),
        // The body ends properly, the answer does not.
        format!("{EVENT_STREAM}{begun}0\r\n\r\n"),
        // The body has no length at all: closing is its end.
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {}\n\n",
            r#"{"choices":[{"delta":{"content":"Ownership is a set"}}]}"#
        ),
    ];
    for response in endings {
        let Streamed { deltas, end } = ask(model_at(&raw_server::start_with(response).await)).await;
        assert_eq!(deltas, "Ownership is a set");
        check(&end.expect_err("it broke off"), ErrorKind::Unavailable, &["incomplete"]);
    }
}

#[tokio::test]
async fn an_error_in_the_middle_of_the_stream() {
    let error = chunk("data: {\"error\":{\"message\":\"out of memory\"}}\n\n");
    let base_url = raw_server::start_with(format!("{EVENT_STREAM}{}{error}0\r\n\r\n", text_chunk("Own"))).await;
    let Streamed { deltas, end } = ask(model_at(&base_url)).await;
    assert_eq!(deltas, "Own");
    check(&end.expect_err("it failed"), ErrorKind::Unavailable, &["incomplete", "out of memory"]);
}

#[tokio::test]
async fn nonsense() {
    for (response, parts) in [
        ("SSH-2.0-OpenSSH_9.6\r\n".to_owned(), &["generate.base_url"][..]),
        (String::new(), &["generate.base_url"]),
        ("HTTP/1.1 200 OK\r\ncontent-length: 21\r\n\r\n<html>It works!</html".to_owned(), &["<html>It works!", "generate.base_url"]),
        (format!("{EVENT_STREAM}{}0\r\n\r\n", chunk("data: {not json\n\n")), &["{not json"]),
        (format!("{EVENT_STREAM}{}0\r\n\r\n", chunk("data: {\"greeting\":1}\n\n")), &["`choices`"]),
        (format!("{EVENT_STREAM}0\r\n\r\n"), &["no events"]),
        ("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n{\"broken".to_owned(), &["{\"broken"]),
    ] {
        let error = ask(model_at(&raw_server::start_with(response).await)).await.end.expect_err("it is nonsense");
        check(&error, ErrorKind::Unavailable, parts);
    }
}

#[tokio::test]
async fn an_answer_without_a_word() {
    let body = r#"{"choices":[{"message":{"role":"assistant","content":null,"reasoning":"hm"},"finish_reason":"length"}]}"#;
    let replay = Cassette::answering(200, "application/json", body).replay().await;
    let error = ask(model_at(&replay.base_url)).await.end.expect_err("it is empty");
    check(&error, ErrorKind::Unavailable, &["`length`", "generate.max_tokens"]);
}

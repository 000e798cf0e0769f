//! `/api/collections/{collection}/ask`

use axum::Json;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt, future, stream};
use ragstone_core::Result as CoreResult;
use ragstone_generate::AnswerEvent;

use crate::api::{AskBody, AskEvent, AskResponse};
use crate::asking::{Found, find_passages};
use crate::error::{ApiError, ErrorResponses};
use crate::extract::{AppJson, CollectionPath, WantsEvents};
use crate::observe::RequestId;
use crate::permits::Permit;
use crate::state::ServerState;

/// Answers a question from a collection's documents, with citations.
///
/// With `"stream": true` or `Accept: text/event-stream` the answer comes as server-sent events while it is written:
/// `passages`, any number of `delta`, then `done` or `error`. When the client hangs up, the model is stopped.
#[utoipa::path(post, path = "/api/collections/{collection}/ask", tag = "ask", operation_id = "ask",
    params(("collection" = String, Path, description = "Its name")), request_body = AskBody,
    responses(
        (status = OK, description = "The answer", content((AskResponse = "application/json"), (AskEvent = "text/event-stream"))),
        ErrorResponses))]
pub(crate) async fn ask(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
    WantsEvents(wants_events): WantsEvents,
    request_id: RequestId,
    AppJson(body): AppJson<AskBody>,
) -> Result<Response, ApiError> {
    let streamed = body.stream.unwrap_or(wants_events);
    let permit = state.questions.acquire().await?;
    let Found { question, hits, understanding } = find_passages(&state.app.understander, &state.app.retriever, &collection, body).await?;
    if streamed {
        let answer = state.app.answerer.answer(question, hits.clone());
        let passages = AskEvent::Passages { hits, understanding };
        return Ok(respond(events(passages, answer, request_id, permit)));
    }
    let answer = state.app.answerer.answer_whole(question, hits.clone()).await?;
    Ok(Json(AskResponse { answer, hits, understanding }).into_response())
}

/// The events of an answer. It ends with the first error; dropping it stops the model and gives the permit back.
fn events(
    passages: AskEvent,
    answer: impl Stream<Item = CoreResult<AnswerEvent>> + Send + 'static,
    request_id: RequestId,
    permit: Permit,
) -> impl Stream<Item = AskEvent> + Send + 'static {
    let written = answer.scan(false, move |failed, event| {
        let _until_done = &permit;
        let ended = std::mem::replace(failed, event.is_err());
        future::ready((!ended).then(|| to_event(event, &request_id)))
    });
    stream::once(future::ready(passages)).chain(written)
}

fn to_event(event: CoreResult<AnswerEvent>, request_id: &RequestId) -> AskEvent {
    match event {
        Ok(event) => event.into(),
        Err(error) => {
            let error = ApiError::from(error);
            error.log(request_id.as_str());
            AskEvent::Error { error: error.body(request_id.as_str()) }
        }
    }
}

fn respond(events: impl Stream<Item = AskEvent> + Send + 'static) -> Response {
    let written = events.map(|event| Event::default().event(event.name()).json_data(&event));
    Sse::new(written).keep_alive(KeepAlive::default()).into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ragstone_core::{Error, ErrorKind, Stage};

    use super::*;
    use crate::permits::PermitPool;

    fn delta(text: &str) -> CoreResult<AnswerEvent> {
        Ok(AnswerEvent::Delta { text: text.to_owned() })
    }

    fn no_passages() -> AskEvent {
        AskEvent::Passages { hits: Vec::new(), understanding: None }
    }

    fn names(events: &[AskEvent]) -> Vec<&str> {
        events.iter().map(AskEvent::name).collect()
    }

    #[tokio::test]
    async fn an_error_midway_is_the_last_event() {
        let pool = PermitPool::new(1, 0, Duration::ZERO);
        let broken = Err(Error::new(ErrorKind::Unavailable, Stage::Generate, "the stream broke off"));
        let answer = stream::iter([delta("one "), broken, delta("two")]);
        let events: Vec<_> = events(no_passages(), answer, RequestId::default(), pool.acquire().await.unwrap()).collect().await;
        assert_eq!(names(&events), ["passages", "delta", "error"]);
        let Some(AskEvent::Error { error }) = events.last() else { panic!("no error") };
        assert_eq!((error.code.as_str(), error.message.as_str()), ("unavailable", "the stream broke off"));
        assert!(pool.acquire().await.is_ok(), "the permit is back");
    }

    #[tokio::test]
    async fn hanging_up_stops_the_model_and_frees_the_permit() {
        let pool = PermitPool::new(1, 0, Duration::ZERO);
        let (sender, receiver) = futures::channel::mpsc::unbounded();
        let events = events(no_passages(), receiver, RequestId::default(), pool.acquire().await.unwrap());
        let mut events = Box::pin(events);
        sender.unbounded_send(delta("one ")).unwrap();
        assert_eq!(events.next().await.unwrap().name(), "passages");
        assert_eq!(events.next().await.unwrap().name(), "delta");
        assert!(pool.acquire().await.is_err(), "held while it streams");

        drop(events);
        assert!(sender.is_closed());
        assert!(pool.acquire().await.is_ok());
    }

    #[tokio::test]
    async fn events_are_written_as_named_json() {
        let response = respond(stream::iter([AskEvent::Delta { text: "two\nlines".to_owned() }]));
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
        assert_eq!(body, "event: delta\ndata: {\"event\":\"delta\",\"text\":\"two\\nlines\"}\n\n");
    }
}

//! Documents in a body: JSON with texts, or a form with files.

use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use ragstone_core::Fields;
use ragstone_ingest::RawDocument;
use serde::de::DeserializeOwned;

use super::body::{BodyLimit, is_json, media_type, parse_json, read, wrong_content_type};
use super::reason;
use crate::ServerError;
use crate::api::DocumentsBody;
use crate::error::ApiError;
use crate::state::ServerState;

/// The documents of an upload; at least one.
pub(crate) struct Upload(pub(crate) Vec<RawDocument>);

impl FromRequest<ServerState> for Upload {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &ServerState) -> Result<Self, ApiError> {
        let limit = BodyLimit { limit: state.config.max_body, remedy: "send fewer documents at once, or raise `server.max_body`" };
        let is_form = media_type(request.headers()).as_deref() == Some("multipart/form-data");
        if !is_form && !is_json(request.headers()) {
            return Err(wrong_content_type(request.headers(), "`application/json` or `multipart/form-data`").into());
        }
        let head = request_head(&request);
        let bytes = read(request, &limit, state).await?;
        let documents = if is_form { from_form(head.map(|()| Body::from(bytes))).await? } else { from_json(&bytes)? };
        Ok(Self(documents))
    }
}

fn from_json(bytes: &[u8]) -> Result<Vec<RawDocument>, ServerError> {
    let DocumentsBody { documents } = parse_json(bytes)?;
    if documents.is_empty() {
        return Err(ServerError::Empty { field: "documents" });
    }
    if documents.iter().any(|document| document.source.trim().is_empty()) {
        return Err(ServerError::Empty { field: "source" });
    }
    Ok(documents.into_iter().map(RawDocument::from).collect())
}

async fn from_form(request: Request) -> Result<Vec<RawDocument>, ServerError> {
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|rejection| ServerError::Form { source: rejection.into() })?;
    let (mut documents, mut tags, mut fields) = (Vec::new(), Vec::new(), Fields::new());
    while let Some(part) = form.next_field().await.map_err(form_error)? {
        match (part.file_name(), part.name()) {
            (Some(_), _) => documents.push(file(part).await?),
            (None, Some("tags")) => tags = json_part(part, "tags", "a JSON list of texts").await?,
            (None, Some("fields")) => {
                fields = json_part(part, "fields", "a JSON object of texts, numbers, booleans and lists of texts").await?
            }
            (None, name) => return Err(ServerError::FormPart { name: name.unwrap_or_default().to_owned() }),
        }
    }
    if documents.is_empty() {
        return Err(ServerError::Form { source: "there is no file in it".into() });
    }
    for document in &mut documents {
        document.tags.clone_from(&tags);
        document.fields.clone_from(&fields);
    }
    Ok(documents)
}

async fn file(part: Field<'_>) -> Result<RawDocument, ServerError> {
    let source = part.file_name().unwrap_or_default().to_owned();
    if source.trim().is_empty() {
        return Err(ServerError::FileUnnamed);
    }
    // What clients say when they do not know.
    let media_type = media_type(part.headers()).filter(|media_type| !media_type.is_empty() && media_type != "application/octet-stream");
    let bytes = part.bytes().await.map_err(form_error)?;
    Ok(RawDocument { media_type, ..RawDocument::new(source, bytes) })
}

async fn json_part<T: DeserializeOwned>(part: Field<'_>, name: &'static str, expected: &'static str) -> Result<T, ServerError> {
    let bytes = part.bytes().await.map_err(form_error)?;
    serde_json::from_slice(&bytes).map_err(|source| ServerError::FormJson { name, expected, source })
}

fn form_error(error: MultipartError) -> ServerError {
    ServerError::Form { source: reason(&error) }
}

/// A request of the same head: the form's reader finds its boundary there.
fn request_head(request: &Request) -> axum::http::Request<()> {
    let mut head = axum::http::Request::new(());
    *head.headers_mut() = request.headers().clone();
    *head.extensions_mut() = request.extensions().clone();
    head
}

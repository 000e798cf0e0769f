//! A job, event by event.

use std::time::Duration;

use futures::{Stream, stream};
use ragstone_core::{Job, JobId, Result};

use crate::ServerError;
use crate::api::JobEvent;
use crate::error::ApiError;
use crate::observe::RequestId;
use crate::state::ServerState;

/// So often a job that is followed is looked at.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);

/// A job again and again, until it has ended or the server stops.
pub(super) fn follow(state: ServerState, id: JobId, request_id: RequestId) -> impl Stream<Item = JobEvent> + Send + 'static {
    stream::unfold(Some((state, false)), move |going_on| {
        let request_id = request_id.clone();
        async move {
            let (state, begun) = going_on?;
            if begun && rest(&state).await.is_err() {
                return None;
            }
            let event = to_event(state.job(id).await, &request_id);
            let goes_on = matches!(event, JobEvent::Progress { .. });
            Some((event, goes_on.then_some((state, true))))
        }
    })
}

async fn rest(state: &ServerState) -> Result<(), ServerError> {
    tokio::select! {
        () = state.stopping.cancelled() => Err(ServerError::Stopping),
        () = tokio::time::sleep(FOLLOW_EVERY) => Ok(()),
    }
}

fn to_event(job: Result<Job>, request_id: &RequestId) -> JobEvent {
    match job {
        Ok(job) if job.state.is_final() => JobEvent::Ended { job: Box::new(job.into()) },
        Ok(job) => JobEvent::Progress { job: Box::new(job.into()) },
        Err(error) => {
            let error = ApiError::from(error);
            error.log(request_id.as_str());
            JobEvent::Error { error: error.body(request_id.as_str()) }
        }
    }
}

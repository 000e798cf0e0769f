//! What became of a job's documents, and the dead letters of a collection.

use super::sample::{failed, in_state, job, minutes};
use crate::testing::catalog::collection;
use crate::{Catalog, CollectionName, DeadLetter, DocumentProgress, ErrorKind, JobDocument, JobId, Jobs};

pub(super) async fn documents_are_recorded_and_replaced(jobs: &impl Jobs) {
    let (one, other) = (job("docs", 1), job("docs", 2));
    let refused = jobs.record_documents(one.id, &[failed("/a")]).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound, "{refused}");
    assert!(refused.to_string().contains(&one.id.to_string()), "{refused} must name the job");
    jobs.add_job(&one).await.unwrap();
    jobs.add_job(&other).await.unwrap();

    jobs.record_documents(one.id, &[]).await.unwrap();
    let states = [
        DocumentProgress::Queued,
        DocumentProgress::Extracting,
        DocumentProgress::Embedding,
        DocumentProgress::Stored,
        DocumentProgress::Failed,
    ];
    for state in states {
        let written = JobDocument { state, ..failed("/O'Brien \"文\".md") };
        jobs.record_documents(one.id, std::slice::from_ref(&written)).await.unwrap();
        let found = jobs.job_documents(one.id, Some(state), 0, 10).await.unwrap();
        assert_eq!((found.documents, found.total), (vec![written], 1));
    }
    let later = in_state("/a", DocumentProgress::Stored);
    jobs.record_documents(other.id, &[failed("/a"), later.clone()]).await.unwrap();
    assert_eq!(jobs.job_documents(other.id, None, 0, 10).await.unwrap().documents, [later], "the last of a call stays");
    assert_eq!(jobs.job_documents(one.id, None, 0, 10).await.unwrap().total, 1, "jobs are apart");
    assert_eq!(jobs.job_documents(JobId::random(), None, 0, 10).await.unwrap().total, 0);
}

pub(super) async fn documents_are_paged_by_source(jobs: &impl Jobs) {
    let job = job("docs", 1);
    jobs.add_job(&job).await.unwrap();
    let sources = ["/B", "/a", "/b", "/é", "/文"];
    let documents: Vec<_> = sources.iter().rev().map(|source| in_state(source, DocumentProgress::Queued)).collect();
    jobs.record_documents(job.id, &documents).await.unwrap();
    jobs.record_documents(job.id, &[failed("/b"), failed("/文")]).await.unwrap();
    let failed = Some(DocumentProgress::Failed);
    for (state, offset, limit, shown, total) in [
        (None, 0, 2, &sources[..2], 5),
        (None, 4, 2, &sources[4..], 5),
        (None, 5, 2, &[], 5),
        (None, 0, 0, &[], 5),
        (None, 0, u64::MAX, &sources[..], 5),
        (None, u64::MAX, 1, &[], 5),
        (failed, 0, 1, &["/b"], 2),
        (failed, 1, 9, &["/文"], 2),
        (Some(DocumentProgress::Queued), 1, 9, &["/a", "/é"], 3),
        (Some(DocumentProgress::Stored), 0, 9, &[], 0),
    ] {
        let page = jobs.job_documents(job.id, state, offset, limit).await.unwrap();
        let found: Vec<_> = page.documents.iter().map(|document| document.source.as_str()).collect();
        assert_eq!((&found[..], page.total), (shown, total), "{state:?}, offset {offset}, limit {limit}");
    }
}

pub(super) async fn many_documents_fit_in_one_call(jobs: &impl Jobs) {
    let job = job("docs", 1);
    jobs.add_job(&job).await.unwrap();
    let sources: Vec<_> = (0..1_700).map(|number| format!("/{number:04}")).collect();
    for state in [DocumentProgress::Failed, DocumentProgress::Stored] {
        let documents: Vec<_> = sources.iter().map(|source| in_state(source, state)).collect();
        jobs.record_documents(job.id, &documents).await.unwrap();
        assert_eq!(jobs.job_documents(job.id, Some(state), 0, 2_000).await.unwrap().documents, documents);
        let letters = jobs.dead_letters(&job.collection, 0, 2_000).await.unwrap().len();
        assert_eq!(letters, if state == DocumentProgress::Failed { 1_700 } else { 0 });
    }
    let documents: Vec<_> = sources.iter().map(|source| failed(source)).collect();
    jobs.record_documents(job.id, &documents).await.unwrap();
    jobs.resolve_dead_letters(&job.collection, &sources).await.unwrap();
    assert_eq!(jobs.dead_letters(&job.collection, 0, 2_000).await.unwrap(), []);
}

pub(super) async fn dead_letters_are_the_last_failures(jobs: &impl Jobs) {
    let (one, two, elsewhere) = (job("docs", 1), job("docs", 2), job("notes", 3));
    for each in [&one, &two, &elsewhere] {
        jobs.add_job(each).await.unwrap();
    }
    let docs: CollectionName = "docs".parse().unwrap();
    jobs.record_documents(one.id, &[failed("/c"), failed("/a"), failed("/b"), in_state("/d", DocumentProgress::Stored)]).await.unwrap();
    jobs.record_documents(elsewhere.id, &[failed("/a")]).await.unwrap();
    let letter = |job, document| DeadLetter { job, document };
    let listed = async |offset, limit| jobs.dead_letters(&docs, offset, limit).await.unwrap();
    assert_eq!(listed(0, 10).await, [letter(one.id, failed("/a")), letter(one.id, failed("/b")), letter(one.id, failed("/c"))]);
    assert_eq!(listed(1, 1).await, [letter(one.id, failed("/b"))]);
    assert_eq!(listed(3, u64::MAX).await, []);

    let worse = JobDocument { reason: Some("it is gone".to_owned()), attempts: 1, updated_at: minutes(9), ..failed("/b") };
    let another_try = in_state("/c", DocumentProgress::Extracting);
    jobs.record_documents(two.id, &[in_state("/a", DocumentProgress::Stored), worse.clone(), another_try]).await.unwrap();
    let left = [letter(two.id, worse), letter(one.id, failed("/c"))];
    assert_eq!(listed(0, 10).await, left, "a try that has not ended changes nothing");
    assert_eq!(jobs.job_documents(one.id, None, 0, 10).await.unwrap().total, 4, "what the first job found stays known");

    jobs.resolve_dead_letters(&docs, &["/c".to_owned(), "/unknown".to_owned()]).await.unwrap();
    jobs.resolve_dead_letters(&docs, &[]).await.unwrap();
    assert_eq!(listed(0, 10).await, left[..1]);
    assert_eq!(jobs.dead_letters(&"notes".parse().unwrap(), 0, 10).await.unwrap(), [letter(elsewhere.id, failed("/a"))]);
}

pub(super) async fn dead_letters_go_with_their_collection(jobs: &(impl Jobs + Catalog)) {
    for name in ["docs", "notes"] {
        jobs.create_collection(&collection(name)).await.unwrap();
        let job = job(name, 1);
        jobs.add_job(&job).await.unwrap();
        jobs.record_documents(job.id, &[failed("/a")]).await.unwrap();
    }
    let docs = "docs".parse().unwrap();
    jobs.remove_collection(&docs).await.unwrap();
    assert_eq!(jobs.dead_letters(&docs, 0, 10).await.unwrap(), []);
    assert_eq!(jobs.dead_letters(&"notes".parse().unwrap(), 0, 10).await.unwrap().len(), 1);
    assert_eq!(jobs.jobs(Some(&docs), 10).await.unwrap().len(), 1, "what was asked for stays known");
}

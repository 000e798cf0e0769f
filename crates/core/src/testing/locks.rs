//! What all [`CollectionLocks`] must do. Call [`conforms`].

#![expect(clippy::unwrap_used, reason = "a suite fails by panicking")]

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use crate::{CollectionLocks, CollectionName, LockGuard, Locked, Sharing};

const DOCS: &str = "docs";

/// A lock that is given back is free after at most so many pauses.
const PAUSES: usize = 100;

/// Runs every check on the locks of two processes, or twice those of one. `pause` waits for a tenth of a second or so, in which every
/// lock that is free can be taken.
pub async fn conforms<Pausing: Future<Output = ()>>(one: &impl CollectionLocks, other: &impl CollectionLocks, pause: impl Fn() -> Pausing) {
    who_is_alone_keeps_everybody_out(one, other, &pause).await;
    other_locks_are_not_in_the_way(one, other).await;
    who_waits_gets_the_lock_when_it_is_free(one, other, &pause).await;
    who_stops_waiting_is_not_in_the_way(one, other, &pause).await;
    if one.is_between_processes() {
        those_who_share_are_together(one, other, &pause).await;
        who_waits_to_be_alone_is_not_overtaken(one, other, &pause).await;
    }
}

async fn who_is_alone_keeps_everybody_out<Pausing: Future<Output = ()>>(
    one: &impl CollectionLocks,
    other: &impl CollectionLocks,
    pause: &impl Fn() -> Pausing,
) {
    let held = one.lock(&name(DOCS), Locked::Documents, Sharing::Alone).await.unwrap();
    for sharing in [Sharing::Shared, Sharing::Alone] {
        assert!(one.try_lock(&name(DOCS), Locked::Documents, sharing).await.unwrap().is_none(), "{sharing:?} within a process");
        assert!(other.try_lock(&name(DOCS), Locked::Documents, sharing).await.unwrap().is_none(), "{sharing:?} between two");
    }
    drop(held);
    for sharing in [Sharing::Alone, Sharing::Shared] {
        drop(soon(other, sharing, pause).await);
    }
}

async fn other_locks_are_not_in_the_way(one: &impl CollectionLocks, other: &impl CollectionLocks) {
    let _held = one.lock(&name(DOCS), Locked::Documents, Sharing::Alone).await.unwrap();
    let _model = other.lock(&name(DOCS), Locked::OtherModel, Sharing::Alone).await.unwrap();
    let _collection = other.lock(&name("notes"), Locked::Documents, Sharing::Alone).await.unwrap();
}

async fn who_waits_gets_the_lock_when_it_is_free<Pausing: Future<Output = ()>>(
    one: &impl CollectionLocks,
    other: &impl CollectionLocks,
    pause: &impl Fn() -> Pausing,
) {
    let held = soon(one, Sharing::Alone, pause).await;
    let docs = name(DOCS);
    let mut waiting = pin!(other.lock(&docs, Locked::Documents, Sharing::Alone));
    assert!(unless(&mut waiting, pause()).await.is_none(), "it waits");
    drop(held);
    drop(waiting.await.unwrap());
}

async fn who_stops_waiting_is_not_in_the_way<Pausing: Future<Output = ()>>(
    one: &impl CollectionLocks,
    other: &impl CollectionLocks,
    pause: &impl Fn() -> Pausing,
) {
    let held = soon(one, Sharing::Alone, pause).await;
    {
        let docs = name(DOCS);
        let mut waiting = pin!(other.lock(&docs, Locked::Documents, Sharing::Alone));
        assert!(unless(&mut waiting, pause()).await.is_none(), "it waits");
    }
    drop(held);
    drop(soon(one, Sharing::Alone, pause).await);
    drop(soon(other, Sharing::Alone, pause).await);
}

async fn those_who_share_are_together<Pausing: Future<Output = ()>>(
    one: &impl CollectionLocks,
    other: &impl CollectionLocks,
    pause: &impl Fn() -> Pausing,
) {
    let first = soon(one, Sharing::Shared, pause).await;
    let second = other.lock(&name(DOCS), Locked::Documents, Sharing::Shared).await.unwrap();
    assert!(one.try_lock(&name(DOCS), Locked::Documents, Sharing::Alone).await.unwrap().is_none());
    drop(first);
    pause().await;
    assert!(one.try_lock(&name(DOCS), Locked::Documents, Sharing::Alone).await.unwrap().is_none(), "one of two still holds it");
    drop(second);
    drop(soon(one, Sharing::Alone, pause).await);
}

async fn who_waits_to_be_alone_is_not_overtaken<Pausing: Future<Output = ()>>(
    one: &impl CollectionLocks,
    other: &impl CollectionLocks,
    pause: &impl Fn() -> Pausing,
) {
    let docs = name(DOCS);
    let held = soon(one, Sharing::Shared, pause).await;
    let mut alone = pin!(other.lock(&docs, Locked::Documents, Sharing::Alone));
    assert!(unless(&mut alone, pause()).await.is_none(), "it waits");
    let mut later = pin!(one.lock(&docs, Locked::Documents, Sharing::Shared));
    assert!(unless(&mut later, pause()).await.is_none(), "who comes later waits behind it");
    drop(held);
    let alone = alone.await.unwrap();
    assert!(unless(&mut later, pause()).await.is_none());
    drop(alone);
    drop(later.await.unwrap());
}

fn name(name: &str) -> CollectionName {
    name.parse().unwrap()
}

/// The lock, which was given back and is free in a moment.
async fn soon<Pausing: Future<Output = ()>>(locks: &impl CollectionLocks, sharing: Sharing, pause: &impl Fn() -> Pausing) -> LockGuard {
    for _ in 0..PAUSES {
        if let Some(taken) = locks.try_lock(&name(DOCS), Locked::Documents, sharing).await.unwrap() {
            return taken;
        }
        pause().await;
    }
    unreachable!("the lock is not free after {PAUSES} pauses")
}

/// What `work` comes to, unless `end` comes first.
async fn unless<Output>(work: &mut (impl Future<Output = Output> + Unpin), end: impl Future<Output = ()>) -> Option<Output> {
    let mut end = pin!(end);
    poll_fn(|context| match pin!(&mut *work).poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => end.as_mut().poll(context).map(|()| None),
    })
    .await
}

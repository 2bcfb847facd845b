//! What is on its way to one client: so many messages, and so many bytes of them.
//!
//! Who puts something in waits for room, so that nothing more is asked of the application while there is none: what is read
//! from the past, as fast as the database gives it, goes as fast as the client takes it. A client that makes no room for so
//! long is too slow.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{AcquireError, Notify, OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

use super::LiveSettings;

/// The queue of one client, with one who takes out of it.
#[derive(Debug)]
pub(super) struct Queue<T> {
    waiting: Mutex<Waiting<T>>,
    filled: Notify,
    messages: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    most_bytes: u32,
    patience: Duration,
}

#[derive(Debug)]
struct Waiting<T> {
    messages: VecDeque<Undelivered<T>>,
    ended: bool,
}

/// A message on its way. It takes room until it is dropped.
#[derive(Debug)]
pub(super) struct Undelivered<T> {
    pub(super) message: T,
    since: Instant,
    _room: Option<[OwnedSemaphorePermit; 2]>,
}

/// The client made no room for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slow;

impl<T> Queue<T> {
    pub(super) fn new(settings: &LiveSettings) -> Self {
        let most_bytes = u32::try_from(settings.undelivered_bytes).unwrap_or(u32::MAX).max(1);
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits.clamp(1, Semaphore::MAX_PERMITS)));
        Self {
            waiting: Mutex::new(Waiting { messages: VecDeque::new(), ended: false }),
            filled: Notify::new(),
            messages: semaphore(settings.undelivered),
            bytes: semaphore(usize::try_from(most_bytes).unwrap_or(usize::MAX)),
            most_bytes,
            patience: settings.patience,
        }
    }

    /// Puts a message of so many bytes in, when there is room for it.
    ///
    /// # Errors
    /// [`Slow`] if there is none for too long, or the message in front has waited too long.
    pub(super) async fn push(&self, message: T, bytes: usize) -> Result<(), Slow> {
        let room = timeout(self.patience, self.room(bytes)).await.map_err(|_| Slow)?.map_err(|_| Slow)?;
        let mut waiting = self.waiting();
        if waiting.messages.front().is_some_and(|first| first.since.elapsed() > self.patience) {
            return Err(Slow);
        }
        waiting.messages.push_back(Undelivered { message, since: Instant::now(), _room: Some(room) });
        drop(waiting);
        self.filled.notify_one();
        Ok(())
    }

    async fn room(&self, bytes: usize) -> Result<[OwnedSemaphorePermit; 2], AcquireError> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).min(self.most_bytes);
        Ok([Arc::clone(&self.messages).acquire_owned().await?, Arc::clone(&self.bytes).acquire_many_owned(bytes).await?])
    }

    /// The next message; `None` once the queue has ended.
    pub(super) async fn next(&self) -> Option<Undelivered<T>> {
        loop {
            {
                let mut waiting = self.waiting();
                match waiting.messages.pop_front() {
                    Some(message) => return Some(message),
                    None if waiting.ended => return None,
                    None => {}
                }
            }
            self.filled.notified().await;
        }
    }

    /// Throws away what is waiting.
    pub(super) fn clear(&self) {
        self.waiting().messages.clear();
    }

    /// Ends the queue after what is waiting, and last words for which there is always room.
    pub(super) fn end(&self, last: Option<T>) {
        let mut waiting = self.waiting();
        if !waiting.ended {
            waiting.ended = true;
            waiting.messages.extend(last.map(|message| Undelivered { message, since: Instant::now(), _room: None }));
        }
        drop(waiting);
        self.filled.notify_one();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn queue(undelivered: usize, undelivered_bytes: usize) -> Queue<u8> {
        Queue::new(&LiveSettings { undelivered, undelivered_bytes, ..LiveSettings::default() })
    }

    async fn taken(queue: &Queue<u8>) -> Option<u8> {
        queue.next().await.map(|taken| taken.message)
    }

    #[tokio::test(start_paused = true)]
    async fn messages_come_out_in_order_until_the_end() {
        let queue = queue(9, 99);
        for message in [1, 2] {
            queue.push(message, 1).await.unwrap();
        }
        queue.end(Some(3));
        queue.end(Some(4));
        let all = [taken(&queue).await, taken(&queue).await, taken(&queue).await, taken(&queue).await];
        assert_eq!(all, [Some(1), Some(2), Some(3), None]);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_makes_no_room_is_too_slow() {
        for (most, bytes) in [(2, 99), (9, 20)] {
            let queue = queue(most, bytes);
            let begin = Instant::now();
            assert_eq!((queue.push(1, 10).await, queue.push(2, 10).await), (Ok(()), Ok(())));
            assert_eq!((queue.push(3, 10).await, begin.elapsed()), (Err(Slow), Duration::from_secs(10)));
            let first = queue.next().await.unwrap();
            assert!(queue.push(3, 10).now_or_never().is_none(), "it is still on its way");
            drop(first);
            drop(queue.next().await);
            assert_eq!(queue.push(3, 10).await, Ok(()));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn room_that_is_made_in_time_is_waited_for() {
        let queue = queue(1, 99);
        queue.push(1, 1).await.unwrap();
        let late = async {
            tokio::time::sleep(Duration::from_secs(9)).await;
            taken(&queue).await
        };
        assert_eq!(tokio::join!(queue.push(2, 1), late), (Ok(()), Some(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_nobody_takes_is_too_slow_though_there_is_room() {
        let queue = queue(9, 99);
        queue.push(1, 1).await.unwrap();
        tokio::time::advance(Duration::from_millis(10_001)).await;
        assert_eq!(queue.push(2, 1).await, Err(Slow));
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_longer_than_all_goes_alone() {
        let queue = queue(9, 10);
        queue.push(1, 1_000_000).await.unwrap();
        assert!(queue.push(2, 1).now_or_never().is_none());
        drop(queue.next().await);
        assert_eq!(queue.push(2, 1).await, Ok(()));
    }
}

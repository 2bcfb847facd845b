//! The gate: how many requests are executed at once, and how many may wait for it.
//!
//! More at once would not be done sooner; more in the queue would be done after their clients gave up. Who is turned away is
//! told so at once, and nothing was executed for them.

use std::time::Duration;

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// Lets so many in, and so many wait.
#[derive(Debug)]
pub(super) struct Gate {
    executing: Semaphore,
    waiting: Semaphore,
    patience: Duration,
}

/// There is no place, and none in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Gate {
    pub(super) fn new(executing: usize, waiting: usize, patience: Duration) -> Self {
        Self { executing: Semaphore::new(executing), waiting: Semaphore::new(waiting), patience }
    }

    /// Waits for a place, in the order of arrival. It is free again when the permit is dropped.
    ///
    /// # Errors
    /// [`Full`], at once if the queue is full, or after a while in it.
    pub(super) async fn enter(&self) -> Result<SemaphorePermit<'_>, Full> {
        if let Ok(permit) = self.executing.try_acquire() {
            return Ok(permit);
        }
        let _place = self.waiting.try_acquire().map_err(|_| Full)?;
        timeout(self.patience, self.executing.acquire()).await.map_err(|_| Full)?.map_err(|_| Full)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn so_many_execute_so_many_wait_and_the_rest_is_sent_away() {
        let gate = Gate::new(2, 1, Duration::from_millis(50));
        let (first, _second) = (gate.enter().await.unwrap(), gate.enter().await.unwrap());
        let mut third = Box::pin(gate.enter());
        assert!((&mut third).now_or_never().is_none());
        assert_eq!(gate.enter().now_or_never().unwrap().unwrap_err(), Full);
        drop(first);
        let _third = third.await.unwrap();
        // the queue is empty again; who waits in vain leaves it
        assert_eq!(gate.enter().await.unwrap_err(), Full);
        let waiting = Box::pin(gate.enter());
        drop(waiting);
        assert!(gate.enter().now_or_never().is_none());
    }
}

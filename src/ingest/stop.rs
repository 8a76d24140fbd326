//! How the task of a source is asked to end.
//!
//! A task that is simply dropped loses what it holds: ends of calls that wait for a reason, the
//! position in a log. So it is asked, and ends at the next place where it only waits.

use tokio::sync::watch;

/// Asks a task to end. Dropping it asks nothing.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// The task's side.
#[derive(Clone, Debug)]
pub struct Stop(Option<watch::Receiver<bool>>);

impl Stopper {
    /// Both sides.
    pub fn new() -> (Self, Stop) {
        let (ask, asked) = watch::channel(false);
        (Self(ask), Stop(Some(asked)))
    }

    /// Asks.
    pub fn ask(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Nobody ever asks.
    pub const fn never() -> Self {
        Self(None)
    }

    /// Whether somebody asked.
    pub fn is_asked(&self) -> bool {
        self.0.as_ref().is_some_and(|asked| *asked.borrow())
    }

    /// Until somebody asks.
    pub async fn asked(&mut self) {
        let asked = match &mut self.0 {
            Some(asked) => asked.wait_for(|asked| *asked).await.is_ok(),
            None => false,
        };
        if !asked {
            std::future::pending().await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn only_who_asks_is_heard() {
        let (stopper, mut stop) = Stopper::new();
        assert!(!stop.is_asked() && stop.asked().now_or_never().is_none());
        stopper.ask();
        assert!(stop.is_asked() && stop.asked().now_or_never().is_some());
        let (stopper, mut stop) = Stopper::new();
        drop(stopper);
        assert!(!stop.is_asked() && stop.asked().now_or_never().is_none());
        assert!(Stop::never().asked().now_or_never().is_none());
    }
}

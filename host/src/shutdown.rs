//! The wish to stop: SIGTERM or SIGINT once asks, twice insists.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Told to everyone who must finish what they hold.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<bool>);

/// Lets its holder ask for the stop.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<bool>);

pub fn channel() -> (Stop, Shutdown) {
    let (sender, receiver) = watch::channel(false);
    (Stop(sender), Shutdown(receiver))
}

impl Stop {
    pub fn ask(&self) {
        self.0.send_replace(true);
    }
}

impl Shutdown {
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    pub async fn asked(mut self) {
        // An error means that nobody is left who could ask: that is never a reason to stop by itself.
        if self.0.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Asks for the stop at the first signal; ends the process at the second.
pub fn on_signal(stop: Stop) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        loop {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            };
            if *stop.0.borrow() {
                tracing::warn!("{name} again: ending at once");
                std::process::exit(130);
            }
            tracing::info!("{name}: finishing what is under way; a second one ends at once");
            stop.ask();
        }
    });
    Ok(())
}

//! The HTTP server.
//!
//! A message is dealt with in a task of its own: a sender that hangs up while it waits for the answer does not stop the
//! delivery of what it has sent. Told to stop, the server goes on listening until the last message is dealt with, and says
//! 503 meanwhile: who sends then is told to try again instead of finding nobody.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request as HttpRequest, State};
use axum::http::Method;
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::body::{Body, Form};
use super::outgoing::Taken;
use super::request::Request;
use super::{Collector, StartError, collect_message, reply};

/// Asks whether messages can be taken now.
const READINESS: &str = "/readyz";
/// How long idle connections may take to end when nothing is under way any more.
const GOODBYE: Duration = Duration::from_secs(2);

pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    intake: Arc<Intake>,
    last_messages: Duration,
}

/// What every request meets first.
struct Intake {
    collector: Arc<Collector>,
    /// How many messages are being dealt with.
    underway: watch::Sender<usize>,
}

impl Server {
    /// `last_messages`: how long messages under way may take after the wish to stop.
    pub async fn bind(
        address: SocketAddr,
        collector: Arc<Collector>,
        last_messages: Duration,
    ) -> Result<Self, StartError> {
        let failed = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let intake = Arc::new(Intake { collector, underway: watch::Sender::new(0) });
        Ok(Server { listener, address, intake, last_messages })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until told to stop and the last message is dealt with, or given up.
    pub async fn run(self) -> Result<(), StartError> {
        let router = Router::new().fallback(answer).with_state(self.intake.clone());
        let (intake, last_messages) = (self.intake.clone(), self.last_messages);
        let stopping = async move { _ = intake.finished(last_messages).await };
        let serving = axum::serve(self.listener, router).with_graceful_shutdown(stopping);
        let leaving = async {
            if let Err(messages) = self.intake.finished(self.last_messages).await {
                tracing::warn!(messages, "stopping before the last messages are stored; their senders will try again");
            }
            tokio::time::sleep(GOODBYE).await;
        };
        tokio::select! {
            served = serving => served.map_err(StartError::Serve),
            () = leaving => Ok(()),
        }
    }
}

impl Intake {
    /// Ends when it is to stop and nothing is under way, or when that takes too long: then with what is.
    async fn finished(&self, last_messages: Duration) -> Result<(), usize> {
        self.collector.service.shutdown.clone().asked().await;
        let mut underway = self.underway.subscribe();
        let none = tokio::time::timeout(last_messages, underway.wait_for(|messages| *messages == 0)).await;
        none.map_err(|_| *self.underway.borrow()).map(drop)
    }

    fn begin(self: &Arc<Self>) -> Underway {
        self.underway.send_modify(|messages| *messages += 1);
        Underway(self.clone())
    }
}

/// A message that is being dealt with.
struct Underway(Arc<Intake>);

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.underway.send_modify(|messages| *messages -= 1);
    }
}

async fn answer(State(intake): State<Arc<Intake>>, request: HttpRequest) -> Response {
    let underway = intake.begin();
    if intake.collector.service.shutdown.is_asked() {
        drop(underway);
        Body::new(request.into_body(), &Form::default(), intake.collector.longest).drain().await;
        return reply::to_all_when_stopping();
    }
    match *request.method() {
        Method::GET | Method::HEAD if request.uri().path() == READINESS => {
            reply::to_readiness(intake.collector.service.is_ready())
        }
        Method::GET | Method::HEAD => reply::to_get(),
        Method::POST => post(intake.collector.clone(), request, underway).await,
        _ => reply::to_other_method(),
    }
}

async fn post(collector: Arc<Collector>, http: HttpRequest, underway: Underway) -> Response {
    let (parts, body) = http.into_parts();
    let request = Request::new(&parts.headers);
    let body = Body::new(body, &request.form, collector.longest);
    let task = tokio::spawn(async move {
        let response = answer_message(&collector, &request, body).await;
        drop(underway);
        response
    });
    task.await.unwrap_or_else(|panic| {
        tracing::error!("a request ended in a panic: {panic}");
        reply::to_nobody_in_particular()
    })
}

async fn answer_message(collector: &Collector, request: &Request, mut body: Body) -> Response {
    if request.is_bare && body.is_empty().await {
        return reply::to_post(); // PeopleSoft's Ping Node
    }
    let transaction_id = request.message.transaction_id.as_str();
    let began = Instant::now();
    let result = collect_message(collector, request, &mut body).await;
    collector.figures.answered(&result, began.elapsed().as_secs_f64());
    match result {
        Ok(Taken::Stored { transactions }) => {
            tracing::debug!(transaction_id, transactions, "message stored");
            reply::to_post()
        }
        Ok(Taken::Repeat) => {
            tracing::debug!(transaction_id, "message came again, and is stored already");
            reply::to_post()
        }
        Err(error) => {
            let reply = reply::to_failure(&error, transaction_id);
            if !request.awaits_continue || body.is_begun() {
                body.drain().await;
            }
            reply
        }
    }
}

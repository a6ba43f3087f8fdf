//! The HTTP server.
//!
//! A message is dealt with in a task of its own: a sender that hangs up while it waits for the answer does not stop the
//! delivery of what it has sent. Told to stop, the server goes on listening until the last message is dealt with, and says
//! 503 meanwhile: who sends then is told to try again instead of finding nobody.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body as HttpBody;
use axum::http::{Method, Request as HttpRequest};
use axum::response::Response;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::body::Body;
use super::connection::{self, Leaving};
use super::limits::Limits;
use super::listener::Listener;
use super::peer::Peer;
use super::reply::Format;
use super::request::{Ping, Request};
use super::taken::Taken;
use super::{CollectError, Collector, collect_message, reply, spans};
use crate::message::Form;

/// Asks whether messages can be taken now.
const READINESS: &str = "/readyz";
/// How long idle connections may take to end when nothing is under way any more.
const GOODBYE: Duration = Duration::from_secs(2);

/// What every request meets first.
pub struct Intake {
    collector: Arc<Collector>,
    /// How many messages are being dealt with.
    underway: watch::Sender<usize>,
}

/// Serves on these ports until told to stop and the last message is dealt with, or given up. `last_messages`: how long
/// messages under way may take after the wish to stop.
pub async fn run(listeners: Vec<Listener>, collector: Arc<Collector>, last_messages: Duration) {
    let most = collector.limits.connections;
    let intake = Arc::new(Intake { collector, underway: watch::Sender::new(0) });
    let connections = Arc::new(Semaphore::new(most as usize));
    let (leave, leaving) = watch::channel(false);
    // Dropped, they listen no more.
    let mut listening = JoinSet::new();
    for listener in listeners {
        listening.spawn(listen(listener, intake.clone(), connections.clone(), leaving.clone()));
    }
    if let Err(messages) = intake.finished(last_messages).await {
        tracing::warn!(messages, "stopping before the last messages are stored; their senders will try again");
    }
    leave.send_replace(true);
    // Whether they have all ended or not, the time is over.
    _ = tokio::time::timeout(GOODBYE, connections.acquire_many(most)).await;
}

async fn listen(listener: Listener, intake: Arc<Intake>, connections: Arc<Semaphore>, leaving: Leaving) {
    loop {
        let (stream, from) = listener.next().await;
        let Ok(place) = connections.clone().try_acquire_owned() else {
            tokio::spawn(connection::turn_away(stream, listener.tls.is_some()));
            continue;
        };
        let serving = connection::serve(stream, from, listener.tls.clone(), intake.clone(), leaving.clone());
        tokio::spawn(async move {
            serving.await;
            drop(place);
        });
    }
}

impl Intake {
    pub fn limits(&self) -> &Limits {
        &self.collector.limits
    }

    /// Ends when it is to stop and nothing is under way, or when that takes too long: then with what is.
    async fn finished(&self, last_messages: Duration) -> Result<(), usize> {
        self.collector.service.shutdown.clone().asked().await;
        let mut underway = self.underway.subscribe();
        let none = tokio::time::timeout(last_messages, underway.wait_for(|messages| *messages == 0)).await;
        none.map_err(|_| *self.underway.borrow()).map(drop)
    }

    fn begin(self: &Arc<Self>) -> Underway {
        self.underway.send_modify(|messages| *messages += 1);
        self.collector.figures.underway.inc();
        Underway(self.clone())
    }
}

/// A message that is being dealt with.
struct Underway(Arc<Intake>);

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.underway.send_modify(|messages| *messages -= 1);
        self.0.collector.figures.underway.dec();
    }
}

pub async fn answer(intake: &Arc<Intake>, peer: Peer, request: HttpRequest<HttpBody>) -> Response {
    let (underway, format) = (intake.begin(), Format::asked(request.headers()));
    if intake.collector.service.shutdown.is_asked() {
        drop(underway);
        Body::new(request.into_body(), &Form::default(), intake.collector.bounds()).drain().await;
        return reply::to_all_when_stopping(format);
    }
    match *request.method() {
        Method::GET | Method::HEAD if request.uri().path() == READINESS => {
            reply::to_readiness(intake.collector.service.is_ready(), format)
        }
        Method::GET | Method::HEAD => reply::to_get(format),
        Method::POST => post(intake.collector.clone(), peer, request, underway).await,
        _ => reply::to_other_method(),
    }
}

async fn post(collector: Arc<Collector>, peer: Peer, http: HttpRequest<HttpBody>, underway: Underway) -> Response {
    let (parts, body) = http.into_parts();
    let (mut request, format) = (Request::new(&parts.headers), Format::asked(&parts.headers));
    spans::begin(&collector.service.traces, &peer, parts.uri.path(), &mut request);
    let body = Body::new(body, &request.form, collector.bounds());
    let task = tokio::spawn(async move {
        let response = answer_message(&collector, &peer, request, body, format).await;
        drop(underway);
        response
    });
    task.await.unwrap_or_else(|panic| {
        tracing::error!("a request ended in a panic: {panic}");
        reply::to_panic(format)
    })
}

/// Whoever may post may also ask whether somebody is there: PeopleSoft's Ping Node.
async fn take(collector: &Collector, peer: &Peer, request: &Request, body: &mut Body) -> Result<Taken, CollectError> {
    collector.senders.admit(peer, request.authorization.as_deref())?;
    collector.limits.admit_head(request.head_bytes)?;
    let _place = collector.room.enter()?;
    match request.ping {
        Ping::Yes => {
            body.drain().await;
            Ok(Taken::Ping)
        }
        Ping::IfEmpty if body.is_empty().await => Ok(Taken::Ping),
        _ => collect_message(collector, request, body).await,
    }
}

async fn answer_message(
    collector: &Collector,
    peer: &Peer,
    request: Request,
    mut body: Body,
    format: Format,
) -> Response {
    let transaction_id = request.message.transaction_id.as_str();
    let began = Instant::now();
    let result = take(collector, peer, &request, &mut body).await;
    collector.figures.answered(&result, began.elapsed().as_secs_f64());
    let response = match &result {
        Ok(Taken::Stored { transactions }) => {
            tracing::debug!(transaction_id, transactions, "message stored");
            reply::to_post(format)
        }
        Ok(Taken::Held { transactions }) => {
            tracing::debug!(transaction_id, transactions, "segment stored, others are to come");
            reply::to_post(format)
        }
        Ok(Taken::Ping) => reply::to_post(format),
        Ok(Taken::Repeat) => {
            tracing::debug!(transaction_id, "message came again, and is stored already");
            reply::to_post(format)
        }
        Err(error) => {
            let reply = reply::to_failure(error, transaction_id, format);
            if !request.awaits_continue || body.is_begun() {
                body.drain().await;
            }
            reply
        }
    };
    spans::answered(request.span, &result, response.status(), body.came());
    response
}

//! The HTTP server.
//!
//! A message is dealt with in a task of its own: a sender that hangs up while it waits for the answer does not stop the
//! delivery of what it has sent.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request as HttpRequest, State};
use axum::http::Method;
use axum::response::Response;
use tokio::net::TcpListener;

use super::body::Body;
use super::request::Request;
use super::{Collector, StartError, collect_message, reply};
use crate::shutdown::Shutdown;

/// How long requests under way may take after the wish to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(60);

pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
}

impl Server {
    pub async fn bind(address: SocketAddr, collector: Arc<Collector>) -> Result<Self, StartError> {
        let failed = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Server { listener, address, router: Router::new().fallback(answer).with_state(collector) })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until told to stop; requests under way are finished.
    pub async fn run(self, shutdown: Shutdown) -> Result<(), StartError> {
        let serving = axum::serve(self.listener, self.router).with_graceful_shutdown(shutdown.clone().asked());
        let deadline = async {
            shutdown.asked().await;
            tokio::time::sleep(LAST_REQUESTS).await;
        };
        tokio::select! {
            served = serving => served.map_err(StartError::Serve),
            () = deadline => {
                tracing::warn!("stopped before the last requests were answered; their senders will try again");
                Ok(())
            }
        }
    }
}

async fn answer(State(collector): State<Arc<Collector>>, request: HttpRequest) -> Response {
    match *request.method() {
        Method::GET | Method::HEAD => reply::to_get(),
        Method::POST => post(collector, request).await,
        _ => reply::to_other_method(),
    }
}

async fn post(collector: Arc<Collector>, http: HttpRequest) -> Response {
    let (parts, body) = http.into_parts();
    let request = Request::new(&parts.headers);
    let body = Body::new(body, request.content_type.as_deref());
    let task = tokio::spawn(async move { answer_message(&collector, &request, body).await });
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
    match collect_message(collector, request, &mut body).await {
        Ok(transactions) => {
            tracing::debug!(transaction_id, transactions, "message stored");
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

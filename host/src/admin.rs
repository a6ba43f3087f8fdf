//! The admin address: metrics, health, readiness and the latest warnings of the log, for whoever runs this. It takes no
//! orders, and shows no data that the log does not.

mod question;

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::metrics;
use crate::service::Service;
use crate::telemetry;

pub use question::{Answer, ask};

#[derive(Debug, thiserror::Error)]
#[error("cannot listen on the admin address {address}")]
pub struct AdminError {
    address: SocketAddr,
    source: std::io::Error,
}

/// Serves beside everything else, until the process ends.
pub async fn serve(address: SocketAddr, service: Service) -> Result<(), AdminError> {
    let failed = |source| AdminError { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let router = Router::new()
        .route("/metrics", get(metrics_text))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/warnings", get(warnings))
        .with_state(service);
    tracing::info!("metrics, /healthz and /readyz on {address}");
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::warn!("the admin address answers no more: {error}");
        }
    });
    Ok(())
}

async fn metrics_text(State(service): State<Service>) -> Response {
    ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], service.figures()).into_response()
}

/// A line each, as the log has them in JSON.
async fn warnings() -> Response {
    let lines: String = telemetry::warnings().iter().map(|line| format!("{line}\n")).collect();
    ([(header::CONTENT_TYPE, "application/jsonl; charset=utf-8")], lines).into_response()
}

async fn ready(State(service): State<Service>) -> Response {
    match service.is_ready() {
        true => "ready\n".into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response(),
    }
}

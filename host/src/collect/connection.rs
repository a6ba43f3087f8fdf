//! One connection: secured where its port says so, then HTTP/1.1 or 2 until either side has had enough.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use hyper::rt::{Read, Write};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::idle::Activity;
use super::limits::Limits;
use super::peer::Peer;
use super::server::{Intake, answer};
use super::subject::Subject;
use super::tls::Tls;
use crate::fault;

/// What hyper reads at a time in any case.
const LEAST_HEAD: usize = 64 * 1024;
/// What a connection too many is told, and how long that may take.
const TOO_MANY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nConnection: close\r\n\
    Content-Type: application/json\r\nContent-Length: 84\r\n\r\n\
    {\"status\":\"unavailable\",\"reason\":\"too many connections (--max-connections); retry\"}\n";
const FAREWELL: Duration = Duration::from_secs(2);

/// The wish that connections end, once they have said what they were about to say.
pub type Leaving = watch::Receiver<bool>;

#[derive(Clone, Copy)]
enum Protocol {
    Http1,
    Http2,
}

pub async fn serve(stream: TcpStream, from: SocketAddr, tls: Option<Tls>, intake: Arc<Intake>, leaving: Leaving) {
    let scheme = if tls.is_some() { "https" } else { "http" };
    let mut peer = Peer { address: from.ip().to_canonical(), scheme, subject: None };
    let Some(tls) = tls else {
        return speak(stream, Protocol::Http1, peer, intake, leaving).await;
    };
    match tls.secure(stream, intake.limits().head_time).await {
        Ok(stream) => {
            let session = stream.get_ref().1;
            peer.subject = session.peer_certificates().and_then(<[_]>::first).and_then(Subject::of);
            let protocol = match session.alpn_protocol() {
                Some(b"h2") => Protocol::Http2,
                _ => Protocol::Http1,
            };
            speak(stream, protocol, peer, intake, leaving).await;
        }
        Err(error) if error.is_telling() => tracing::warn!("no connection with {from}: {}", fault::chain(&error)),
        Err(error) => tracing::debug!("no connection with {from}: {}", fault::chain(&error)),
    }
}

async fn speak<S>(stream: S, protocol: Protocol, peer: Peer, intake: Arc<Intake>, leaving: Leaving)
where
    TokioIo<S>: Read + Write + Unpin + 'static,
{
    let activity = Arc::new(Activity::new());
    let service = service_fn(|request: hyper::Request<hyper::body::Incoming>| {
        let (intake, peer, activity) = (intake.clone(), peer.clone(), activity.clone());
        async move {
            let _busy = activity.begin();
            Ok::<_, Infallible>(answer(&intake, peer, request.map(Body::new)).await)
        }
    });
    let limits = intake.limits();
    let builder = builder(protocol, limits);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = idle_or_told(&activity, limits.head_time, leaving) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!("the connection with {} failed: {error}", peer.address);
    }
}

async fn idle_or_told(activity: &Activity, time: Duration, leaving: Leaving) {
    tokio::select! {
        () = activity.idle_for(time) => {}
        () = told(leaving) => {}
    }
}

async fn told(mut leaving: Leaving) {
    // An error means that nobody is left who could tell: then it is time as well.
    _ = leaving.wait_for(|leaving| *leaving).await;
}

fn builder(protocol: Protocol, limits: &Limits) -> Builder<TokioExecutor> {
    // Beyond what is asked of a message's headers, so that who passes that a little is told so.
    let head = limits.head.0.saturating_mul(2).max(LEAST_HEAD);
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.head_time).max_buf_size(head);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(limits.head_time);
    builder.http2().max_header_list_size(u32::try_from(head).unwrap_or(u32::MAX));
    match protocol {
        Protocol::Http1 => builder.http1_only(),
        Protocol::Http2 => builder.http2_only(),
    }
}

/// One connection more than there may be. Where it speaks TLS it is not even secured.
pub async fn turn_away(mut stream: TcpStream, is_tls: bool) {
    let farewell = async {
        if !is_tls && stream.write_all(TOO_MANY).await.is_ok() && stream.shutdown().await.is_ok() {
            // One that is closed with something unread may take back what was said.
            let mut forgotten = [0; 4096];
            while stream.read(&mut forgotten).await.is_ok_and(|bytes| bytes > 0) {}
        }
    };
    _ = tokio::time::timeout(FAREWELL, farewell).await;
}

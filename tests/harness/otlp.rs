//! A receiver of traces: an HTTP server that takes OTLP as any other does, or does not.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::{self as otlp, status::StatusCode};
use prost::Message;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::eventually;
use super::tls::Identity;

/// What it does with what it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Takes,
    Refuses,
    Hangs,
}

pub struct Receiver {
    /// Of the kind `--traces` takes.
    pub url: String,
    state: Arc<Mutex<State>>,
    _runtime: tokio::runtime::Runtime,
}

struct State {
    mood: Mood,
    calls: Vec<Call>,
}

/// Something it was sent.
struct Call {
    authorization: Option<String>,
    spans: Vec<Span>,
}

/// A span as it was sent, with ids in hexadecimal.
#[derive(Debug, Clone)]
pub struct Span {
    pub service: String,
    pub name: String,
    pub kind: i32,
    pub trace: String,
    pub id: String,
    pub parent: String,
    pub from: u64,
    pub until: u64,
    pub attributes: BTreeMap<String, String>,
    pub failed: bool,
}

pub const SERVER: i32 = otlp::span::SpanKind::Server as i32;
pub const CLIENT: i32 = otlp::span::SpanKind::Client as i32;
pub const CONSUMER: i32 = otlp::span::SpanKind::Consumer as i32;

impl Receiver {
    pub fn start(mood: Mood) -> Self {
        Self::start_with(mood, None)
    }

    /// One that speaks HTTPS.
    pub fn start_secured(identity: &Identity) -> Self {
        let certificates = CertificateDer::pem_file_iter(&identity.certificate).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(&identity.key).unwrap();
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(certificates, key).unwrap();
        Self::start_with(Mood::Takes, Some(TlsAcceptor::from(Arc::new(config))))
    }

    fn start_with(mood: Mood, tls: Option<TlsAcceptor>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State { mood, calls: Vec::new() }));
        runtime.spawn(listen(listener, tls, state.clone()));
        Receiver { url, state, _runtime: runtime }
    }

    pub fn options(&self) -> [&str; 2] {
        ["--traces", &self.url]
    }

    pub fn change(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    pub fn calls(&self) -> usize {
        self.state.lock().unwrap().calls.len()
    }

    /// What came in `Authorization`.
    pub fn authorizations(&self) -> Vec<Option<String>> {
        self.state.lock().unwrap().calls.iter().map(|call| call.authorization.clone()).collect()
    }

    /// All it was sent so far, whether it took that or not.
    pub fn spans(&self) -> Vec<Span> {
        self.state.lock().unwrap().calls.iter().flat_map(|call| call.spans.clone()).collect()
    }

    /// The only span that is such, once it has come.
    pub fn the(&self, what: &str, is: impl Fn(&Span) -> bool) -> Span {
        let mut found = eventually(what, || {
            let found: Vec<Span> = self.spans().into_iter().filter(&is).collect();
            (!found.is_empty()).then_some(found)
        });
        assert_eq!(found.len(), 1, "{what}: {found:#?}");
        found.remove(0)
    }
}

impl Span {
    /// As who goes on below it names it.
    pub fn traceparent(&self) -> String {
        format!("00-{}-{}-01", self.trace, self.id)
    }

    pub fn tells(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    pub fn is_below(&self, other: &Span) -> bool {
        self.trace == other.trace && self.parent == other.id
    }
}

async fn listen(listener: TcpListener, tls: Option<TlsAcceptor>, state: Arc<Mutex<State>>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (tls, state) = (tls.clone(), state.clone());
        tokio::spawn(async move {
            match tls {
                None => serve(stream, state).await,
                Some(tls) => serve(tls.accept(stream).await.expect("who comes trusts it"), state).await,
            }
        });
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, state: Arc<Mutex<State>>) {
    let service = service_fn(move |request| take(request, state.clone()));
    // Whoever hangs up has had its answer or no longer wants one.
    _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn take(request: Request<Incoming>, state: Arc<Mutex<State>>) -> Result<Response<Full<Bytes>>, Infallible> {
    assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/v1/traces"));
    assert_eq!(request.headers()["content-type"], "application/x-protobuf");
    let authorization = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let spans = spans(ExportTraceServiceRequest::decode(body).expect("it is OTLP"));
    let mood = {
        let mut state = state.lock().unwrap();
        state.calls.push(Call { authorization, spans });
        state.mood
    };
    let status = match mood {
        Mood::Takes => 200,
        Mood::Refuses => 503,
        Mood::Hangs => std::future::pending().await,
    };
    Ok(Response::builder().status(status).body(Full::default()).unwrap())
}

fn spans(request: ExportTraceServiceRequest) -> Vec<Span> {
    let of_one = |one: otlp::ResourceSpans| {
        let service = attributes(one.resource.expect("whose they are").attributes).remove("service.name").unwrap();
        let spans = one.scope_spans.into_iter().flat_map(|scope| scope.spans);
        spans.map(move |span| self::span(&service, span))
    };
    request.resource_spans.into_iter().flat_map(of_one).collect()
}

fn span(service: &str, span: otlp::Span) -> Span {
    Span {
        service: service.to_owned(),
        name: span.name,
        kind: span.kind,
        trace: hexadecimal(&span.trace_id),
        id: hexadecimal(&span.span_id),
        parent: hexadecimal(&span.parent_span_id),
        from: span.start_time_unix_nano,
        until: span.end_time_unix_nano,
        attributes: attributes(span.attributes),
        failed: span.status.is_some_and(|status| status.code() == StatusCode::Error),
    }
}

fn attributes(pairs: Vec<KeyValue>) -> BTreeMap<String, String> {
    pairs.into_iter().map(|pair| (pair.key, text(pair.value))).collect()
}

fn text(value: Option<AnyValue>) -> String {
    match value.and_then(|value| value.value) {
        Some(any_value::Value::StringValue(text)) => text,
        Some(any_value::Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

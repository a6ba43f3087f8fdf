//! To whom spans are sent, and the client that does it: hyper, as everywhere else here, with rustls where it is https.

use std::fmt::{Display, Formatter};
use std::time::Duration;

use hyper_rustls::HttpsConnectorBuilder;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};

use super::TracesError;

/// Where traces are taken, below the address that is given.
const PATH: &str = "/v1/traces";
/// How long a receiver may take over what it is sent, with all that is tried again.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Where it may be said which protocol to speak.
const PROTOCOLS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];

/// Where traces are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(String);

impl Endpoint {
    /// At the receiver of this address, as `OTEL_EXPORTER_OTLP_ENDPOINT` has it.
    pub fn at(address: &str) -> Result<Self, TracesError> {
        let wrong = || TracesError::Address(address.to_owned());
        let (scheme, rest) = address.split_once("://").ok_or_else(wrong)?;
        if !["http", "https"].contains(&scheme) || rest.is_empty() || rest.contains(char::is_whitespace) {
            return Err(wrong());
        }
        let address = address.trim_end_matches('/');
        Ok(Endpoint(format!("{}{PATH}", address.strip_suffix(PATH).unwrap_or(address))))
    }

    /// The library itself reads which headers to send from the environment.
    pub(super) fn exporter(&self) -> Result<SpanExporter, TracesError> {
        only_protobuf()?;
        let exporter = SpanExporter::builder().with_http();
        let exporter = match self.0.starts_with("https:") {
            true => {
                let roots = HttpsConnectorBuilder::new().with_native_roots();
                let roots = roots.map_err(|error| TracesError::Roots(self.0.clone(), error))?;
                let connector = roots.https_only().enable_http1().build();
                exporter.with_http_client(HyperClient::new(connector, TIMEOUT, None))
            }
            false => exporter.with_http_client(HyperClient::with_default_connector(TIMEOUT, None)),
        };
        let exporter = exporter.with_endpoint(&self.0).with_timeout(TIMEOUT).with_protocol(Protocol::HttpBinary);
        exporter.build().map_err(|error| TracesError::Exporter(self.0.clone(), error))
    }
}

/// Whoever asks for another would wait for its spans in vain.
fn only_protobuf() -> Result<(), TracesError> {
    let said = PROTOCOLS.iter().find_map(|name| Some((*name, std::env::var(name).ok().filter(|it| !it.is_empty())?)));
    match said {
        Some((name, protocol)) if protocol != "http/protobuf" => Err(TracesError::Protocol { name, protocol }),
        _ => Ok(()),
    }
}

impl Display for Endpoint {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_is_of_a_receiver_or_of_its_traces() {
        for (given, is) in [
            ("http://localhost:4318", "http://localhost:4318/v1/traces"),
            ("http://localhost:4318/", "http://localhost:4318/v1/traces"),
            ("https://otlp.example.com/otlp/v1/traces", "https://otlp.example.com/otlp/v1/traces"),
        ] {
            assert_eq!(Endpoint::at(given).unwrap().to_string(), is);
        }
        for wrong in ["localhost:4318", "grpc://localhost:4317", "http://", "http://a b"] {
            assert!(Endpoint::at(wrong).unwrap_err().to_string().contains("no address"), "{wrong}");
        }
    }
}

//! `ps-stream collect`, as typed.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;

use super::check::Check;
use super::limits::LimitOptions;
use super::modules::Modules;
use super::segments::SegmentOptions;
use super::topics::Use;
use super::traces::TraceOptions;
use super::{Common, Failure, runtime, words};
use crate::collect::{self, Accept, Certificates, Network, Secrets, Secure, Senders, Target, Tls, TlsFiles};
use crate::kafka::DeliveryConfig;
use crate::transform::{Engine, Exchange, Kind, Slot, Source, Splitters};
use crate::watch;

/// Who its traces are of.
const SERVICE: &str = "ps-stream-collect";

#[derive(Debug, Args)]
pub struct Collect {
    /// Address to listen on
    #[arg(long, env = "PSSTREAM_ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::UNSPECIFIED))]
    address: IpAddr,

    /// Port to listen on; 0 for any that is free
    #[arg(long, env = "PSSTREAM_PORT", default_value_t = 8000)]
    port: u16,

    #[command(flatten)]
    tls: TlsOptions,

    /// Prefix of the topic's name
    #[arg(long, value_name = "PREFIX", env = "PSSTREAM_TARGET_PREFIX", default_value = "ps")]
    target_prefix: String,

    /// Topic to store transactions in; may name {MessageName}, {From} and {To}
    #[arg(long, value_name = "TOPIC", env = "PSSTREAM_TARGET_TOPIC", default_value = "transactions")]
    target_topic: String,

    #[command(flatten)]
    segments: SegmentOptions,

    #[command(flatten)]
    senders: SenderOptions,

    /// Accepted value of the From header, in which * stands for any characters; may be given several times
    #[arg(long, value_name = "NAME", env = "PSSTREAM_ACCEPT_FROM")]
    accept_from: Vec<String>,

    /// Accepted value of the To header, with * likewise; may be given several times
    #[arg(long, value_name = "NAME", env = "PSSTREAM_ACCEPT_TO")]
    accept_to: Vec<String>,

    /// Accepted message name, with * likewise; may be given several times
    #[arg(long, value_name = "NAME", env = "PSSTREAM_ACCEPT_MESSAGENAME")]
    accept_messagename: Vec<String>,

    /// Splitter that cuts messages into transactions; the stock splitter when not given
    #[arg(long, value_name = "FILE.wasm", env = "PSSTREAM_TRANSFORM")]
    transform: Option<PathBuf>,

    /// The splitter's configuration: a TOML, YAML or JSON file
    #[arg(long, value_name = "FILE", env = "PSSTREAM_TRANSFORM_CONFIG")]
    transform_config: Option<PathBuf>,

    /// Key rules for the stock splitter, the file that parse --keys takes: then the changes of each row stay in order, and not
    /// those of each record type
    #[arg(long, value_name = "FILE", env = "PSSTREAM_KEYS", conflicts_with_all = ["transform", "transform_config"])]
    keys: Option<PathBuf>,

    /// How long Kafka may take to store a message before the sender is told to try again
    #[arg(long, value_name = "TIME", env = "PSSTREAM_DELIVERY_TIMEOUT", default_value = "30s")]
    delivery_timeout: humantime::Duration,

    /// How long the body of a message may take to arrive. While that of a large one does, readers of committed records wait
    /// before it
    #[arg(long, value_name = "TIME", env = "PSSTREAM_RECEIVE_TIMEOUT", default_value = "5m")]
    receive_timeout: humantime::Duration,

    /// How far to read back at the start, to know messages that are sent again; 0s to store them again
    #[arg(long, value_name = "TIME", env = "PSSTREAM_REPEATS_WITHIN", default_value = "1d")]
    repeats_within: humantime::Duration,

    /// A name that no other running collector has and that this one keeps when it is started again; host name and port when
    /// not given
    #[arg(long, value_name = "NAME", env = "PSSTREAM_INSTANCE")]
    instance: Option<String>,

    /// How long messages under way may take once SIGTERM has come
    #[arg(long, value_name = "TIME", env = "PSSTREAM_SHUTDOWN_TIMEOUT", default_value = "60s")]
    shutdown_timeout: humantime::Duration,

    #[command(flatten)]
    limits: LimitOptions,

    #[command(flatten)]
    modules: Modules,

    #[command(flatten)]
    traces: TraceOptions,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "HTTPS")]
struct TlsOptions {
    /// Certificate of this server, and those between it and its root, in PEM. With it the port speaks HTTPS alone. Read
    /// again when it changes
    #[arg(long, value_name = "FILE", env = "PSSTREAM_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// Its private key, in PEM
    #[arg(long, value_name = "FILE", env = "PSSTREAM_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Port for HTTPS beside the one for plain HTTP; 0 for any that is free
    #[arg(long, value_name = "PORT", env = "PSSTREAM_TLS_PORT", requires = "tls_cert")]
    tls_port: Option<u16>,

    /// Roots of clients' certificates, in PEM. With it whoever posts must show a certificate, so at a port for plain HTTP
    /// nobody can
    #[arg(long, value_name = "FILE", env = "PSSTREAM_TLS_CLIENT_CA", requires = "tls_cert")]
    tls_client_ca: Option<PathBuf>,
}

/// Who may post at all.
#[derive(Debug, Args)]
#[command(next_help_heading = "Senders")]
struct SenderOptions {
    /// Accepted subject of a client's certificate, such as "CN=hr,O=Example", or its common name alone; * stands for any
    /// characters; may be given several times (in the environment: one a line)
    #[arg(
        long,
        value_name = "SUBJECT",
        env = "PSSTREAM_ACCEPT_CLIENT",
        value_delimiter = '\n',
        requires = "tls_client_ca"
    )]
    accept_client: Vec<String>,

    /// Network to accept messages from, such as 10.1.0.0/16; may be given several times. Behind a proxy, that is the proxy's
    #[arg(long, value_name = "CIDR", env = "PSSTREAM_ACCEPT_NETWORK", value_delimiter = ',')]
    accept_network: Vec<Network>,

    /// Secrets of which senders must show one in Authorization: a file with lines such as "basic USER:PASSWORD" or
    /// "bearer TOKEN". Read again when it changes
    #[arg(long, value_name = "FILE", env = "PSSTREAM_SECRETS")]
    secrets: Option<PathBuf>,
}

/// A port is one collector's; on a port that is still to be found nobody comes back.
fn instance(port: u16) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|name| name.trim().to_owned());
    match host.filter(|name| port != 0 && !name.is_empty()) {
        Some(host) => format!("{host}-{port}"),
        None => uuid::Uuid::new_v4().to_string(),
    }
}

impl Collect {
    pub fn execute(self, common: &Common) -> Result<(), Failure> {
        let settings = common.settings()?;
        let engine = self.modules.engine()?;
        let splitters = self.splitters(&engine)?;
        let (config, traces) = (self.config()?, self.traces.config(SERVICE)?);
        runtime()?.block_on(async {
            let service = common.start_service(traces).await?;
            engine.tell(&service.metrics);
            watch::watch("module-watch", [splitters.watched()], service.reload.clone()).map_err(Failure::run)?;
            let done = collect::run(config, &settings, splitters, &service, |_| {}).await.map_err(Failure::run);
            service.traces.finish().await;
            done
        })
    }

    /// What can be tried before it is started.
    pub fn checks(&self, common: &Common) -> Vec<Check> {
        let splitter = self.modules.engine().and_then(|engine| self.splitters(&engine));
        let checks = [
            Check::of("Kafka's properties", common.settings().map(|_| String::new())),
            Check::of("splitter", splitter.map(|splitters| splitters.get().identity().to_string())),
            Check::of("certificate, secrets, topic", self.config().map(|_| String::new())),
        ];
        checks.into_iter().chain(self.traces.check(SERVICE)).collect()
    }

    pub fn topics(&self) -> Vec<Use> {
        let target = Target::new(&self.target_prefix, &self.target_topic).ok();
        target.and_then(|target| target.fixed()).map(Use::Transactions).into_iter().collect()
    }

    fn splitters(&self, engine: &Engine) -> Result<Slot<Splitters>, Failure> {
        let config = self.keys.as_deref().or(self.transform_config.as_deref());
        let source = Source::new(Kind::Splitter, self.transform.as_deref(), config);
        Slot::load(engine, source).map_err(Failure::usage)
    }

    fn tls(&self) -> Result<Option<Secure>, Failure> {
        let TlsOptions { tls_cert: Some(certificate), tls_key: Some(key), .. } = &self.tls else { return Ok(None) };
        let client_ca = self.tls.tls_client_ca.clone();
        let files = TlsFiles { certificate: certificate.clone(), key: key.clone(), client_ca };
        Ok(Some(Secure { tls: Tls::load(files).map_err(Failure::usage)?, beside: self.tls.tls_port }))
    }

    fn senders(&self) -> Result<Senders, Failure> {
        let SenderOptions { accept_client, accept_network, secrets } = &self.senders;
        let certificates = match self.tls.tls_client_ca {
            Some(_) => Certificates::Asked(accept_client.clone()),
            None => Certificates::NotAsked,
        };
        let secrets = secrets.clone().map(Secrets::load).transpose().map_err(Failure::usage)?;
        Ok(Senders { networks: accept_network.clone(), certificates, secrets })
    }

    fn config(&self) -> Result<collect::Config, Failure> {
        let target = Target::new(&self.target_prefix, &self.target_topic).map_err(Failure::usage)?;
        Ok(collect::Config {
            address: SocketAddr::new(self.address, self.port),
            tls: self.tls()?,
            holding: self.segments.holding(&target).map_err(Failure::usage)?,
            target,
            senders: self.senders()?,
            accept: Accept {
                from: words(&self.accept_from),
                to: words(&self.accept_to),
                message_name: words(&self.accept_messagename),
            },
            limits: self.limits.limits(),
            delivery: DeliveryConfig {
                timeout: self.delivery_timeout.into(),
                longest: self.receive_timeout.into(),
                instance: self.instance.clone().unwrap_or_else(|| instance(self.port)),
                repeats_within: self.repeats_within.into(),
            },
            shutdown_timeout: self.shutdown_timeout.into(),
        })
    }
}

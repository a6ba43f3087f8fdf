//! Apache Kafka, one process or a cluster of several in KRaft mode, on free ports of 127.0.0.1 and temporary directories.
//!
//! The JVM runs under a shell that kills it and removes the directory when its standard input closes, so no broker
//! outlives the test process however that ends. `PSSTREAM_TEST_KAFKA=HOST:PORT` uses another broker instead of the shared one.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::workspace;

const HINT: &str = "run `make test`, or set PSSTREAM_TEST_KAFKA=HOST:PORT";
const CLUSTER_ID: &str = "cHMtc3RyZWFtLXRlc3RzLg";

/// The address of the broker all tests share.
pub fn shared() -> &'static str {
    static SHARED: OnceLock<(String, Option<Broker>)> = OnceLock::new();
    let (address, _) = SHARED.get_or_init(|| match std::env::var("PSSTREAM_TEST_KAFKA") {
        Ok(given) if !given.is_empty() => (given, None),
        _ => {
            let broker = Broker::start();
            (broker.address.clone(), Some(broker))
        }
    });
    address
}

/// A broker of the test's own, to stop and to start again.
pub struct Broker {
    pub address: String,
    directory: PathBuf,
    heap: &'static str,
    running: Option<Running>,
}

/// A listener besides the plain one: `SASL_SSL://HOST:PORT`, the properties it needs and the users it knows.
pub struct Listener {
    pub address: String,
    pub properties: String,
    /// As `--add-scram` of Kafka's `StorageTool` takes them.
    pub scram_users: Vec<String>,
}

/// A broker's place in its cluster. Every broker is a controller too.
struct Seat<'a> {
    number: usize,
    port: u16,
    controllers: &'a [u16],
}

/// The shell around the JVM, and the JVM's process id.
struct Running {
    shell: Child,
    java: String,
}

impl Broker {
    pub fn start() -> Self {
        Self::start_with(None)
    }

    pub fn start_with(listener: Option<&Listener>) -> Self {
        let mut broker = Self::prepare(&Seat { number: 1, port: free_port(), controllers: &[free_port()] }, listener);
        broker.start_again();
        broker
    }

    /// Brokers that hold everything three times over, or as often as there are brokers.
    pub fn start_cluster(size: usize) -> Vec<Self> {
        let controllers: Vec<u16> = (0..size).map(|_| free_port()).collect();
        let seat = |number| Seat { number, port: free_port(), controllers: &controllers };
        let mut brokers: Vec<Self> = (1..=size).map(|number| Self::prepare(&seat(number), None)).collect();
        for broker in &mut brokers {
            broker.launch();
        }
        for broker in &brokers {
            await_port(&broker.address, &broker.directory);
        }
        brokers
    }

    fn prepare(seat: &Seat<'_>, listener: Option<&Listener>) -> Self {
        let directory = std::env::temp_dir().join(super::unique("ps-stream-kafka"));
        std::fs::create_dir_all(&directory).expect("the temporary directory can be written");
        std::fs::write(directory.join("server.properties"), properties(&directory, seat, listener)).unwrap();
        format_storage(&directory, listener);
        let heap = if seat.controllers.len() > 1 { "384m" } else { "512m" };
        Self { address: format!("127.0.0.1:{}", seat.port), directory, heap, running: None }
    }

    /// After `stop`: the same broker, with what it held.
    pub fn start_again(&mut self) {
        self.launch();
        await_port(&self.address, &self.directory);
    }

    /// As `start_again`, without waiting for it.
    pub fn launch(&mut self) {
        self.running = Some(Running::launch(&self.directory, self.heap));
    }

    /// Running and not frozen, whatever it was.
    pub fn heal(&mut self) {
        match self.running {
            Some(_) => self.thaw(),
            None => self.start_again(),
        }
    }

    /// As a machine that dies: no goodbye to anyone.
    pub fn stop(&mut self) {
        self.running = None;
    }

    /// The process stands still: connections stay open and nothing answers.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let running = self.running.as_ref().expect("a stopped broker takes no signals");
        assert!(Command::new("kill").args([signal, &running.java]).status().unwrap().success());
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.stop();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

impl Running {
    fn launch(directory: &Path, heap: &str) -> Self {
        // `read` ends with a line when the broker is stopped, and without one when the test process is gone, however it
        // ended: then nobody wants what the broker wrote any more.
        let script = r#"
            java "-Xmx$HEAP" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$LIBS/*" kafka.Kafka "$DIRECTORY/server.properties" >>"$DIRECTORY/kafka.log" 2>&1 &
            java=$!
            echo $java
            read stop || gone=yes
            kill -KILL $java
            wait $java 2>/dev/null
            [ -z "$gone" ] || rm -rf "$DIRECTORY"
        "#;
        let mut shell = Command::new("sh")
            .args(["-c", script])
            .env("LIBS", libraries())
            .env("DIRECTORY", directory)
            .env("HEAP", heap)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh can be run");
        let mut java = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut java).expect("the shell prints a process id");
        Self { shell, java: java.trim().to_owned() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.shell.stdin.take().map(|mut stdin| stdin.write_all(b"stop\n"));
        let _ = self.shell.wait();
    }
}

/// A port nobody listens on at this moment.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

fn libraries() -> PathBuf {
    let libraries = workspace().join("target/kafka/libs");
    let there = std::fs::read_dir(&libraries).is_ok_and(|mut jars| jars.next().is_some());
    assert!(there, "Apache Kafka is not in {}: {HINT}", libraries.display());
    libraries
}

fn format_storage(directory: &Path, listener: Option<&Listener>) {
    let users = listener.map_or(&[][..], |listener| &listener.scram_users);
    let output = Command::new("java")
        .arg("-cp")
        .arg(libraries().join("*"))
        .args(["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c"])
        .arg(directory.join("server.properties"))
        .args(users.iter().flat_map(|user| ["--add-scram", user]))
        .output()
        .unwrap_or_else(|fault| panic!("java cannot be run ({fault}): {HINT}"));
    assert!(output.status.success(), "cannot format: {}", String::from_utf8_lossy(&output.stderr));
}

fn await_port(address: &str, directory: &Path) {
    let deadline = Instant::now() + super::PATIENCE;
    while TcpStream::connect(address).is_err() {
        if Instant::now() > deadline {
            let log = std::fs::read_to_string(directory.join("kafka.log")).unwrap_or_default();
            panic!("Apache Kafka did not come up on {address}: {HINT}\n{log}");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn properties(directory: &Path, seat: &Seat<'_>, listener: Option<&Listener>) -> String {
    let directory = directory.display();
    let also = listener.map(|listener| format!(",{}", listener.address)).unwrap_or_default();
    let more = listener.map_or("", |listener| &listener.properties);
    let Seat { number, port, controllers } = seat;
    let controller = controllers[number - 1];
    let voters: Vec<String> =
        (1..).zip(*controllers).map(|(number, port)| format!("{number}@127.0.0.1:{port}")).collect();
    let voters = voters.join(",");
    let (replicas, in_sync) = (controllers.len().min(3), controllers.len().min(3).div_ceil(2));
    format!(
        "process.roles=broker,controller\n\
         node.id={number}\n\
         controller.quorum.voters={voters}\n\
         controller.listener.names=CONTROLLER\n\
         listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}{also}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{port}{also}\n\
         listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL\n\
         log.dirs={directory}/logs\n\
         num.partitions=3\n\
         default.replication.factor={replicas}\n\
         min.insync.replicas={in_sync}\n\
         offsets.topic.replication.factor={replicas}\n\
         offsets.topic.num.partitions=4\n\
         transaction.state.log.replication.factor={replicas}\n\
         transaction.state.log.min.isr={in_sync}\n\
         transaction.state.log.num.partitions=4\n\
         share.coordinator.state.topic.replication.factor={replicas}\n\
         share.coordinator.state.topic.min.isr={in_sync}\n\
         broker.session.timeout.ms=2500\n\
         broker.heartbeat.interval.ms=300\n\
         controller.quorum.election.timeout.ms=500\n\
         controller.quorum.fetch.timeout.ms=1000\n\
         group.initial.rebalance.delay.ms=0\n\
         group.min.session.timeout.ms=1000\n\
         {more}"
    )
}

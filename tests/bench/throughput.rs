//! `collect` and `parse` end to end on a real Kafka, against a bare rdkafka program that moves as many records of the same
//! size without looking at them: rates, and CPU seconds for a million transactions.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::DefaultProducerContext;
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use rdkafka::{Message, Offset, TopicPartitionList};

use super::messages;
use super::spread::Spread;
use crate::harness::http;
use crate::harness::pipeline::{Collect, Parse, headers};
use crate::harness::{eventually, kafka, topics, unique};

const ROUNDS: usize = 5;
/// Transactions of a message, and messages of a round.
const TRANSACTIONS: usize = 2500;
const MESSAGES: usize = 24;
const ALL: f64 = (TRANSACTIONS * MESSAGES) as f64;

/// Transactions a second, and CPU seconds for a million of them.
#[derive(Default)]
struct Figures {
    rate: Spread,
    cpu: Spread,
}

pub fn run() {
    println!(
        "\nend to end: rounds of {ALL} transactions of 1.9 KB; minimum / median / maximum of {ROUNDS} rounds, in turn\n"
    );
    println!("{:<26} {:>28} {:>28}", "", "transactions/s", "CPU s for a million");
    let [mut collect, mut produce, mut parse, mut move_on] = [(); 4].map(|()| Figures::default());
    let (mut collect_ratio, mut parse_ratio) = (Spread::default(), Spread::default());
    for _ in 0..ROUNDS {
        let (topic, of_collect) = collected();
        let values = values(&topic);
        let of_produce = produced(&values);
        let (of_parse, of_move) = (parsed(&topic), moved(&topic));
        collect_ratio.add(of_collect.0 / of_produce.0);
        parse_ratio.add(of_parse.0 / of_move.0);
        for (figures, (rate, cpu)) in
            [(&mut collect, of_collect), (&mut produce, of_produce), (&mut parse, of_parse), (&mut move_on, of_move)]
        {
            figures.rate.add(rate);
            figures.cpu.add(cpu);
        }
    }
    collect.print("collect");
    produce.print("rdkafka producing alone");
    println!("{:<26} {collect_ratio:>28}", "  ratio");
    parse.print("parse");
    move_on.print("rdkafka reading, producing");
    println!("{:<26} {parse_ratio:>28}", "  ratio");
}

impl Figures {
    fn print(&self, name: &str) {
        println!("{name:<26} {:>28} {:>28}", self.rate, self.cpu);
    }
}

/// Rate and CPU seconds a million.
type Measured = (f64, f64);

fn measured(seconds: f64, cpu: f64) -> Measured {
    (ALL / seconds, cpu * 1e6 / ALL)
}

/// Two senders post large messages.
fn collected() -> (String, Measured) {
    let prefix = unique("bench");
    topics::create(kafka::shared(), &format!("{prefix}.transactions"), 3, &[]);
    let collect = Collect::start_on(kafka::shared(), &[], &prefix, &[]);
    eventually("it is ready", || (http::get_path(&collect.address, "/readyz").status == 200).then_some(()));
    let body = messages::of(TRANSACTIONS);
    let (began, before) = (Instant::now(), cpu_of(collect.process.id()));
    std::thread::scope(|scope| {
        for sender in 0..2 {
            let (collect, body) = (&collect, &body);
            scope.spawn(move || {
                for n in 0..MESSAGES / 2 {
                    let reply = http::post(&collect.address, &headers(&format!("{sender}-{n}"), "PROJECT_SYNC"), body);
                    assert_eq!(reply.status, 200, "{reply:?}");
                }
            });
        }
    });
    let figures = measured(began.elapsed().as_secs_f64(), cpu_of(collect.process.id()) - before);
    (collect.topic(), figures)
}

fn values(topic: &str) -> Vec<Vec<u8>> {
    topics::read(kafka::shared(), topic).into_iter().filter_map(|record| record.value).collect()
}

fn produced(values: &[Vec<u8>]) -> Measured {
    let topic = unique("bench");
    topics::create(kafka::shared(), &topic, 3, &[]);
    let producer = bare_producer();
    let (began, before) = (Instant::now(), cpu_of(std::process::id()));
    values.iter().for_each(|value| produce(&producer, &topic, value));
    producer.flush(Duration::from_secs(60)).unwrap();
    measured(began.elapsed().as_secs_f64(), cpu_of(std::process::id()) - before)
}

/// From the first row to the last offset committed.
fn parsed(topic: &str) -> Measured {
    let prefix = topic.trim_end_matches(".transactions");
    topics::create(kafka::shared(), &format!("{prefix}.PROJECT"), 3, &[("cleanup.policy", "compact")]);
    let parse = Parse::start_for(prefix, &[]);
    parse.process.line_with("taking over");
    let (began, before) = (Instant::now(), cpu_of(parse.process.id()));
    parse.settle();
    measured(began.elapsed().as_secs_f64(), cpu_of(parse.process.id()) - before)
}

fn moved(topic: &str) -> Measured {
    let target = unique("bench");
    topics::create(kafka::shared(), &target, 3, &[]);
    let consumer: BaseConsumer = topics::client(kafka::shared())
        .set("group.id", "bench")
        .set("isolation.level", "read_committed")
        .create()
        .unwrap();
    let mut places = TopicPartitionList::new();
    for partition in 0..3 {
        places.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
    }
    let producer = bare_producer();
    let (began, before) = (Instant::now(), cpu_of(std::process::id()));
    consumer.assign(&places).unwrap();
    for _ in 0..TRANSACTIONS * MESSAGES {
        let message = consumer.poll(Duration::from_secs(30)).expect("more is there").unwrap();
        produce(&producer, &target, message.payload().unwrap());
    }
    producer.flush(Duration::from_secs(60)).unwrap();
    measured(began.elapsed().as_secs_f64(), cpu_of(std::process::id()) - before)
}

fn bare_producer() -> ThreadedProducer<DefaultProducerContext> {
    let mut config = topics::client(kafka::shared());
    config.set("enable.idempotence", "true").set("compression.type", "lz4").create().unwrap()
}

fn produce(producer: &ThreadedProducer<DefaultProducerContext>, topic: &str, value: &[u8]) {
    let mut record = BaseRecord::to(topic).key("key").payload(value);
    while let Err((_, back)) = producer.send(record) {
        std::thread::sleep(Duration::from_millis(1));
        record = back;
    }
}

/// Seconds of processor time a process has used.
fn cpu_of(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("the process runs");
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks: Vec<f64> = fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse().unwrap()).collect();
    ticks.iter().sum::<f64>() / 100.0
}

//! The sample messages, posted as PeopleSoft would.

use std::net::SocketAddr;

use anyhow::Context;
use http_body_util::BodyExt;
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::show;

/// A message and what comes of it.
struct Sample {
    what: &'static str,
    name: &'static str,
    body: &'static str,
    /// How many rows, tombstones and dead letters it makes.
    records: usize,
}

const SAMPLES: [Sample; 7] = [
    Sample {
        what: "two projects with their activities are added",
        name: "PROJECT_SYNC",
        body: include_str!("messages/1-projects-added.xml"),
        records: 5,
    },
    Sample {
        what: "two currencies are added",
        name: "CURRENCY_SYNC",
        body: include_str!("messages/2-currencies-added.xml"),
        records: 2,
    },
    Sample {
        what: "a project changes, one of its activities goes",
        name: "PROJECT_SYNC",
        body: include_str!("messages/3-project-changed.xml"),
        records: 2,
    },
    Sample {
        what: "a project and its activity get another key",
        name: "PROJECT_SYNC",
        body: include_str!("messages/4-project-key-changed.xml"),
        records: 4,
    },
    Sample {
        what: "a currency is deleted",
        name: "CURRENCY_SYNC",
        body: include_str!("messages/5-currency-deleted.xml"),
        records: 1,
    },
    Sample {
        what: "a vendor, for which there is no key rule",
        name: "VENDOR_SYNC",
        body: include_str!("messages/6-vendor-without-rule.xml"),
        records: 1,
    },
    Sample {
        what: "a message that was cut off on its way",
        name: "PROJECT_SYNC",
        body: include_str!("messages/7-cut-off.xml"),
        records: 0,
    },
];

/// Posts them one after the other; answers with the number of records they make.
pub async fn post_all(address: SocketAddr) -> anyhow::Result<usize> {
    for (n, sample) in SAMPLES.iter().enumerate() {
        let (status, answer) = post(address, sample, n).await.context("posting a sample message")?;
        show::posted(sample.what, status, &answer)?;
    }
    Ok(SAMPLES.iter().map(|sample| sample.records).sum())
}

async fn post(address: SocketAddr, sample: &Sample, n: usize) -> anyhow::Result<(u16, String)> {
    let stream = tokio::net::TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let request = Request::post("/")
        .header("Host", address.to_string())
        .header("From", "PSFT_EP")
        .header("To", "PS_STREAM")
        .header("MessageName", sample.name)
        .header("TransactionID", format!("sample-{}", n + 1))
        .header("DataChunk", "1")
        .header("DataChunkCount", "1")
        .body(sample.body.to_owned())?;
    let response = sender.send_request(request).await?;
    let status = response.status().as_u16();
    let answer = response.into_body().collect().await?.to_bytes();
    drop(sender);
    connection.await??;
    Ok((status, String::from_utf8_lossy(&answer).into_owned()))
}

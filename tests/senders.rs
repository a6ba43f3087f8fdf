//! Who may post: patterns in the allow-lists, networks, secrets and certificates. Who may not is told so, leaves nothing
//! behind, and is one line in the log that shows no secret.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::harness::http::{self, Reply, Upload};
use crate::harness::pipeline::{Collect, headers};
use crate::harness::tls::{Authority, Identity, curl, posting, text};
use crate::harness::{message, process, scratch_file, workspace};

/// psft:open-sesame
const BASIC: (&str, &str) = ("Authorization", "Basic cHNmdDpvcGVuLXNlc2FtZQ==");
const BEARER: (&str, &str) = ("Authorization", "Bearer t-o-k-e-n");
const SECRETS: &str = "# of May\nbasic psft:open-sesame\nbearer t-o-k-e-n\n";

fn secrets_file(content: &str) -> PathBuf {
    let file = scratch_file("secrets", content);
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    file
}

fn post(collect: &Collect, id: &str, more: &[(&str, &str)]) -> Reply {
    http::post(&collect.address, &[&headers(id, "PROJECT_SYNC")[..], more].concat(), &message("no_field_types.xml"))
}

fn stored(collect: &Collect) -> Vec<String> {
    collect.transactions().iter().map(crate::harness::topics::Record::key_text).collect()
}

#[test]
fn a_star_in_an_allow_list_stands_for_any_characters() {
    let collect = Collect::start(&["--accept-from", "PSFT_*", "--accept-messagename", "*_SYNC,*_FULLSYNC"]);
    let post = |from: &str, name: &str| {
        let headers = [("TransactionID", name), ("From", from), ("MessageName", name)];
        http::post(&collect.address, &headers, &message("no_field_types.xml")).status
    };
    assert_eq!(post("PSFT_HR", "PROJECT_SYNC"), 200);
    assert_eq!(post("PSFT_EP", "PROJECT_FULLSYNC"), 200);
    assert_eq!(post("OLD_PSFT_EP", "PROJECT_SYNC"), 403);
    assert_eq!(post("PSFT_EP", "PROJECT_SYNC_EFF"), 403);
}

#[test]
fn without_one_of_the_secrets_nobody_may_post_or_ping() {
    let file = secrets_file(SECRETS);
    let collect = Collect::start(&["--secrets", text(&file)]);
    for wrong in [
        &[][..],
        &[("Authorization", "Basic cHNmdDp3cm9uZw==")],
        &[("Authorization", "Bearer open-sesame")],
        &[("Authorization", "Basic ====")],
        &[("Authorization", "Negotiate abc")],
    ] {
        let reply = post(&collect, "stranger", wrong);
        assert_eq!(reply.status, 401, "{wrong:?}: {reply:?}");
        let asked: Vec<&str> = challenges(&reply);
        assert_eq!(asked, [r#"Basic realm="ps-stream", charset="UTF-8""#, r#"Bearer realm="ps-stream""#]);
        assert_eq!(http::post(&collect.address, wrong, b"").status, 401, "a ping");
    }
    assert_eq!(post(&collect, "basic", &[BASIC]).status, 200);
    assert_eq!(post(&collect, "bearer", &[BEARER]).status, 200);
    assert_eq!(http::post(&collect.address, &[BASIC], b"").status, 200, "a ping");
    assert_eq!(http::get(&collect.address).status, 200);
    assert_eq!(http::get_path(&collect.address, "/readyz").status, 200);
    assert_eq!(stored(&collect), ["basic", "bearer"]);
    let said = collect.process.terminate().stderr_text();
    assert_eq!(said.matches("Authorization").count(), 10, "one line each: {said}");
    for secret in ["open-sesame", "t-o-k-e-n", "cHNmdDp", "wrong"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}

fn challenges(reply: &Reply) -> Vec<&str> {
    let all = reply.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("www-authenticate"));
    all.map(|(_, value)| value.as_str()).collect()
}

#[test]
fn a_stranger_who_holds_the_body_back_is_answered_without_it() {
    let file = secrets_file(SECRETS);
    let collect = Collect::start(&["--secrets", text(&file)]);
    let headers = [&headers("held", "PROJECT_SYNC")[..], &[("Expect", "100-continue")]].concat();
    let mut upload = Upload::begin_of_length(&collect.address, &headers, 1 << 30);
    upload.send_raw(b"");
    assert_eq!(upload.answer().status, 401);
}

#[test]
fn secrets_are_rotated_while_it_runs_and_a_bad_file_leaves_the_old_ones() {
    let file = secrets_file("bearer old\n");
    let collect = Collect::start(&["--secrets", text(&file)]);
    let status = |token: &str| post(&collect, token, &[("Authorization", &format!("Bearer {token}"))]).status;
    assert_eq!((status("old"), status("new")), (200, 401));
    std::fs::write(&file, "bearer old\nbearer new\n").unwrap();
    collect.process.line_with("a new secrets file is in use");
    assert_eq!((status("old"), status("new")), (200, 200));
    std::fs::write(&file, "hunter2\n").unwrap();
    collect.process.signal("HUP");
    let line = collect.process.line_with("the new secrets file is refused");
    assert!(line.contains("line 1") && !line.contains("hunter2"), "{line}");
    assert_eq!((status("old"), status("new")), (200, 200));
}

#[test]
fn a_secrets_file_that_others_may_read_is_warned_of_and_one_without_secrets_refused() {
    let open = secrets_file(SECRETS);
    std::fs::set_permissions(&open, PermissionsExt::from_mode(0o644)).unwrap();
    let collect = Collect::start(&["--secrets", text(&open)]);
    let line = collect.process.line_with("others may read");
    assert!(line.contains(text(&open)), "{line}");
    for (content, why) in [("# nothing\n", "holds no secret"), ("open-sesame\n", "line 1")] {
        let file = secrets_file(content);
        let ended = process::run(&["collect", "--secrets", text(&file)]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr_text().contains(why) && ended.stderr_text().contains(text(&file)), "{ended:?}");
        assert!(!ended.stderr_text().contains("open-sesame"), "{ended:?}");
    }
}

#[test]
fn messages_from_other_networks_are_refused() {
    let elsewhere = Collect::start(&["--accept-network", "10.0.0.0/8", "--accept-network", "fd00::/8"]);
    let reply = post(&elsewhere, "far", &[]);
    assert_eq!((reply.status, reply.json()["status"].as_str()), (403, Some("refused")), "{reply:?}");
    assert_eq!(http::post(&elsewhere.address, &[], b"").status, 403, "a ping");
    assert_eq!(http::get(&elsewhere.address).status, 200, "a health check");
    let line = elsewhere.process.line_with("--accept-network");
    assert!(line.contains("127.0.0.1"), "{line}");
    assert!(stored(&elsewhere).is_empty());

    let here = Collect::start(&["--accept-network", "10.0.0.0/8", "--accept-network", "127.0.0.0/8"]);
    assert_eq!(post(&here, "near", &[]).status, 200);
    for bad in ["10.0.0.0/33", "10.0.0.1/8", "office"] {
        assert_eq!(process::run(&["collect", "--accept-network", bad]).code, Some(2), "{bad}");
    }
}

#[test]
fn with_client_certificates_only_who_shows_an_accepted_one_may_post() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let server = servers.server();
    let options = ["--tls-port", "0", "--tls-client-ca", text(&clients.file), "--accept-client", "hr-*"];
    let options = [&options[..], &["--accept-client", "O=Example,CN=fs"]].concat();
    let collect = Collect::start(&[&server.options()[..], &options].concat());
    let line = collect.process.line_with(" with TLS");
    let url = format!("https://{}/", line.split_whitespace().rev().nth(2).unwrap());
    let body = format!("@{}", workspace().join("tests/messages/no_field_types.xml").display());
    let post = |id: &str, client: Option<&Identity>| {
        let id = format!("TransactionID: {id}");
        let mut options = posting(&servers, &body, &id);
        if let Some(client) = client {
            options.extend(["--cert", text(&client.certificate), "--key", text(&client.key)]);
        }
        curl(&url, &options).map(|reply| reply.status)
    };
    assert_eq!(post("a", Some(&clients.client("hr-1"))), Ok(200));
    assert_eq!(post("b", Some(&clients.client("fs"))), Ok(200));
    assert_eq!(post("c", Some(&clients.client("crm"))), Ok(403));
    assert_eq!(post("d", None), Ok(403));
    assert!(post("e", Some(&servers.client("hr-1"))).is_err(), "of another authority");
    assert_eq!(curl(&url, &["--cacert", text(&servers.file)]).unwrap().status, 200, "a health check");
    assert_eq!(http::post(&collect.address, &headers("f", "X"), b"<a/>").status, 403, "over plain HTTP");
    assert_eq!(stored(&collect), ["a", "b"]);
    let line = collect.process.line_with("O=Example,CN=crm");
    assert!(line.contains("--accept-client"), "{line}");
}

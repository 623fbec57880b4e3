use std::net::TcpListener;
use std::sync::Mutex;

use reqwest::Method;

use super::super::classify::VendorError;
use super::super::request::RepeatPolicy;
use super::super::script::serve;
use super::*;
use crate::domain::secret::Secret;

#[derive(Debug)]
struct Plain;

impl Dialect for Plain {
    fn read_error(&self, response: &Response) -> VendorError {
        let text = String::from_utf8_lossy(&response.body);
        VendorError {
            message: Some(text.clone().into_owned()),
            kind: text.contains("not valid").then_some(FailureKind::Rejected),
            code: None,
        }
    }
}

#[derive(Debug, Default)]
struct Noted(Mutex<Vec<Duration>>);

impl Sleeper for Noted {
    fn sleep(&self, delay: Duration, _: &AtomicBool) {
        self.0.lock().unwrap().push(delay);
    }
}

fn transport() -> (Transport, Arc<Noted>) {
    let noted = Arc::new(Noted::default());
    let transport = Transport::new(&HttpSettings::default(), Arc::default())
        .unwrap()
        .with_sleeper(noted.clone());
    (transport, noted)
}

fn lane() -> Channel {
    Channel::new(Plain, 3, Arc::default())
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
const BUSY: &str =
    "HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: 4\r\nconnection: close\r\n\r\nbusy";
const FAILED: &str = "HTTP/1.1 500 Oops\r\ncontent-length: 4\r\nconnection: close\r\n\r\noops";
const INVALID: &str =
    "HTTP/1.1 500 Oops\r\ncontent-length: 17\r\nconnection: close\r\n\r\nname is not valid";
const MOVED: &str = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const CUT: &str = "";
const CUT_IN_BODY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 99\r\nconnection: close\r\n\r\n{";

#[test]
fn a_read_is_tried_again_until_it_is_answered_and_waits_as_asked() {
    let (url, server) = serve(&[BUSY, CUT, CUT_IN_BODY, OK]);
    let (transport, noted) = transport();
    let lane = lane();
    let request = Request::new(Method::GET, &url, &["things"], "reading things")
        .with_secret_header("secret", &Secret::new("hunter22".to_owned()));
    let response = transport.send(&lane, &request).unwrap();
    assert_eq!((response.status, response.attempts), (200, 4));
    assert_eq!(lane.meter.requests_sent(), 4);
    let waits = noted.0.lock().unwrap();
    assert_eq!(waits.len(), 3);
    assert_eq!(waits[0], Duration::from_secs(7));
    let seen = server.join().unwrap();
    assert!(seen[0].starts_with("GET /v1/things HTTP/1.1\r\n"));
    assert!(seen[0].contains("secret: hunter22\r\n"));
    assert!(seen[0].contains(concat!("user-agent: acrotask/", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn a_create_is_never_sent_again_after_an_open_end() {
    for answers in [&[CUT][..], &[CUT_IN_BODY][..], &[FAILED][..]] {
        let (url, server) = serve(answers);
        let (transport, noted) = transport();
        let request = Request::new(Method::POST, &url, &["things"], "creating a thing")
            .with_json(serde_json::json!({"name": "x"}));
        let failure = transport.send(&lane(), &request).unwrap_err();
        assert_eq!(
            (failure.kind, failure.effect),
            (FailureKind::Outage, Effect::Unknown)
        );
        assert!(noted.0.lock().unwrap().is_empty());
        assert!(server.join().unwrap()[0].ends_with(r#"{"name":"x"}"#));
    }
}

#[test]
fn a_create_is_sent_again_when_it_was_turned_away_at_the_door() {
    let (url, server) = serve(&[BUSY, OK]);
    let (transport, _) = transport();
    let request = Request::new(Method::POST, &url, &["things"], "creating a thing");
    assert_eq!(transport.send(&lane(), &request).unwrap().attempts, 2);
    assert_eq!(server.join().unwrap().len(), 2);
}

#[test]
fn a_refused_connection_changes_nothing_and_is_tried_again() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/", closed.local_addr().unwrap())).unwrap();
    drop(closed);
    let (transport, noted) = transport();
    let request = Request::new(Method::POST, &url, &[], "creating a thing");
    let failure = transport.send(&lane(), &request).unwrap_err();
    assert_eq!(
        (failure.kind, failure.effect),
        (FailureKind::Outage, Effect::None)
    );
    assert_eq!(failure.attempts, 4);
    assert_eq!(noted.0.lock().unwrap().len(), 3);
}

#[test]
fn the_effect_of_an_earlier_attempt_is_not_forgotten() {
    let (url, server) = serve(&[CUT, INVALID]);
    let (transport, _) = transport();
    let request = Request::new(Method::PUT, &url, &["things"], "changing a thing");
    let failure = transport.send(&lane(), &request).unwrap_err();
    assert_eq!(
        (failure.kind, failure.effect),
        (FailureKind::Rejected, Effect::Unknown)
    );
    assert_eq!(failure.message.as_deref(), Some("name is not valid"));
    server.join().unwrap();
}

const LATER: &str =
    "HTTP/1.1 429 Later\r\nretry-after: 0\r\ncontent-length: 5\r\nconnection: close\r\n\r\nlater";
const MUCH_LATER: &str = "HTTP/1.1 429 Later\r\nretry-after: 100000\r\ncontent-length: 5\r\nconnection: close\r\n\r\nlater";

/// Sleeps by moving its own clock on.
#[derive(Debug)]
struct Fast(Mutex<Instant>);

impl Sleeper for Fast {
    fn sleep(&self, delay: Duration, _: &AtomicBool) {
        *self.0.lock().unwrap() += delay;
    }

    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }
}

#[test]
fn a_longer_wait_than_the_run_has_is_not_begun_and_nothing_more_is_asked() {
    for method in [Method::GET, Method::POST] {
        let (url, server) = serve(&[MUCH_LATER]);
        let (transport, noted) = transport();
        let lane = lane();
        let request = Request::new(method, &url, &["things"], "asking");
        let failure = transport.send(&lane, &request).unwrap_err();
        assert_eq!(
            (failure.kind, failure.effect),
            (FailureKind::WaitSpent, Effect::None)
        );
        let text = failure.to_string();
        assert!(text.contains("wait 100000 seconds"), "{text}");
        assert!(text.contains("network.wait_max_seconds = 120"), "{text}");
        assert!(noted.0.lock().unwrap().is_empty());
        assert_eq!(server.join().unwrap().len(), 1);
        let again = transport.send(&lane, &request).unwrap_err();
        assert_eq!((again.kind, again.attempts), (FailureKind::WaitSpent, 0));
        assert_eq!(lane.meter.requests_sent(), 1);
        // Another service is not concerned.
        let (url, server) = serve(&[OK]);
        let request = Request::new(Method::GET, &url, &["things"], "asking");
        transport.send(&self::lane(), &request).unwrap();
        server.join().unwrap();
    }
}

#[test]
fn all_waits_of_a_run_come_out_of_one_allowance() {
    let (url, server) = serve(&[BUSY, OK, BUSY, OK, BUSY]);
    let settings = HttpSettings {
        wait_max: Duration::from_secs(20),
        ..HttpSettings::default()
    };
    let fast = Arc::new(Fast(Mutex::new(Instant::now())));
    let transport = Transport::new(&settings, Arc::default())
        .unwrap()
        .with_sleeper(fast);
    // Clones are the same run: 7 and 7 of 20 seconds are waited, and the third time 6 are left.
    let (lane, twin) = (lane(), transport.clone());
    let request = Request::new(Method::GET, &url, &["things"], "asking");
    transport.send(&lane, &request).unwrap();
    twin.send(&lane, &request).unwrap();
    let failure = transport.send(&lane, &request).unwrap_err();
    assert_eq!(failure.kind, FailureKind::WaitSpent);
    assert!(failure.to_string().contains("may wait 6 more"), "{failure}");
    server.join().unwrap();
}

#[test]
fn a_service_that_puts_off_every_write_gets_no_more_of_them() {
    let settings = HttpSettings {
        schedule: RetrySchedule {
            attempts_max: 1,
            ..RetrySchedule::default()
        },
        ..HttpSettings::default()
    };
    let transport = Transport::new(&settings, Arc::default()).unwrap();
    let lane = lane();
    // One that is taken in between shows that the service is not closed to all.
    let (url, server) = serve(&[LATER, LATER, OK, LATER, OK, LATER, LATER]);
    let write = Request::new(Method::POST, &url, &["things"], "creating a thing");
    let read = Request::new(Method::GET, &url, &["things"], "asking");
    let mut kinds = Vec::new();
    for request in [
        &write, &write, &write, &write, &read, &write, &write, &write, &read,
    ] {
        kinds.push(
            transport
                .send(&lane, request)
                .map_err(|failure| failure.kind)
                .err(),
        );
    }
    let later = Some(FailureKind::Throttled);
    let closed = Some(FailureKind::WaitSpent);
    assert_eq!(
        kinds,
        [
            later, later, None, later, None, later, closed, closed, closed
        ]
    );
    assert_eq!(server.join().unwrap().len(), 7);
}

#[test]
fn a_redirect_is_not_followed() {
    let (url, server) = serve(&[MOVED]);
    let request = Request::new(Method::GET, &url, &[], "reading");
    let failure = transport().0.send(&lane(), &request).unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadUrl);
    server.join().unwrap();
}

#[test]
fn plain_http_is_for_loopback_only() {
    for (text, loopback) in [
        ("http://127.9.9.9/", true),
        ("http://[::1]:8080/", true),
        ("http://localhost/", true),
        ("http://localhost.example/", false),
        ("http://10.0.0.1/", false),
        ("http://[::2]/", false),
    ] {
        assert_eq!(is_loopback(&Url::parse(text).unwrap()), loopback, "{text}");
    }
    let url = Url::parse("http://host.example/").unwrap();
    let lane = lane();
    let request = Request::new(Method::GET, &url, &[], "reading");
    let failure = transport().0.send(&lane, &request).unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadUrl);
    assert_eq!(lane.meter.requests_sent(), 0);
}

#[test]
fn a_request_for_a_member_never_turns_into_one_for_the_collection() {
    let url = Url::parse("http://127.0.0.1:1/").unwrap();
    for id in ["", " ", ".", ".."] {
        let request = Request::new(Method::DELETE, &url, &["alerts", id], "dismissing an alert");
        let failure = transport().0.send(&lane(), &request).unwrap_err();
        assert_eq!((failure.kind, failure.attempts), (FailureKind::BadUrl, 0));
    }
}

#[test]
fn nothing_is_sent_after_an_interruption_or_past_the_budget() {
    let url = Url::parse("http://127.0.0.1:1/").unwrap();
    let request = Request::new(Method::GET, &url, &[], "reading").with_repeat(RepeatPolicy::Safe);
    let (transport, _) = transport();
    let lane = lane();
    lane.meter.set_limit(Some(0));
    let failure = transport.send(&lane, &request).unwrap_err();
    assert_eq!(
        (failure.kind, failure.attempts),
        (FailureKind::BudgetSpent, 0)
    );
    transport.interrupt_flag().store(true, Ordering::Relaxed);
    let failure = transport.send(&lane, &request).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Interrupted);
    assert_eq!(lane.meter.requests_sent(), 0);
}

#[test]
fn a_missing_or_empty_certificate_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.pem");
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    for (settings, words) in [
        (
            HttpSettings {
                ssl_cert_file: Some(missing.clone()),
                ..HttpSettings::default()
            },
            "SSL_CERT_FILE",
        ),
        (
            HttpSettings {
                ca_file: Some(empty.clone()),
                ..HttpSettings::default()
            },
            "holds no certificate",
        ),
    ] {
        let error = Transport::new(&settings, Arc::default()).unwrap_err();
        assert!(format!("{error:#}").contains(words), "{error:#}");
    }
}

#[test]
fn a_failed_handshake_is_final_and_distinguished_from_a_refused_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "https://localhost:{}/",
        listener.local_addr().unwrap().port()
    );
    let server = std::thread::spawn(move || {
        use std::io::Write as _;
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad\r\n\r\n").unwrap();
    });
    let (transport, noted) = transport();
    let request = Request::new(Method::POST, &Url::parse(&url).unwrap(), &[], "creating");
    let failure = transport.send(&lane(), &request).unwrap_err();
    assert_eq!(
        (failure.kind, failure.effect),
        (FailureKind::Tls, Effect::None)
    );
    assert!(noted.0.lock().unwrap().is_empty());
    assert!(failure.cause.is_some());
    server.join().unwrap();
}

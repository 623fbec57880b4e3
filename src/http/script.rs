//! A server for unit tests that says its lines, one connection each, and remembers what it heard.

use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

use reqwest::Url;

/// Answers each connection with the next text, then closes it; an empty text closes at once. The
/// requests seen come back when all answers are given.
pub(crate) fn serve<S: AsRef<str>>(answers: &[S]) -> (Url, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/v1/", listener.local_addr().unwrap())).unwrap();
    let answers: Vec<String> = answers
        .iter()
        .map(|text| text.as_ref().to_owned())
        .collect();
    let thread = std::thread::spawn(move || {
        let mut seen = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            seen.push(read_request(&mut BufReader::new(&stream)));
            stream.write_all(answer.as_bytes()).unwrap();
        }
        seen
    });
    (url, thread)
}

/// An answer with a body, as a line for [`serve`].
pub(crate) fn line(status: u16, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn read_request(reader: &mut impl BufRead) -> String {
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut text).unwrap(), 0, "{text}");
    }
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    text + &String::from_utf8(body).unwrap()
}

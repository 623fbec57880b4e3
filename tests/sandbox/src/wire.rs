//! HTTP/1.1 on a plain socket, as much of it as clients of the two services use. Written by hand so
//! that a connection can really be cut: without an answer, after an answer was made, at will.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use crate::face::{Answer, Call};

/// Request line and headers together.
const HEAD_BYTES_MAX: u64 = 256 * 1024;
const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// One request as it came off the socket.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) call: Call,
    /// As it came, without the question mark.
    pub(crate) raw_query: String,
    /// Whether the client wants to use the connection again.
    pub(crate) keep_alive: bool,
}

/// Reads the next request; `None` when the client closed the connection between requests.
///
/// # Errors
/// A broken connection, or bytes that are not HTTP/1.1.
pub(crate) fn read(connection: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let Some(head) = read_head(connection)? else {
        return Ok(None);
    };
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split_whitespace();
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next())
    else {
        return Err(malformed("request line"));
    };
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let header = |name: &str| {
        headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.to_ascii_lowercase())
    };
    if header("expect").is_some_and(|value| value == "100-continue") {
        connection
            .get_mut()
            .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let chunked = header("transfer-encoding").is_some_and(|value| value.contains("chunked"));
    let length = header("content-length").map_or(Ok(0), |text| {
        text.parse::<usize>()
            .map_err(|_| malformed("content-length"))
    })?;
    let keep_alive = match header("connection").as_deref() {
        Some("close") => false,
        Some("keep-alive") => true,
        _ => version == "HTTP/1.1",
    };
    let (method, target) = (method.to_ascii_uppercase(), target.to_owned());
    let body = if chunked {
        read_chunks(connection)?
    } else {
        read_exactly(connection, length)?
    };
    let (path, raw_query) = split_target(&target);
    let call = Call {
        method,
        query: parse_query(&raw_query),
        path,
        headers,
        body,
    };
    Ok(Some(Request {
        call,
        raw_query,
        keep_alive,
    }))
}

/// Writes one answer with its length, in one piece.
///
/// # Errors
/// A broken connection.
pub(crate) fn write(stream: &mut TcpStream, answer: &Answer, keep_alive: bool) -> io::Result<()> {
    let mut bytes = format!("HTTP/1.1 {} {}\r\n", answer.status, reason(answer.status));
    for (name, value) in &answer.headers {
        bytes.push_str(&format!("{name}: {value}\r\n"));
    }
    // A 204 has no body and must not announce one.
    if answer.status != 204 {
        bytes.push_str(&format!("content-length: {}\r\n", answer.body.len()));
    }
    if !keep_alive {
        bytes.push_str("connection: close\r\n");
    }
    bytes.push_str("\r\n");
    let mut bytes = bytes.into_bytes();
    bytes.extend_from_slice(&answer.body);
    stream.write_all(&bytes)?;
    stream.flush()
}

fn read_head(connection: &mut BufReader<TcpStream>) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut limited = connection.take(HEAD_BYTES_MAX);
    loop {
        let before = head.len();
        let read = limited.read_until(b'\n', &mut head)?;
        if read == 0 {
            return if head.is_empty() {
                Ok(None)
            } else {
                Err(malformed("head"))
            };
        }
        let line = &head[before..];
        if line == b"\r\n" || line == b"\n" {
            if before == 0 {
                // Empty lines before a request are to be skipped (RFC 9112 §2.2).
                head.clear();
                continue;
            }
            return String::from_utf8(head)
                .map(Some)
                .map_err(|_| malformed("head"));
        }
    }
}

fn read_exactly(connection: &mut BufReader<TcpStream>, length: usize) -> io::Result<Vec<u8>> {
    if length > BODY_BYTES_MAX {
        return Err(malformed("body length"));
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body)?;
    Ok(body)
}

fn read_chunks(connection: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        connection.read_line(&mut line)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| malformed("chunk size"))?;
        if body.len() + size > BODY_BYTES_MAX {
            return Err(malformed("body length"));
        }
        body.extend(read_exactly(connection, size)?);
        let mut end = String::new();
        connection.read_line(&mut end)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

/// Splits a request target (a path, or a whole address) into path and query.
fn split_target(target: &str) -> (String, String) {
    let local = target.split_once("://").map_or(target, |(_, rest)| {
        rest.find('/').map_or("/", |at| &rest[at..])
    });
    let (path, query) = local.split_once('?').unwrap_or((local, ""));
    (path.to_owned(), query.to_owned())
}

/// Name and value of every pair of a query, decoded, in order.
pub(crate) fn parse_query(raw: &str) -> Vec<(String, String)> {
    raw.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (hex, bytes[at]) {
            (Some(byte), _) => {
                out.push(byte);
                at += 3;
            }
            (None, b'+') => {
                out.push(b' ');
                at += 1;
            }
            (None, byte) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("bad HTTP: {what}"))
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, parse_query, split_target};

    #[test]
    fn a_query_is_decoded_pair_by_pair_and_keeps_its_order() {
        let pairs = parse_query("edition=*&user=a%2Bb%40x.example&text=two+words&flag");
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [
                ("edition", "*"),
                ("user", "a+b@x.example"),
                ("text", "two words"),
                ("flag", "")
            ]
        );
    }

    #[test]
    fn a_stray_percent_sign_stays_as_it_is() {
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%41"), "%zzA");
    }

    #[test]
    fn a_whole_address_is_cut_down_to_its_path() {
        let (path, query) = split_target("http://127.0.0.1:80/a/b?c=d");
        assert_eq!((path.as_str(), query.as_str()), ("/a/b", "c=d"));
    }
}

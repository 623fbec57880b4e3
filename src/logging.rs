//! Log lines on standard error: level by `-v`, text or JSON, never a secret.

use std::io::{self, Write};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::cli::LogFormat;
use crate::report::{ProgressBars, escape_controls, escape_json};

/// Starts logging. `-v` logs steps, `-vv` requests, `-vvv` bodies without secrets.
///
/// Libraries stay at warnings: they would log headers, and headers hold credentials.
pub(crate) fn start_logging(verbose: u8, quiet: bool, format: LogFormat, bars: &ProgressBars) {
    let level = match (quiet, verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::WARN,
        (false, 1) => LevelFilter::INFO,
        (false, 2) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    let targets = Targets::new()
        .with_default(LevelFilter::WARN.min(level))
        .with_target(env!("CARGO_PKG_NAME"), level);
    let writer = LogWriter {
        bars: bars.clone(),
        format,
    };
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    let layer = match format {
        LogFormat::Text => layer
            .with_target(false)
            .without_time()
            .with_ansi(false)
            .boxed(),
        LogFormat::Json => layer.json().with_timer(UtcTime).boxed(),
    };
    // A second call, as in tests, keeps the first subscriber.
    let _ = tracing_subscriber::registry()
        .with(layer.with_filter(targets))
        .try_init();
}

/// Writes log lines between redraws of the progress bars.
struct LogWriter {
    bars: ProgressBars,
    format: LogFormat,
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = LogLine<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        LogLine(self)
    }
}

/// One line, which is written by one call.
struct LogLine<'a>(&'a LogWriter);

impl Write for LogLine<'_> {
    /// Names and answers stand in log lines too: nothing of them steers a terminal.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let line = match self.0.format {
            LogFormat::Text => {
                let line = text.strip_suffix('\n').unwrap_or(&text);
                format!("{}\n", escape_controls(line))
            }
            LogFormat::Json => escape_json(&text),
        };
        let bars = &self.0.bars;
        bars.suspend_while(|| io::stderr().lock().write_all(line.as_bytes()))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}

/// RFC 3339 in UTC, as everywhere in reports.
struct UtcTime;

impl tracing_subscriber::fmt::time::FormatTime for UtcTime {
    fn format_time(&self, w: &mut tracing_subscriber::fmt::format::Writer<'_>) -> std::fmt::Result {
        write!(w, "{}", jiff::Timestamp::now())
    }
}

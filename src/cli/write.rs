//! What every writing command takes, and which commands write.

use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::{Command, MapCustomer, MapProducts};

/// What every writing command takes.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct WriteArgs {
    /// Show the plan and what the safety limits would hold back; change nothing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    /// Apply without asking for confirmation
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Apply only if the plan still has this digest; approves what the safety limits held back
    #[arg(long, value_name = "DIGEST")]
    pub(crate) expect_plan: Option<String>,
    /// With --dry-run: exit with 10 if there are changes to apply
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    /// Wait up to this long for another run to end, as `90s` or `10m`; then exit with 75
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "0",
        hide_default_value = true
    )]
    #[arg(value_parser = parse_wait)]
    pub(crate) lock_wait: Duration,
}

impl Command {
    /// The options for writing, of a command that has them.
    pub(crate) fn write_args(&self) -> Option<&WriteArgs> {
        match self {
            Self::Check(args) => args.fix.then_some(&args.write),
            Self::MapProducts(verb) => products_write_args(verb),
            Self::MapCustomer(verb) => customers_write_args(verb),
            Self::Provision(args) => Some(&args.write),
            Self::SyncBilling(args) => Some(&args.write),
            Self::SyncTickets(args) => args.explain.is_none().then_some(&args.write),
            Self::Revert(args) => Some(&args.write),
            Self::Init(_)
            | Self::Status(_)
            | Self::History(_)
            | Self::Explain(_)
            | Self::BillingReport(_)
            | Self::Backup { .. }
            | Self::Completions { .. }
            | Self::Man => None,
        }
    }
}

fn products_write_args(verb: &MapProducts) -> Option<&WriteArgs> {
    match verb {
        MapProducts::List(_) | MapProducts::Export => None,
        MapProducts::Suggest(args) => Some(&args.write),
        MapProducts::Create(args) => Some(&args.write),
        MapProducts::Use(args) => Some(&args.write),
        MapProducts::Free(args) | MapProducts::Leave(args) | MapProducts::Unset(args) => {
            Some(&args.write)
        }
        MapProducts::Set(args) => Some(&args.write),
        MapProducts::Import(args) => Some(&args.write),
    }
}

fn customers_write_args(verb: &MapCustomer) -> Option<&WriteArgs> {
    match verb {
        MapCustomer::List(_) | MapCustomer::Export => None,
        MapCustomer::Suggest(args) => Some(&args.write),
        MapCustomer::Link(args) => Some(&args.write),
        MapCustomer::Create(args) => Some(&args.write),
        MapCustomer::Unlink(args) => Some(&args.write),
        MapCustomer::Import(args) => Some(&args.write),
        MapCustomer::Recover(args) => Some(&args.write),
    }
}

/// `90s`, `10m`, `1h 30m`; `0` is no wait.
fn parse_wait(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let span = text.parse::<Span>().ok();
    let wait = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    let wait = wait.and_then(|wait: SignedDuration| Duration::try_from(wait).ok());
    wait.ok_or_else(|| "give a duration such as 90s, 10m or 1h, or 0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_read_as_people_type_it() {
        let seconds = |text: &str| parse_wait(text).map(|wait| wait.as_secs()).ok();
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds("90s"), Some(90));
        assert_eq!(seconds("10m"), Some(600));
        assert_eq!(seconds("1h 30m"), Some(5_400));
        for wrong in ["", "10", "-5m", "long"] {
            assert_eq!(seconds(wrong), None, "{wrong:?}");
        }
    }
}

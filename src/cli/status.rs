//! The words of `status`.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct StatusArgs {
    /// End with 1 when a command's last success is older than this, as `26h` or `2d`
    #[arg(long, value_name = "AGE")]
    pub(crate) max_age: Option<String>,
    /// Only this command; may be repeated [default: those that the configuration enables]
    #[arg(long = "command", value_name = "COMMAND")]
    pub(crate) commands: Vec<String>,
    #[command(subcommand)]
    pub(crate) verb: Option<StatusVerb>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StatusVerb {
    /// Settle an item by hand: it is not told again until its figures change
    Dismiss(DismissArgs),
}

#[derive(Debug, Args)]
pub(crate) struct DismissArgs {
    /// Key of the item, as `status` shows it
    pub(crate) key: String,
    /// Why; kept in the history
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

//! The words of `status`.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct StatusArgs {
    /// Exit with 1 if the last success of a command is older than this, as `26h` or `2d`
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
    /// Dismiss an item: it is not reported again until its figures change
    Dismiss(DismissArgs),
}

#[derive(Debug, Args)]
pub(crate) struct DismissArgs {
    /// Key of the item, as shown by `acrotask status`
    pub(crate) key: String,
    /// Reason; recorded in the history
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

//! Every word of the command line. No logic, and no defaults that belong in the configuration.

use std::path::PathBuf;

mod products;
mod status;
mod write;

pub(crate) use products::{
    MapProducts, MeasureArgs, ProductCreateArgs, ProductImportArgs, ProductItemsArgs,
    ProductListArgs, ProductSetArgs, ProductSuggestArgs, ProductUseArgs,
};
pub(crate) use status::{DismissArgs, StatusArgs, StatusVerb};
pub(crate) use write::WriteArgs;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

/// Keeps Acronis Cyber Protect Cloud and Autotask PSA in step for a managed service provider.
#[derive(Debug, Parser)]
#[command(
    name = "acrotask",
    version,
    propagate_version = true,
    after_help = "Exit codes: 0 done · 1 failed, nothing written · 2 usage or configuration · \
                  3 partly done, rerun is safe · 4 a guard refused · 5 credentials or permission · \
                  6 outage or request budget, try later · 10 changes found (--detailed-exitcode) · \
                  75 another run holds the lock · 130 interrupted"
)]
pub(crate) struct Cli {
    /// Configuration file [default: $ACROTASK_CONFIG, the user's, then /etc/acrotask/config.toml]
    #[arg(short, long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// State file [default: state.path of the configuration]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Form of the result on standard output
    #[arg(short, long, global = true, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
    /// Say more on standard error: -v steps, -vv requests, -vvv bodies without secrets
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Errors only; nothing at all when nothing changed
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Form of the log lines on standard error
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    Table,
    Json,
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a commented configuration file; never overwrites one
    Init(InitArgs),
    /// Try configuration, credentials, permissions and lists; say what is missing and how to mend it
    Check(CheckArgs),
    /// Offering items of Acronis ↔ services of Autotask
    #[command(subcommand)]
    MapProducts(MapProducts),
    /// Companies of Autotask ↔ customer tenants of Acronis
    #[command(subcommand)]
    MapCustomer(MapCustomer),
    /// Contracts in Autotask → tenants and quotas in Acronis
    Provision(ProvisionArgs),
    /// Usage in Acronis → units on pay-as-you-go contracts; quotas and over-use of prepaid ones
    SyncBilling(SyncBillingArgs),
    /// Alerts in Acronis → tickets in Autotask
    SyncTickets(SyncTicketsArgs),
    /// Show last runs, countdowns and items that need attention
    Status(StatusArgs),
    /// Every write ever made: when, what, before, after, answer
    History(HistoryArgs),
    /// Where a quota or a billed number comes from
    Explain(ExplainArgs),
    /// A month of billed lines for the accountant: usage, units, price and amount
    BillingReport(BillingReportArgs),
    /// Take back what a run of sync-billing posted, by the opposite adjustments
    Revert(RevertArgs),
    /// Write a consistent copy of the state file, also while a run goes on
    Backup {
        /// Where to; nothing may be there yet
        file: PathBuf,
    },
    /// Print a completion script
    Completions {
        /// The shell to complete for
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Which customers a run is about.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ScopeArgs {
    /// Only this company; may be repeated; `-` reads ids from standard input, one per line
    #[arg(long = "company", value_name = "ID")]
    pub(crate) companies: Vec<String>,
    /// Only this Acronis account; may be repeated
    #[arg(long = "account", value_name = "NAME")]
    pub(crate) accounts: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Where to write it; `-` prints it [default: --config, else the user's configuration folder]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Only read the configuration; ask neither service
    #[arg(long)]
    pub(crate) offline: bool,
    /// Make what is missing and can be made: the contracts' field that says pay-as-you-go
    #[arg(long, conflicts_with = "offline")]
    pub(crate) fix: bool,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MapCustomer {
    /// Companies with their tenants
    List(CustomerListArgs),
    /// Pairs of equal names, as a plan; doubtful ones are listed and never applied
    Suggest(CustomerSuggestArgs),
    /// Map a company to a customer tenant that exists
    Link(CustomerLinkArgs),
    /// Make a customer tenant for a company and map it
    Create(CustomerCreateArgs),
    /// Forget a mapping; tenant, quotas and tickets stay as they are
    Unlink(CustomerUnlinkArgs),
    /// Print all mappings as TOML
    Export,
    /// Link what a TOML document says; what is not in it stays unless told otherwise
    Import(CustomerImportArgs),
    /// Link again, from the marks in the tenants, what a lost state file knew
    Recover(CustomerRecoverArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CustomerListArgs {
    /// Only companies or tenants whose name or id contains this
    #[arg(long)]
    pub(crate) search: Option<String>,
    /// Only mapped companies
    #[arg(long, conflicts_with = "unmapped")]
    pub(crate) mapped: bool,
    /// Only companies that are not mapped
    #[arg(long)]
    pub(crate) unmapped: bool,
    /// Inactive companies and those of every type too
    #[arg(long, conflicts_with_all = ["mapped", "types"])]
    pub(crate) all: bool,
    /// Only companies of this type, as label or id; may be repeated
    /// [default: provisioning.company_types]
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) types: Vec<String>,
    /// Order of the rows
    #[arg(long, value_enum, default_value_t = CustomerSort::Id)]
    pub(crate) sort: CustomerSort,
    /// Only this Acronis account; may be repeated
    #[arg(long = "account", value_name = "NAME")]
    pub(crate) accounts: Vec<String>,
}

/// What companies are listed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CustomerSort {
    Id,
    Name,
    Type,
    State,
    Account,
    Tenant,
    Linked,
}

#[derive(Debug, Args)]
pub(crate) struct CustomerSuggestArgs {
    /// Only this Acronis account; may be repeated
    #[arg(long = "account", value_name = "NAME")]
    pub(crate) accounts: Vec<String>,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CustomerLinkArgs {
    /// Company, as id or unique name; picked on the terminal when missing
    pub(crate) company: Option<String>,
    /// Customer tenant, as id or name unique within the account; picked when missing
    pub(crate) tenant: Option<String>,
    /// The account to look for the tenant in
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// Link many: a CSV file with the columns company,tenant and, if need be, account; `-` reads
    /// standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["company", "tenant"])]
    pub(crate) from_csv: Option<PathBuf>,
    /// With --from-csv: link the good lines when some are not; the others are listed
    #[arg(long, requires = "from_csv")]
    pub(crate) keep_going: bool,
    /// Overwrite a mark of somebody else in the tenant
    #[arg(long)]
    pub(crate) replace_mark: bool,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CustomerCreateArgs {
    /// Company, as id or unique name; picked on the terminal when missing
    pub(crate) company: Option<String>,
    /// The partner or folder to make it under, as id or name [default: the account's]
    #[arg(long, value_name = "TENANT")]
    pub(crate) partner: Option<String>,
    /// The account to make it in
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// Name of the tenant [default: the company's name]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// When the name is taken, take the next free one: `Alma /2`
    #[arg(long)]
    pub(crate) numbered: bool,
    /// Give the tenant the company's primary contact as well
    #[arg(long)]
    pub(crate) primary_contact: bool,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CustomerImportArgs {
    /// The document; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Unlink companies that are not in the document
    #[arg(long)]
    pub(crate) remove_missing: bool,
    /// Do what can be done when some entries are wrong or contradict each other; those are listed
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// Overwrite marks of somebody else in tenants
    #[arg(long)]
    pub(crate) replace_mark: bool,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CustomerRecoverArgs {
    /// Only this Acronis account; may be repeated
    #[arg(long = "account", value_name = "NAME")]
    pub(crate) accounts: Vec<String>,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CustomerUnlinkArgs {
    /// Company, as id or unique name; picked on the terminal when missing
    pub(crate) company: Option<String>,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ProvisionArgs {
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    /// Delete tenants that provisioning.deprovision.delete_after_days says are due
    #[arg(long)]
    pub(crate) allow_delete: bool,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SyncBillingArgs {
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SyncTicketsArgs {
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    /// Compare all active alerts with all live tickets, not only what changed
    #[arg(long)]
    pub(crate) all: bool,
    /// Say which rule this alert falls under and what would be made of it; writes nothing
    #[arg(long, value_name = "ALERT", conflicts_with_all = ["all", "yes", "dry_run", "expect_plan"])]
    pub(crate) explain: Option<String>,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// Only this company
    #[arg(long, value_name = "ID")]
    pub(crate) company: Option<i64>,
    /// Only this Acronis account
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// Only writes of this command, as `sync-billing` or `map-products create`
    #[arg(long, value_name = "COMMAND")]
    pub(crate) command: Option<String>,
    /// Only this run
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// Only what was written since, as `2026-09-01` or as an age: `26h`, `7d`
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// At most this many lines, newest first
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub(crate) limit: u32,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Company, as id or name
    pub(crate) company: String,
    /// Only this offering item
    pub(crate) item: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct BillingReportArgs {
    /// The month, as 2026-08: every billing period that begins in it; without it, the periods of today
    pub(crate) month: Option<String>,
    /// Only this company
    #[arg(long, value_name = "ID")]
    pub(crate) company: Option<i64>,
    /// Only this Acronis account; may be repeated
    #[arg(long = "account", value_name = "NAME")]
    pub(crate) accounts: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RevertArgs {
    /// The run, as `acrotask history` names it
    pub(crate) run: String,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn no_word_of_the_command_line_is_used_twice() {
        Cli::command().debug_assert();
    }
}

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
    after_help = "Exit codes: 0 done · 1 failed, nothing written · 2 usage or configuration error · \
                  3 partly done, safe to run again · 4 held back by a safety limit · \
                  5 credentials or permissions · 6 outage or request budget spent, try later · \
                  10 changes found (--detailed-exitcode) · 75 another run is active · \
                  130 interrupted"
)]
pub(crate) struct Cli {
    /// Configuration file [default: $ACROTASK_CONFIG, the user's, then /etc/acrotask/config.toml]
    #[arg(short, long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// State file [default: state.path of the configuration]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Output format
    #[arg(short, long, global = true, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
    /// Increase verbosity: -v steps, -vv requests, -vvv request and response bodies without secrets
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Print only changes, problems and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Format of the log lines on standard error
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
    /// Write a commented configuration file; never overwrites an existing one
    Init(InitArgs),
    /// Check the configuration, credentials, permissions and picklists, and say how to fix each problem
    Check(CheckArgs),
    /// Map Acronis offering items to Autotask services
    #[command(subcommand)]
    MapProducts(MapProducts),
    /// Map Autotask companies to Acronis customer tenants
    #[command(subcommand)]
    MapCustomer(MapCustomer),
    /// Create tenants and set quotas in Acronis from the contracts in Autotask
    Provision(ProvisionArgs),
    /// Post Acronis usage as units of pay-as-you-go contracts; set quotas and report over-use of prepaid ones
    SyncBilling(SyncBillingArgs),
    /// Create and update Autotask tickets from Acronis alerts
    SyncTickets(SyncTicketsArgs),
    /// Show last runs, countdowns and items that need attention
    Status(StatusArgs),
    /// Show the audit log: every change with before, after and response
    History(HistoryArgs),
    /// Show where a quota or a billed number comes from
    Explain(ExplainArgs),
    /// Show a month of billed lines for the accountant: usage, units, price and amount
    BillingReport(BillingReportArgs),
    /// Reverse the unit adjustments of a sync-billing run
    Revert(RevertArgs),
    /// Back up the state file; safe during a run
    Backup {
        /// File to write; must not exist yet
        file: PathBuf,
    },
    /// Print a shell completion script
    Completions {
        /// Shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Which customers a run is limited to.
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
    /// File to write; `-` prints it [default: --config, else the user's configuration folder]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Check only local files and settings; connect to neither service
    #[arg(long)]
    pub(crate) offline: bool,
    /// Create what is missing, where possible: the pay-as-you-go field on contracts
    #[arg(long, conflicts_with = "offline")]
    pub(crate) fix: bool,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MapCustomer {
    /// List companies with their tenants
    List(CustomerListArgs),
    /// Map companies and tenants with equal names; possible matches are listed only
    Suggest(CustomerSuggestArgs),
    /// Map a company to an existing customer tenant
    Link(CustomerLinkArgs),
    /// Create a customer tenant for a company and map it
    Create(CustomerCreateArgs),
    /// Remove a mapping; tenant, quotas and tickets stay as they are
    Unlink(CustomerUnlinkArgs),
    /// Print all mappings as TOML
    Export,
    /// Apply the mappings of a TOML file; others stay unless --remove-missing is given
    Import(CustomerImportArgs),
    /// Rebuild the customer mapping from the tags on the tenants
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
    /// Include inactive companies and all company types
    #[arg(long, conflicts_with_all = ["mapped", "types"])]
    pub(crate) all: bool,
    /// Only companies of this type, as label or id; may be repeated
    /// [default: provisioning.company_types]
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) types: Vec<String>,
    /// Sort order
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
    /// Company, as id or unique name; if missing, choose it on the terminal
    pub(crate) company: Option<String>,
    /// Customer tenant, as id or name unique within the account; if missing, choose it on the terminal
    pub(crate) tenant: Option<String>,
    /// Acronis account of the tenant
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// Map many: a CSV file with the columns company,tenant and, if needed, account; `-` reads
    /// standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["company", "tenant"])]
    pub(crate) from_csv: Option<PathBuf>,
    /// With --from-csv: map the valid lines even if others are wrong; wrong lines are listed
    #[arg(long, requires = "from_csv")]
    pub(crate) keep_going: bool,
    /// Overwrite a tag that another system wrote on the tenant
    #[arg(long)]
    pub(crate) replace_mark: bool,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CustomerCreateArgs {
    /// Company, as id or unique name; if missing, choose it on the terminal
    pub(crate) company: Option<String>,
    /// Partner or folder to create the tenant in, as id or name [default: the account's]
    #[arg(long, value_name = "TENANT")]
    pub(crate) partner: Option<String>,
    /// Acronis account to create the tenant in
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// Name of the tenant [default: the company's name]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// If the name is taken, use the next free one: `Alma /2`
    #[arg(long)]
    pub(crate) numbered: bool,
    /// Also copy the company's primary contact to the tenant
    #[arg(long)]
    pub(crate) primary_contact: bool,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CustomerImportArgs {
    /// TOML file; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Remove mappings of companies that are not in the file
    #[arg(long)]
    pub(crate) remove_missing: bool,
    /// Apply the valid entries even if others are wrong or contradict each other; those are listed
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// Overwrite tags that another system wrote on the tenants
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
    /// Company, as id or unique name; if missing, choose it on the terminal
    pub(crate) company: Option<String>,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ProvisionArgs {
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    /// Delete tenants whose provisioning.deprovision.delete_after_days have passed
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
    /// Compare all active alerts with all open tickets, not only what changed
    #[arg(long)]
    pub(crate) all: bool,
    /// Also create tickets for active alerts raised in the last DAYS days, which were too old for the
    /// first run
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650), conflicts_with = "explain")]
    pub(crate) since: Option<u32>,
    /// Show which rule applies to an alert and what would be done; change nothing. Takes the id of an
    /// alert, the number of a ticket, or its external id (acrotask-…)
    #[arg(long, value_name = "ALERT|TICKET", conflicts_with_all = ["all", "yes", "dry_run", "expect_plan"])]
    pub(crate) explain: Option<String>,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// Only this company, as id or name
    #[arg(long)]
    pub(crate) company: Option<String>,
    /// Only this Acronis account
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// Only changes by this command, as `sync-billing` or `map-products create`
    #[arg(long, value_name = "COMMAND")]
    pub(crate) command: Option<String>,
    /// Only this run
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// Only changes since then, as `2026-09-01` or as an age: `26h`, `7d`
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Show at most this many changes, newest first
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
    /// Month, as 2026-08: all billing periods that begin in it [default: the current periods]
    pub(crate) month: Option<String>,
    /// Only this company, as id or name
    #[arg(long)]
    pub(crate) company: Option<String>,
    /// Only this Acronis account; may be repeated
    #[arg(long = "account", value_name = "NAME")]
    pub(crate) accounts: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RevertArgs {
    /// Run id, as shown by `acrotask history -o json`
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

//! The words of `map-products`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::WriteArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum MapProducts {
    /// Every item the accounts can hand to customers, and what stands for it
    List(ProductListArgs),
    /// Items and services of equal names, as a plan; near ones are listed and never applied
    Suggest(ProductSuggestArgs),
    /// Make services for items and map them
    Create(ProductCreateArgs),
    /// Map an item to a service that exists
    Use(ProductUseArgs),
    /// Enable items without limit and never bill them
    Free(ProductItemsArgs),
    /// Never touch these items
    Leave(ProductItemsArgs),
    /// Change unit, rounding, included or minimum of items that were decided on
    Set(ProductSetArgs),
    /// Forget what was decided for these items
    Unset(ProductItemsArgs),
    /// Print the whole mapping as TOML
    Export,
    /// Make the mapping what a TOML document says; what is not in it is forgotten
    Import(ProductImportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ProductListArgs {
    /// Only this Acronis account; may be repeated
    #[arg(long = "account", value_name = "NAME")]
    pub(crate) accounts: Vec<String>,
    /// Only items of which item, name, storage or service contains this
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Only items in this state; may be repeated
    #[arg(
        long = "only",
        value_name = "STATE",
        value_parser = ["mapped", "unmapped", "free", "leave", "missing", "renamed"]
    )]
    pub(crate) states: Vec<String>,
}

/// How amounts of an item become units of its service.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct MeasureArgs {
    /// Count in: count, GiB, TiB, GB, TB or compute-point, as fits the item
    #[arg(long)]
    pub(crate) unit: Option<String>,
    /// Where a part of a unit goes: up, nearest or down
    #[arg(long)]
    pub(crate) rounding: Option<String>,
    /// Units that cost nothing, taken off before rounding
    #[arg(long, value_name = "UNITS", allow_negative_numbers = true,
          value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) included: Option<i64>,
    /// Units that are billed at least
    #[arg(long, value_name = "UNITS", allow_negative_numbers = true,
          value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) minimum: Option<i64>,
}

#[derive(Debug, Args)]
pub(crate) struct ProductSuggestArgs {
    /// Only this Acronis account; may be repeated
    #[arg(long = "account", value_name = "NAME")]
    pub(crate) accounts: Vec<String>,
    /// Period type that services should have [default: products.period]
    #[arg(long)]
    pub(crate) period: Option<String>,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ProductCreateArgs {
    /// Items as `ACCOUNT/ITEM[@STORAGE]`; the account may be left out when there is one; picked on
    /// the terminal when none is named
    #[arg(value_name = "ITEM")]
    pub(crate) items: Vec<String>,
    /// Every item that nothing was decided for
    #[arg(long, conflicts_with = "items")]
    pub(crate) all: bool,
    /// With --all: only items of this Acronis account; may be repeated
    #[arg(long = "account", value_name = "NAME", requires = "all")]
    pub(crate) accounts: Vec<String>,
    /// Name of the service, for one item; otherwise products.name_template
    #[arg(long, conflicts_with = "all")]
    pub(crate) name: Option<String>,
    /// Period type, as label or id of Autotask's own list [default: products.period]
    #[arg(long)]
    pub(crate) period: Option<String>,
    /// Billing code, as name or id [default: products.service_code]
    #[arg(long, value_name = "CODE")]
    pub(crate) service_code: Option<String>,
    /// Only list the billing codes that a service can have
    #[arg(long, conflicts_with_all = ["items", "all"])]
    pub(crate) list_codes: bool,
    /// Take over a service of that name when there is one already
    #[arg(long)]
    pub(crate) adopt: bool,
    #[command(flatten)]
    pub(crate) measure: MeasureArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ProductUseArgs {
    /// Item as `ACCOUNT/ITEM[@STORAGE]`; picked on the terminal when missing
    pub(crate) item: Option<String>,
    /// Service, as id or exact name; picked on the terminal when missing
    pub(crate) service: Option<String>,
    /// Period type that the service should have [default: products.period]
    #[arg(long)]
    pub(crate) period: Option<String>,
    #[command(flatten)]
    pub(crate) measure: MeasureArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ProductItemsArgs {
    /// Items as `ACCOUNT/ITEM[@STORAGE]`; picked on the terminal when none is named
    #[arg(value_name = "ITEM")]
    pub(crate) items: Vec<String>,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ProductSetArgs {
    /// Items as `ACCOUNT/ITEM[@STORAGE]`; picked on the terminal when none is named
    #[arg(value_name = "ITEM")]
    pub(crate) items: Vec<String>,
    #[command(flatten)]
    pub(crate) measure: MeasureArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ProductImportArgs {
    /// The document; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Do what can be done when some entries are wrong; the wrong ones are listed
    #[arg(long)]
    pub(crate) keep_going: bool,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

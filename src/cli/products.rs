//! The words of `map-products`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::WriteArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum MapProducts {
    /// List the items that the accounts can offer to customers, with their mapping
    List(ProductListArgs),
    /// Map items and services with equal names; possible matches are listed only
    Suggest(ProductSuggestArgs),
    /// Create services for items and map them
    Create(ProductCreateArgs),
    /// Map an item to an existing service
    Use(ProductUseArgs),
    /// Enable items without limit and never bill them
    Free(ProductItemsArgs),
    /// Never change these items
    Leave(ProductItemsArgs),
    /// Change unit, rounding, included or minimum units of items that have a mapping
    Set(ProductSetArgs),
    /// Remove the mapping of these items
    Unset(ProductItemsArgs),
    /// Print the whole mapping as TOML
    Export,
    /// Replace the mapping with that of a TOML file; items that are not in it lose theirs
    Import(ProductImportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ProductListArgs {
    /// Only this Acronis account; may be repeated
    #[arg(long = "account", value_name = "NAME")]
    pub(crate) accounts: Vec<String>,
    #[command(flatten)]
    pub(crate) editions: EditionArgs,
    /// Only items whose item, name, storage or service contains this
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

/// Which editions are looked at; all where none is named.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct EditionArgs {
    /// Only items of this edition, as per_workload or per_gigabyte; `none` for items without an
    /// edition; may be repeated
    #[arg(long = "edition", value_name = "EDITION")]
    pub(crate) editions: Vec<String>,
}

/// How amounts of an item become units of its service.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct MeasureArgs {
    /// Unit to count in: count, GiB, TiB, GB, TB or compute-point, as fits the item
    #[arg(long)]
    pub(crate) unit: Option<String>,
    /// How to round partial units: up, nearest or down
    #[arg(long)]
    pub(crate) rounding: Option<String>,
    /// Included units, deducted before rounding
    #[arg(long, value_name = "UNITS", allow_negative_numbers = true,
          value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) included: Option<i64>,
    /// Minimum billed units
    #[arg(long, value_name = "UNITS", allow_negative_numbers = true,
          value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) minimum: Option<i64>,
}

#[derive(Debug, Args)]
pub(crate) struct ProductSuggestArgs {
    /// Only this Acronis account; may be repeated
    #[arg(long = "account", value_name = "NAME")]
    pub(crate) accounts: Vec<String>,
    #[command(flatten)]
    pub(crate) editions: EditionArgs,
    /// Period type that services should have [default: products.period]
    #[arg(long)]
    pub(crate) period: Option<String>,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("many").args(["used", "all"]))]
pub(crate) struct ProductCreateArgs {
    /// Items as `ACCOUNT/ITEM[@STORAGE]`; with one account, `ITEM` is enough; if none is given, choose
    /// on the terminal
    #[arg(value_name = "ITEM")]
    pub(crate) items: Vec<String>,
    /// Items without a mapping that customers use or contracts need now, of one edition, and no part
    /// of an item that counts it already
    #[arg(long, conflicts_with = "items")]
    pub(crate) used: bool,
    /// Every item that has no mapping yet
    #[arg(long, conflicts_with = "items")]
    pub(crate) all: bool,
    /// With --used or --all: only items of this Acronis account; may be repeated
    #[arg(long = "account", value_name = "NAME", requires = "many")]
    pub(crate) accounts: Vec<String>,
    #[command(flatten)]
    pub(crate) editions: EditionArgs,
    /// Name of the service, for one item [default: products.name_template]
    #[arg(long, conflicts_with = "many")]
    pub(crate) name: Option<String>,
    /// Period type, as picklist label or id [default: products.period]
    #[arg(long)]
    pub(crate) period: Option<String>,
    /// Billing code, as name or id [default: products.service_code]
    #[arg(long, value_name = "CODE")]
    pub(crate) service_code: Option<String>,
    /// List the billing codes that a service can have, and end
    #[arg(long, conflicts_with_all = ["items", "many"])]
    pub(crate) list_codes: bool,
    /// Use an existing service of that name instead of refusing
    #[arg(long)]
    pub(crate) adopt: bool,
    #[command(flatten)]
    pub(crate) measure: MeasureArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ProductUseArgs {
    /// Item as `ACCOUNT/ITEM[@STORAGE]`; if missing, choose it on the terminal
    pub(crate) item: Option<String>,
    /// Service, as id or exact name; if missing, choose it on the terminal
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
    /// Items as `ACCOUNT/ITEM[@STORAGE]`; if none is given, choose on the terminal
    #[arg(value_name = "ITEM")]
    pub(crate) items: Vec<String>,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ProductSetArgs {
    /// Items as `ACCOUNT/ITEM[@STORAGE]`; if none is given, choose on the terminal
    #[arg(value_name = "ITEM")]
    pub(crate) items: Vec<String>,
    #[command(flatten)]
    pub(crate) measure: MeasureArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ProductImportArgs {
    /// TOML file; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Apply the valid entries even if others are wrong; wrong entries are listed
    #[arg(long)]
    pub(crate) keep_going: bool,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

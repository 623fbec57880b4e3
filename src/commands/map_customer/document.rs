//! The mapping as a TOML document: for review in git, and to move it to another machine.

use serde::Deserialize;
use toml::Spanned;

use super::rows::{LineProblem, PairRow};
use crate::domain::links::CustomerLink;
use crate::gather::mapping_files::{parse_document, with_lines};
use crate::report::{quote_toml, write_tables};

const HEAD: &str = "\
# Autotask companies and their customer tenants, written by `acrotask map-customer export`.
# `acrotask map-customer import FILE` applies these mappings. The ids count; names
# and partners are for people. Entries are sorted by company; one key per line.
";

/// Writes all links, in the order of companies.
pub(super) fn format_links(links: &[CustomerLink]) -> String {
    write_tables(HEAD, "customer", links.iter().map(format_entry))
}

fn format_entry(link: &CustomerLink) -> Vec<(&'static str, String)> {
    vec![
        ("company", link.company.to_string()),
        ("company_name", quote_toml(&link.company_name)),
        ("account", quote_toml(link.account.as_str())),
        ("partner_name", quote_toml(&link.partner_name)),
        ("tenant", quote_toml(link.tenant.as_str())),
        ("tenant_name", quote_toml(&link.tenant_name)),
    ]
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomerDocument {
    #[serde(default)]
    customer: Vec<Spanned<CustomerEntry>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomerEntry {
    company: i64,
    account: String,
    tenant: String,
    #[serde(rename = "company_name")]
    _company_name: Option<String>,
    #[serde(rename = "partner_name")]
    _partner_name: Option<String>,
    #[serde(rename = "tenant_name")]
    _tenant_name: Option<String>,
}

/// The pairs of a document, with their lines.
///
/// # Errors
/// The first thing that is wrong with it, with its line.
pub(super) fn parse_pairs(text: &str) -> Result<Vec<PairRow>, LineProblem> {
    let document: CustomerDocument =
        parse_document(text).map_err(|error| LineProblem::mistyped(error.line, error.text))?;
    let rows = with_lines(text, document.customer).map(|(line, entry)| {
        let CustomerEntry {
            company,
            account,
            tenant,
            _company_name: _,
            _partner_name: _,
            _tenant_name: _,
        } = entry;
        PairRow {
            line,
            company: company.to_string(),
            account: Some(account),
            tenant,
        }
    });
    Ok(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{AccountName, CompanyId, TenantId};
    use crate::domain::links::LinkedBy;

    #[test]
    fn what_is_written_is_read_back_with_its_lines() {
        let link = |company: i64, name: &str| CustomerLink {
            company: CompanyId(company),
            account: AccountName::new("eu"),
            tenant: TenantId::new(&format!("t-{company}")),
            company_name: name.to_owned(),
            tenant_name: name.to_owned(),
            partner: TenantId::new("p"),
            partner_name: "North".to_owned(),
            linked_at: "2026-09-15T08:00:00Z".parse().unwrap(),
            how: LinkedBy::Hand,
            existed_before: true,
            lowering_approved: false,
        };
        let text = format_links(&[link(1, "Brick \"&\"\n\u{1b}[2J"), link(2, "Çödé 株式会社")]);
        let rows = parse_pairs(&text).unwrap();
        let seen: Vec<(u64, &str, &str)> = rows
            .iter()
            .map(|row| (row.line, row.company.as_str(), row.tenant.as_str()))
            .collect();
        assert_eq!(seen, [(5, "1", "t-1"), (13, "2", "t-2")]);
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn unknown_and_missing_keys_are_named_with_their_line() {
        let entry = "[[customer]]\ncompany = 1\naccount = \"eu\"\n";
        let unknown = parse_pairs(&format!("{entry}tenant = \"t\"\ncolour = 1\n")).unwrap_err();
        assert_eq!(unknown.line, 5);
        assert!(unknown.problem.text().contains("colour"), "{unknown:?}");
        let missing = parse_pairs(entry).unwrap_err();
        assert!(missing.problem.text().contains("tenant"), "{missing:?}");
        let wrong = parse_pairs("[[customer]]\ncompany = \"one\"\n").unwrap_err();
        assert_eq!(wrong.line, 2);
    }
}

//! Pairs from a CSV file: the columns `company` and `tenant`, and `account` where a name needs it;
//! between commas, semicolons or tabs, as spreadsheets of different countries write them. Any other
//! column is passed over.

use super::rows::{LineProblem, PairRow};
use crate::gather::mapping_files::line_at;

const COLUMNS: [&str; 3] = ["company", "tenant", "account"];

/// What may stand between two cells; the header tells which it is.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// The rows, and the lines that are none.
type CsvRows = (Vec<PairRow>, Vec<LineProblem>);

/// # Errors
/// When the header is not the one that is expected: then no line can be understood.
pub(super) fn parse_rows(text: &str) -> Result<CsvRows, LineProblem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut reader, header, places) = open_reader(text)?;
    let mut rows = Vec::new();
    let mut problems = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(why) => {
                let line = why.position().map_or(0, csv::Position::line);
                problems.push(LineProblem::mistyped(line, why.to_string()));
                continue;
            }
        };
        let line = record.position().map_or(0, |start| line_of(text, start));
        match parse_row(&record, line, places, header.len()) {
            Ok(row) => rows.push(row),
            Err(text) => problems.push(LineProblem::mistyped(line, text)),
        }
    }
    if rows.is_empty() && problems.is_empty() {
        let text = "the file has no line below the header".to_owned();
        return Err(LineProblem::mistyped(1, text));
    }
    Ok((rows, problems))
}

type CsvReader<'t> = csv::Reader<&'t [u8]>;

/// The reader whose separator makes the wanted columns out of the header; without one, what is wrong
/// with the header as commas part it.
fn open_reader(text: &str) -> Result<(CsvReader<'_>, Vec<String>, CsvColumns), LineProblem> {
    let mut wrong = None;
    for separator in SEPARATORS {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let header: Result<Vec<String>, _> = reader
            .headers()
            .map(|header| header.iter().map(str::to_lowercase).collect());
        let found = header
            .map_err(|why| why.to_string())
            .and_then(|header| find_columns(&header).map(|places| (header, places)));
        match found {
            Ok((header, places)) => return Ok((reader, header, places)),
            Err(why) => wrong = wrong.or(Some(why)),
        }
    }
    Err(LineProblem::mistyped(1, wrong.unwrap_or_default()))
}

/// The line that a record stands on; the reader counts empty lines before it to it.
fn line_of(text: &str, start: &csv::Position) -> u64 {
    let start = usize::try_from(start.byte()).unwrap_or(usize::MAX);
    let rest = text.get(start..).unwrap_or_default();
    let empty = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
    line_at(text, start.saturating_add(empty))
}

/// Where company, tenant and account stand.
#[derive(Clone, Copy, Debug)]
struct CsvColumns {
    company: usize,
    tenant: usize,
    account: Option<usize>,
}

fn find_columns(header: &[String]) -> Result<CsvColumns, String> {
    let wrong = || {
        format!(
            "the header must have the columns `company,tenant` (and `account` where a name needs \
             it), each once, not `{}`",
            header.join(",")
        )
    };
    let place = |name: &str| header.iter().position(|column| column == name);
    let doubled = header
        .iter()
        .enumerate()
        .any(|(at, column)| COLUMNS.contains(&column.as_str()) && place(column) != Some(at));
    if doubled {
        return Err(wrong());
    }
    Ok(CsvColumns {
        company: place("company").ok_or_else(wrong)?,
        tenant: place("tenant").ok_or_else(wrong)?,
        account: place("account"),
    })
}

fn parse_row(
    record: &csv::StringRecord,
    line: u64,
    places: CsvColumns,
    columns: usize,
) -> Result<PairRow, String> {
    if record.len() != columns {
        return Err(format!(
            "the line has {} columns, the header has {columns}",
            record.len()
        ));
    }
    let cell = |place: usize| record.get(place).filter(|text| !text.is_empty());
    let filled = |place, name: &str| {
        cell(place)
            .map(str::to_owned)
            .ok_or_else(|| format!("the column `{name}` is empty"))
    };
    Ok(PairRow {
        line,
        company: filled(places.company, "company")?,
        tenant: filled(places.tenant, "tenant")?,
        account: places.account.and_then(cell).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_in_any_order_and_a_byte_order_mark_is_passed_over() {
        let (rows, problems) = parse_rows("\u{feff}Tenant, Company\n\"Alma, Ltd\",7\n").unwrap();
        assert_eq!(problems, []);
        assert_eq!(rows[0].tenant, "Alma, Ltd");
        assert_eq!((rows[0].line, rows[0].company.as_str()), (2, "7"));
    }

    #[test]
    fn separators_are_known_by_the_header_and_other_columns_are_passed_over() {
        for text in [
            "company;tenant\n7;Alma, Ltd\n",
            "\u{feff}Company;Name;Tenant;;\n7;\"A; B\";Alma, Ltd;;\n",
            "tenant\tcompany\tnote\nAlma, Ltd\t7\tnew, since May\n",
            "company,company_name,type,tenant_name,tenant\n7,Alma,Customer,x,\"Alma, Ltd\"\n",
        ] {
            let (rows, problems) = parse_rows(text).unwrap();
            assert_eq!(problems, [], "{text}");
            let seen = (rows[0].company.as_str(), rows[0].tenant.as_str());
            assert_eq!(seen, ("7", "Alma, Ltd"), "{text}");
        }
    }

    #[test]
    fn a_wrong_header_is_named_and_nothing_is_read() {
        for header in ["company", "tenant,customer", "company,company,tenant", ""] {
            let wrong = parse_rows(&format!("{header}\n1,2\n")).unwrap_err();
            assert_eq!(wrong.line, 1);
            assert!(wrong.problem.text().contains("company,tenant"), "{header}");
        }
        assert!(
            parse_rows("company,tenant\n")
                .unwrap_err()
                .problem
                .text()
                .contains("no line")
        );
    }

    #[test]
    fn each_bad_line_is_reported_with_its_number_and_the_good_ones_stay() {
        let (rows, problems) =
            parse_rows("company,tenant\r\n1,a\r\n2\r\n\r\n3,\r\n4,d\r\n").unwrap();
        let lines: Vec<u64> = rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [2, 6]);
        let bad: Vec<u64> = problems.iter().map(|one| one.line).collect();
        assert_eq!(bad, [3, 5]);
    }
}

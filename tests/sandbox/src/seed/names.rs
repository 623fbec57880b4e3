//! Names of companies, places and people.

use std::collections::BTreeSet;

use super::dice::Dice;

const STEMS: &[&str] = &[
    "Alma",
    "Northwind",
    "Harbor",
    "Kestrel",
    "Lindqvist",
    "Okafor",
    "Brightwater",
    "Castellane",
    "Dornier",
    "Everhart",
    "Fjord",
    "Greystone",
    "Hollis",
    "Ironbridge",
    "Juniper",
    "Kowalski",
    "Larkspur",
    "Marchetti",
    "Nakamura",
    "O'Brien",
    "Pemberton",
    "Quayside",
    "Rosenthal",
    "Silverlake",
    "Thornbury",
    "Umbria",
    "Vandermeer",
    "Westgate",
    "Xanthos",
    "Yarrow",
    "Zürcher",
    "Aldgate",
    "Bellweather",
    "Copperfield",
    "Delacroix",
    "Elmwood",
    "Fairbanks",
    "Galloway",
    "Hawthorne",
    "Isherwood",
    "Jansen",
    "Kingfisher",
    "Loxley",
    "Montclair",
    "Nørgaard",
    "Oakridge",
    "Pinnacle",
    "Quillon",
    "Redwood",
    "Sørensen",
    "Tamarack",
    "Underhill",
    "Valverde",
    "Whitmore",
    "Ashdown",
    "Blackwood",
    "Coldstream",
    "Dunmore",
    "Eastlake",
    "Ferrante",
    "Glenmoor",
    "Hartmann",
    "Inverness",
    "Jefferson",
    "Keller",
    "Lakeshore",
    "Müller",
    "Newbury",
    "Orchard",
    "Pacific",
    "Ravenna",
    "Stonehill",
    "Trelawney",
    "Ulverston",
    "Vistula",
    "Wexford",
    "Yorkdale",
    "Zielinski",
    "Amberley",
    "Birchall",
    "Cavendish",
    "Drummond",
    "Esterházy",
    "Fontaine",
];

const TRADES: &[&str] = &[
    "Bakery",
    "Dental Clinic",
    "Logistics",
    "Law Office",
    "Architects",
    "Printing",
    "Pharmacy",
    "Engineering",
    "Insurance Brokers",
    "Veterinary Practice",
    "Furniture",
    "Accounting",
    "Steel Works",
    "Travel",
    "Hotel",
    "Brewery",
    "Electrical",
    "Software",
    "Medical Centre",
    "Media",
    "Packaging",
    "Real Estate",
    "Security Services",
    "Marine Supplies",
    "School",
    "Plumbing",
    "Catering",
    "Textiles",
    "Optics",
    "Freight",
    "Consulting",
    "Automotive",
    "Glass",
    "Dairy",
    "Publishing",
    "Fitness",
    "Nursery",
    "Tools",
    "Chemicals",
    "Vineyards",
    "Ceramics",
    "Roofing",
    "Aviation",
    "Motors",
    "Foods",
    "Timber",
    "Recruitment",
    "Interiors",
];

const FORMS: &[&str] = &[
    "Ltd", "LLC", "Inc.", "GmbH", "AG", "B.V.", "S.r.l.", "", "", "",
];

const PLACES: &[&str] = &[
    "Leipzig", "Bristol", "Austin", "Gdańsk", "Lyon", "Turin", "Utrecht", "Aarhus", "Graz",
    "Portland", "Malmö", "Porto", "Galway", "Basel", "Denver", "Ghent", "Tampere", "Bergen",
    "Leeds", "Boise", "Dresden", "Nantes", "Parma", "Linz",
];

const FIRST: &[&str] = &[
    "Anna",
    "Bram",
    "Chiara",
    "Daniel",
    "Elif",
    "Femi",
    "Grace",
    "Hanna",
    "Igor",
    "Jonas",
    "Katarzyna",
    "Liam",
    "Maria",
    "Noah",
    "Olga",
    "Pedro",
    "Quentin",
    "Rosa",
    "Sven",
    "Tomás",
    "Uma",
    "Viktor",
    "Wen",
    "Yusuf",
    "Zoë",
];

const LAST: &[&str] = &[
    "Adeyemi", "Bauer", "Conti", "Dubois", "Eriksen", "Fischer", "García", "Horvat", "Ivanova",
    "Jensen", "Kaya", "Lee", "Moreau", "Nowak", "O'Neill", "Popescu", "Quist", "Rossi", "Smith",
    "Tanaka", "Ueda", "Varga", "Weber", "Young", "Zhang",
];

/// So many company names; no two are the same when case, legal form and word order are ignored.
pub(crate) fn companies(count: usize, dice: &mut Dice) -> Vec<String> {
    let mut plain = BTreeSet::new();
    let mut names = Vec::with_capacity(count);
    while names.len() < count {
        let mut name = format!("{} {}", dice.pick(STEMS), dice.pick(TRADES));
        // 4,000 pairs do for small worlds; towns tell the rest apart.
        if plain.contains(&name) {
            name = format!("{name} {}", dice.pick(PLACES));
        }
        if plain.contains(&name) {
            name = format!("{name} {}", dice.between(2, 9999));
        }
        if plain.insert(name.clone()) {
            names.push(format!("{name} {}", dice.pick(FORMS)).trim_end().to_owned());
        }
    }
    names
}

pub(crate) fn place(dice: &mut Dice) -> &'static str {
    dice.pick(PLACES)
}

/// First name and last name.
pub(crate) fn person(dice: &mut Dice) -> (&'static str, &'static str) {
    (dice.pick(FIRST), dice.pick(LAST))
}

/// A name without its legal form.
pub(crate) fn without_form(name: &str) -> &str {
    FORMS
        .iter()
        .filter(|form| !form.is_empty())
        .find_map(|form| name.strip_suffix(form)?.strip_suffix(' '))
        .unwrap_or(name)
}

/// The same name as another system writes it: equal once case, legal form, commas are ignored.
pub(crate) fn respelled(name: &str, dice: &mut Dice) -> String {
    let plain = without_form(name);
    match dice.index(4) {
        0 => plain.to_uppercase(),
        1 => format!("{plain}, Ltd."),
        2 => plain.to_lowercase(),
        _ => format!("  {plain} ").trim().to_owned(),
    }
}

/// Close to a name, yet not the same.
pub(crate) fn near(name: &str, dice: &mut Dice) -> String {
    let plain = without_form(name);
    match dice.index(4) {
        0 => format!("{plain} {}", dice.pick(PLACES)),
        1 => format!("{plain}s"),
        2 => misspelled(plain),
        _ => format!("{plain} (Head Office)"),
    }
}

/// Without its third character.
fn misspelled(name: &str) -> String {
    name.chars()
        .enumerate()
        .filter(|(at, _)| *at != 2)
        .map(|(_, character)| character)
        .collect()
}

/// What an engineer once typed: initials and a number.
pub(crate) fn code(name: &str, number: usize) -> String {
    let initials: String = name
        .split_whitespace()
        .filter_map(|word| word.chars().next())
        .filter(|character| character.is_alphanumeric())
        .collect();
    format!("{}-{number:04}", initials.to_uppercase())
}

/// A host or domain name's worth of a company name: `alma-bakery`.
pub(crate) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for character in without_form(name).to_lowercase().chars() {
        let plain = match character {
            'ü' => 'u',
            'ø' => 'o',
            'á' => 'a',
            'ń' => 'n',
            'ö' => 'o',
            other => other,
        };
        if plain.is_ascii_alphanumeric() {
            slug.push(plain);
        } else if plain.is_whitespace() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Dice, companies, near, respelled, slug, without_form};

    #[test]
    fn ten_thousand_companies_have_ten_thousand_names_without_their_legal_forms() {
        let names = companies(10_000, &mut Dice::new(1));
        let plain: BTreeSet<String> = names
            .iter()
            .map(|name| without_form(name).to_lowercase())
            .collect();
        assert_eq!(plain.len(), 10_000);
    }

    #[test]
    fn the_same_seed_gives_the_same_names_and_another_seed_others() {
        let names = |seed| companies(50, &mut Dice::new(seed));
        assert_eq!(names(7), names(7));
        assert_ne!(names(7), names(8));
    }

    #[test]
    fn a_near_name_is_never_the_same_name() {
        let mut dice = Dice::new(3);
        for name in companies(200, &mut dice) {
            let near = near(&name, &mut dice);
            assert_ne!(
                without_form(&near).to_lowercase(),
                without_form(&name).to_lowercase()
            );
            assert!(!respelled(&name, &mut dice).is_empty());
        }
    }

    #[test]
    fn a_slug_is_fit_for_a_host_name() {
        assert_eq!(slug("O'Brien Dental Clinic Ltd"), "obrien-dental-clinic");
        assert_eq!(slug("Zürcher Optics"), "zurcher-optics");
    }
}

//! Contact data of a company, as a new tenant gets it.

use super::plan::ContactDetails;
use crate::acronis;
use crate::autotask;

/// What a company itself says. The country is an id there and its name is not read, so it is left
/// out.
pub(crate) fn contact_of_company(data: &autotask::ContactData) -> ContactDetails {
    let autotask::ContactData {
        phone,
        web_address,
        address1,
        address2,
        city,
        state,
        postal_code,
        country: _,
    } = data;
    ContactDetails {
        email: None,
        first_name: None,
        last_name: None,
        phone: phone.clone(),
        address1: address1.clone(),
        address2: address2.clone(),
        city: city.clone(),
        state: state.clone(),
        zip: postal_code.clone(),
        website: web_address.clone(),
    }
}

/// The same with a person to ask for.
pub(crate) fn contact_of_person(
    data: &autotask::ContactData,
    person: &autotask::CompanyContact,
) -> ContactDetails {
    let card = contact_of_company(data);
    ContactDetails {
        email: person.email.clone().filter(|email| is_address(email)),
        first_name: person.first_name.clone(),
        last_name: person.last_name.clone(),
        phone: person.phone.clone().or(card.phone),
        ..card
    }
}

/// Acronis takes `\S+@\S+` and refuses the whole tenant for anything else (acronis.md §3.1).
fn is_address(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        && !text.contains(char::is_whitespace)
}

impl ContactDetails {
    /// `None` when nothing is known.
    pub(super) fn to_acronis_contact(&self) -> Option<acronis::TenantContact> {
        if *self == Self::default() {
            return None;
        }
        let Self {
            email,
            first_name,
            last_name,
            phone,
            address1,
            address2,
            city,
            state,
            zip,
            website,
        } = self.clone();
        Some(acronis::TenantContact {
            email,
            firstname: first_name,
            lastname: last_name,
            phone,
            address1,
            address2,
            city,
            state,
            zipcode: zip,
            country: None,
            website,
            title: None,
            types: vec!["primary".to_owned()],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{CompanyId, ContactId};

    fn person(email: &str) -> autotask::CompanyContact {
        autotask::CompanyContact {
            id: ContactId(1),
            company: CompanyId(1),
            first_name: Some("Ann".to_owned()),
            last_name: None,
            email: Some(email.to_owned()),
            phone: None,
        }
    }

    #[test]
    fn an_address_that_acronis_would_refuse_is_left_out() {
        let data = autotask::ContactData {
            phone: Some("555".to_owned()),
            ..autotask::ContactData::default()
        };
        let good = contact_of_person(&data, &person("ann@alma.example"));
        assert_eq!(good.email.as_deref(), Some("ann@alma.example"));
        assert_eq!(good.phone.as_deref(), Some("555"));
        for bad in ["ann", "@alma.example", "ann@", "ann lee@alma.example"] {
            assert_eq!(contact_of_person(&data, &person(bad)).email, None, "{bad}");
        }
    }

    #[test]
    fn a_company_that_says_nothing_sends_no_contact() {
        assert_eq!(ContactDetails::default().to_acronis_contact(), None);
    }
}

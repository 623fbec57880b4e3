//! What a plan of quotas comes to.

use super::Action;
use crate::domain::ids::{AccountName, CompanyId};
use crate::plan::{Refusal, Remark};

/// What is to be done about quotas.
#[derive(Clone, Debug, Default)]
pub(crate) struct Planned {
    pub(crate) actions: Vec<Action>,
    pub(crate) remarks: Vec<Remark>,
    pub(crate) refusals: Vec<Refusal>,
    /// Customers whose tenants existed before and match their contracts without any change: from
    /// now on a lowering is an ordinary one.
    pub(crate) matches_contract: Vec<CompanyId>,
    /// Customers whose plan needs what could not be read, with their accounts.
    pub(crate) undecided: Vec<(AccountName, CompanyId)>,
}

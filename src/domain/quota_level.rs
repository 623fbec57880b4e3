//! How much of an offering item a tenant may use.

use serde::{Deserialize, Serialize};

/// What an item lets a tenant use (acronis.md §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Level {
    Off,
    /// A feature that is on.
    On,
    /// In pieces, bytes or seconds; `value` `None` is unlimited, `overage` `None` never blocks.
    Quota {
        value: Option<i64>,
        overage: Option<i64>,
    },
}

impl Level {
    pub(crate) const UNLIMITED: Self = Self::Quota {
        value: None,
        overage: None,
    };
    pub(crate) const ZERO: Self = Self::hard(0);

    /// Blocks at the value: prepaid.
    pub(crate) const fn hard(value: i64) -> Self {
        Self::Quota {
            value: Some(value),
            overage: Some(0),
        }
    }

    /// Where use is blocked; `None` is nowhere. A quota without overage only warns.
    pub(crate) fn ceiling(self) -> Option<i64> {
        match self {
            Self::Off => Some(0),
            Self::On => None,
            Self::Quota { value, overage } => Some(value?.saturating_add(overage?)),
        }
    }

    /// Whether less can be used after a change to `after`.
    pub(crate) fn is_lowered_by(self, after: Self) -> bool {
        match (self.ceiling(), after.ceiling()) {
            (None, Some(_)) => true,
            (Some(before), Some(after)) => after < before,
            (None | Some(_), None) => false,
        }
    }

    /// Whether anything at all can be used.
    pub(crate) fn is_of_use(self) -> bool {
        self.ceiling() != Some(0)
    }
}

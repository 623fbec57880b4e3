//! Storages of Acronis.

use super::ids::InfraId;

/// A storage as people tell it from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StorageInfo {
    pub(crate) id: InfraId,
    pub(crate) name: String,
    pub(crate) location: Option<String>,
    pub(crate) backend: Option<String>,
    pub(crate) holds_backups: bool,
}

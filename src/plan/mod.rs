//! What any plan is.

/// The permission to change something, handed out with an approved plan only.
#[derive(Debug)]
pub(crate) struct Consent(());

#[cfg(test)]
impl Consent {
    pub(crate) fn for_test() -> Self {
        Self(())
    }
}

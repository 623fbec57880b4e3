//! What can be set about connections.

use std::path::PathBuf;
use std::time::Duration;

use super::retry::RetrySchedule;

/// What the configuration and the environment decide about connections.
#[derive(Clone, Debug)]
pub(crate) struct HttpSettings {
    pub(crate) connect_timeout: Duration,
    /// For one attempt, from the first byte sent to the last byte read.
    pub(crate) total_timeout: Duration,
    /// Certificates to trust besides the system's own, in PEM.
    pub(crate) ca_file: Option<PathBuf>,
    /// What `SSL_CERT_FILE` names, read by the room that reads the environment. The TLS library
    /// follows it by itself and says nothing when the file is missing, so it is checked here.
    pub(crate) ssl_cert_file: Option<PathBuf>,
    pub(crate) schedule: RetrySchedule,
    /// The longest that all requests together wait for services that say "later".
    pub(crate) wait_max: Duration,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_secs(60),
            ca_file: None,
            ssl_cert_file: None,
            schedule: RetrySchedule::default(),
            wait_max: Duration::from_secs(120),
        }
    }
}

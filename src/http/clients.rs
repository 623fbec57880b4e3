//! The clients that requests leave by, each made when it is first needed: reading the certificates
//! that the machine trusts takes longer than many a run.

use std::path::Path;
use std::sync::OnceLock;

use anyhow::Context as _;
use reqwest::blocking::{Client, ClientBuilder};
use reqwest::{Certificate, tls};

use super::settings::HttpSettings;

/// A client, or why there is none.
type Made = OnceLock<Result<Client, String>>;

/// One client for https, and one for this very machine, which works without certificates.
#[derive(Debug)]
pub(super) struct Clients {
    settings: HttpSettings,
    /// Trusted besides the system's own.
    extra: Vec<Certificate>,
    https: Made,
    loopback: Made,
}

impl Clients {
    /// # Errors
    /// When a certificate file is missing or holds no certificate.
    pub(super) fn new(settings: &HttpSettings) -> anyhow::Result<Self> {
        // Fails only when a provider is installed already, which is all that is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        if let Some(path) = &settings.ssl_cert_file {
            read_certificates(path)
                .with_context(|| format!("SSL_CERT_FILE names {}", path.display()))?;
        }
        let extra = match &settings.ca_file {
            Some(path) => read_certificates(path)
                .with_context(|| format!("reading the ca_file {}", path.display()))?,
            None => Vec::new(),
        };
        Ok(Self {
            settings: settings.clone(),
            extra,
            https: Made::new(),
            loopback: Made::new(),
        })
    }

    /// # Errors
    /// When there are no certificates to trust, in a sentence.
    pub(super) fn https_client(&self) -> Result<&Client, &String> {
        let make =
            || build_client(client_builder(&self.settings).tls_certs_merge(self.extra.clone()));
        self.https.get_or_init(make).as_ref()
    }

    /// Never through a proxy: plain http must not leave the machine.
    ///
    /// # Errors
    /// When the system has no means for it, in a sentence.
    pub(super) fn loopback_client(&self) -> Result<&Client, &String> {
        let make = || build_client(client_builder(&self.settings).no_proxy().tls_certs_only([]));
        self.loopback.get_or_init(make).as_ref()
    }
}

fn build_client(builder: ClientBuilder) -> Result<Client, String> {
    let made = builder.build();
    made.map_err(|error| format!("{:#}", anyhow::Error::new(error)))
}

fn client_builder(settings: &HttpSettings) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("acrotask/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.total_timeout)
        // Headers carry credentials: a redirect is an error, never followed.
        .redirect(reqwest::redirect::Policy::none())
        // Trying again is decided in one place, ours.
        .retry(reqwest::retry::never())
        .tls_version_min(tls::Version::TLS_1_2)
}

fn read_certificates(path: &Path) -> anyhow::Result<Vec<reqwest::Certificate>> {
    let pem = std::fs::read(path).context("the file cannot be read")?;
    let certificates =
        reqwest::Certificate::from_pem_bundle(&pem).context("the file is not in PEM form")?;
    anyhow::ensure!(!certificates.is_empty(), "the file holds no certificate");
    Ok(certificates)
}

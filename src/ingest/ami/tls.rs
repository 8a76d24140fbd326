//! TLS to a PBX.
//!
//! Certificates of PBXs are mostly their own; the file that is named is then the only authority
//! that is trusted. Nothing switches the check off: the secret and every event go through it.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsConnector;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of the authority cannot be used.
    #[error("{} holds no certificate in PEM form", .0.display())]
    Authority(PathBuf, #[source] Option<rustls::pki_types::pem::Error>),
    /// The machine trusts nobody.
    #[error("this machine has no trusted certificates; name one with `tls_ca`")]
    Nobody,
    /// Not a host name or an address.
    #[error("{0:?} is neither a host name nor an address")]
    Name(String),
    /// The library does not take it.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

/// Whom to trust, and by which name the other side is known.
#[derive(Clone)]
pub struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Tls {
    /// Trusts `tls_ca`, or without one whom the machine trusts.
    ///
    /// # Errors
    /// [`TlsError`] says which part is unusable.
    pub fn new(host: &str, ca_file: Option<&Path>) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        match ca_file {
            Some(file) => {
                let failed = |e| TlsError::Authority(file.to_owned(), Some(e));
                for certificate in CertificateDer::pem_file_iter(file).map_err(failed)? {
                    roots.add(certificate.map_err(failed)?).map_err(TlsError::Tls)?;
                }
                if roots.is_empty() {
                    return Err(TlsError::Authority(file.to_owned(), None));
                }
            }
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                if roots.is_empty() {
                    return Err(TlsError::Nobody);
                }
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Tls)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name =
            ServerName::try_from(host.to_owned()).map_err(|_| TlsError::Name(host.to_owned()))?;
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), name })
    }

    /// Shakes hands over a connection.
    pub(super) async fn connect<S>(
        &self,
        stream: S,
    ) -> std::io::Result<tokio_rustls::client::TlsStream<S>>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    {
        self.connector.connect(self.name.clone(), stream).await
    }
}

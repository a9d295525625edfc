//! TLS of a listener: a certificate and its key out of files, which are read again when they were renewed.

use crate::values::Timestamp;
use arc_swap::ArcSwap;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, ServerConfig};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, fs, io};
use thiserror::Error;
use tokio_rustls::TlsAcceptor;

/// What is spoken inside.
const PROTOCOL: &[u8] = b"http/1.1";
/// The bits of a mode that let everybody in.
const EVERYBODY: u32 = 0o007;

/// Where a certificate and its key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// PEM: the certificate, then those that lead to a known authority.
    pub certificate: PathBuf,
    /// PEM: PKCS #8, PKCS #1 or SEC 1, not encrypted.
    pub key: PathBuf,
}

/// Why a certificate cannot be shown.
#[derive(Debug, Error)]
pub enum TlsError {
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        path: PathBuf,
        #[source]
        reason: io::Error,
    },
    #[error("there is no certificate (PEM) in {0}")]
    NoCertificate(PathBuf),
    #[error("there is no private key (PEM, not encrypted) in {0}")]
    NoKey(PathBuf),
    #[error("the private key {0} can be read by everybody: make it mode 0600 or 0640")]
    KeyIsPublic(PathBuf),
    #[error("the private key {key} does not belong to the certificate {certificate}")]
    Mismatch { key: PathBuf, certificate: PathBuf },
    #[error("the certificate {certificate} with the private key {key} cannot be used: {reason}")]
    Unusable { key: PathBuf, certificate: PathBuf, reason: rustls::Error },
}

/// The certificate that a listener shows. Clones show the same one.
#[derive(Clone)]
pub struct Tls {
    files: TlsFiles,
    shown: Arc<ArcSwap<Shown>>,
    config: Arc<ServerConfig>,
}

/// A certificate with its key, and the bytes it was read from.
struct Shown {
    certified: Arc<CertifiedKey>,
    ends_at: Timestamp,
    read: Read,
}

#[derive(PartialEq, Eq)]
struct Read {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// Hands every caller the certificate that is shown now.
struct Resolver(Arc<ArcSwap<Shown>>);

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// They are missing, no PEM, do not belong together, or everybody can read the key.
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let shown = Arc::new(ArcSwap::from_pointee(files.read()?.shown(&files)?));
        let unusable = |reason| files.unusable(reason);
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Resolver(Arc::clone(&shown))));
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        Ok(Self { files, shown, config: Arc::new(config) })
    }

    /// Shows the certificate that is in the files now; `true`: it is another one. Connections that are
    /// open stay as they are.
    ///
    /// # Errors
    /// As [`Self::load`]; what was shown before is still shown.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let read = self.files.read()?;
        if self.shown.load().read == read {
            return Ok(false);
        }
        self.shown.store(Arc::new(read.shown(&self.files)?));
        Ok(true)
    }

    /// When what is shown ends: its certificate, or the first that leads from it to the authority.
    pub(in crate::api) fn ends_at(&self) -> Timestamp {
        self.shown.load().ends_at
    }

    #[must_use]
    pub const fn files(&self) -> &TlsFiles {
        &self.files
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.config).into()
    }
}

impl TlsFiles {
    fn read(&self) -> Result<Read, TlsError> {
        Ok(Read { certificate: read(&self.certificate)?, key: read_private(&self.key)? })
    }

    fn unusable(&self, reason: rustls::Error) -> TlsError {
        let Self { certificate, key } = self.clone();
        if reason == rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) {
            return TlsError::Mismatch { key, certificate };
        }
        TlsError::Unusable { key, certificate, reason }
    }
}

impl Read {
    fn shown(self, files: &TlsFiles) -> Result<Shown, TlsError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&self.certificate)
            .collect::<Result<_, _>>()
            .map_err(|_| TlsError::NoCertificate(files.certificate.clone()))?;
        if chain.is_empty() {
            return Err(TlsError::NoCertificate(files.certificate.clone()));
        }
        let ends: Option<Vec<Timestamp>> =
            chain.iter().map(|certificate| end_of(certificate)).collect();
        let ends_at = ends.and_then(|ends| ends.into_iter().min());
        let ends_at = ends_at.ok_or_else(|| TlsError::NoCertificate(files.certificate.clone()))?;
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|_| TlsError::NoKey(files.key.clone()))?;
        let certified = CertifiedKey::from_der(chain, key, &default_provider())
            .map_err(|reason| files.unusable(reason))?;
        Ok(Shown { certified: Arc::new(certified), ends_at, read: self })
    }
}

/// When a certificate ends; `None`: it is none.
fn end_of(certificate: &[u8]) -> Option<Timestamp> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let seconds = parsed.validity().not_after.timestamp();
    Some(Timestamp::from_millis(seconds.saturating_mul(1_000)))
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|reason| TlsError::Unreadable { path: path.to_path_buf(), reason })
}

/// A group may read the key, as it may on many machines; everybody may not.
fn read_private(path: &Path) -> Result<Vec<u8>, TlsError> {
    let bytes = read(path)?;
    let open = fs::metadata(path).is_ok_and(|it| it.permissions().mode() & EVERYBODY != 0);
    if open { Err(TlsError::KeyIsPublic(path.to_path_buf())) } else { Ok(bytes) }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.load().certified))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver(..)")
    }
}

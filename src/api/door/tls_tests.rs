//! Certificates in files, as they are shown over a connection.

use super::connection::tests::connect;
use super::{Door, Tls, TlsError, TlsFiles};
use crate::values::Timestamp;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;

const HOST: &str = "till.example";

/// Files of a certificate made for the test.
struct Place {
    _dir: TempDir,
    files: TlsFiles,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let files =
            TlsFiles { certificate: dir.path().join("cert.pem"), key: dir.path().join("key.pem") };
        Self { _dir: dir, files }
    }

    /// Puts a new certificate and its key into the files.
    fn renew(&self) -> CertificateDer<'static> {
        let made = made();
        self.write(&made.cert.pem(), &made.signing_key.serialize_pem());
        made.cert.der().clone()
    }

    fn write(&self, certificate: &str, key: &str) {
        fs::write(&self.files.certificate, certificate).unwrap();
        fs::write(&self.files.key, key).unwrap();
        set_mode(&self.files.key, 0o600);
    }

    fn load(&self) -> Result<Tls, TlsError> {
        Tls::load(self.files.clone())
    }

    fn refusal(&self) -> String {
        self.load().map(drop).unwrap_err().to_string()
    }
}

fn made() -> CertifiedKey<rcgen::KeyPair> {
    generate_simple_self_signed(vec![HOST.to_owned()]).unwrap()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// What a caller who trusts one certificate gets, and the version that was agreed on.
async fn ask(
    tls: &Tls,
    trusted: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
) -> io::Result<(String, Option<ProtocolVersion>)> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let door = Door { tls: Some(tls.clone()), ..Door::default() };
    let (stream, _stop) = connect(door, "203.0.113.9");
    let name = ServerName::try_from(HOST).unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok((answer, stream.get_ref().1.protocol_version()))
}

#[tokio::test]
async fn requests_come_encrypted() {
    let place = Place::new();
    let certificate = place.renew();
    let tls = place.load().unwrap();
    for (version, expected) in [
        (&rustls::version::TLS12, ProtocolVersion::TLSv1_2),
        (&rustls::version::TLS13, ProtocolVersion::TLSv1_3),
    ] {
        let (answer, agreed) = ask(&tls, &certificate, version).await.unwrap();
        assert!(answer.ends_with("from 203.0.113.9, true"), "{answer}");
        assert_eq!(agreed, Some(expected));
    }
    let stranger = made().cert.der().clone();
    assert!(ask(&tls, &stranger, &rustls::version::TLS13).await.is_err());
    assert_eq!(Some(tls.ends_at()), Timestamp::parse_rfc3339("4096-01-01T00:00:00Z"));
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_and_a_broken_one_is_not() {
    let place = Place::new();
    let first = place.renew();
    let tls = place.load().unwrap();
    let is_shown = async |certificate: &CertificateDer<'static>| {
        ask(&tls, certificate, &rustls::version::TLS13).await.is_ok()
    };
    assert!(!tls.reload().unwrap(), "nothing has changed");
    let second = place.renew();
    assert!(is_shown(&first).await && !is_shown(&second).await);
    assert!(tls.reload().unwrap());
    assert!(!is_shown(&first).await && is_shown(&second).await);
    // The certificate was written, its key not yet.
    let third = made();
    fs::write(&place.files.certificate, third.cert.pem()).unwrap();
    assert!(tls.reload().is_err());
    assert!(is_shown(&second).await);
    fs::write(&place.files.key, third.signing_key.serialize_pem()).unwrap();
    assert!(tls.reload().unwrap());
    assert!(is_shown(third.cert.der()).await);
}

#[test]
fn what_cannot_be_shown_is_said() {
    let place = Place::new();
    assert!(place.refusal().starts_with("cannot read "), "{}", place.refusal());
    let (one, other) = (made(), made());
    let (certificate, key) = (one.cert.pem(), one.signing_key.serialize_pem());
    let check = |certificate: &str, key: &str, expected: &str| {
        place.write(certificate, key);
        let refusal = place.refusal();
        assert!(refusal.contains(expected), "{refusal}");
    };
    check(&certificate, &other.signing_key.serialize_pem(), "does not belong to the certificate");
    check("", &key, "there is no certificate (PEM) in ");
    check(&key, &key, "there is no certificate (PEM) in ");
    check(&certificate, &certificate, "there is no private key (PEM, not encrypted) in ");
    place.write(&certificate, &key);
    assert!(place.load().is_ok());
    set_mode(&place.files.key, 0o640);
    assert!(place.load().is_ok(), "a group may read it");
    set_mode(&place.files.key, 0o644);
    assert!(place.refusal().contains("can be read by everybody"), "{}", place.refusal());
    fs::remove_file(&place.files.key).unwrap();
    assert!(place.refusal().contains("key.pem: No such file"), "{}", place.refusal());
}

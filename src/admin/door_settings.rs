//! The settings of the doors: TLS, proxies that are trusted, time-outs and limits of connections. They
//! stand in the table `[doors]` of the configuration file.

use crate::admin::exit::Failure;
use crate::admin::variable::from_variable;
use crate::api::{
    CallerLimits, Door, ForwardedHeader, Tls, TlsFiles, TrustedProxies, WRONG_KEYS_PER_MINUTE_MAX,
};
use clap::Args;
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// Longest of the time-outs: an hour.
const SECONDS_MAX: u64 = 3_600;
/// Most connections: more than a machine has ports for one address.
const CONNECTIONS_CEILING: usize = 1 << 20;
const FORWARDED_HEADERS: [(&str, ForwardedHeader); 2] = [
    ("x-forwarded-for", ForwardedHeader::XForwardedFor),
    ("forwarded", ForwardedHeader::Forwarded),
];

/// What one source says; a field it does not name is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Args)]
#[serde(deny_unknown_fields)]
pub(super) struct DoorLayer {
    /// Certificate of the public listener, PEM [env KOPILKA_TLS_CERTIFICATE; default: no TLS]
    #[arg(long, value_name = "FILE")]
    pub tls_certificate: Option<PathBuf>,
    /// Its private key, PEM [env KOPILKA_TLS_KEY]
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Certificate of the operator listener, PEM [env KOPILKA_OPERATOR_TLS_CERTIFICATE; default: no TLS]
    #[arg(long, value_name = "FILE")]
    pub operator_tls_certificate: Option<PathBuf>,
    /// Its private key, PEM [env KOPILKA_OPERATOR_TLS_KEY]
    #[arg(long, value_name = "FILE")]
    pub operator_tls_key: Option<PathBuf>,
    /// Networks whose proxies say for whom they ask [env KOPILKA_TRUSTED_PROXIES; default: none]
    #[arg(long, value_name = "CIDR,...", value_delimiter = ',')]
    pub trusted_proxies: Option<Vec<String>>,
    /// The header in which they say it: x-forwarded-for or forwarded [env KOPILKA_FORWARDED_HEADER; default x-forwarded-for]
    #[arg(long, value_name = "HEADER")]
    pub forwarded_header: Option<String>,
    /// How long the head of a request may take, an idle connection included [env KOPILKA_HEADER_SECONDS; default 60]
    #[arg(long, value_name = "SECONDS")]
    pub header_seconds: Option<u64>,
    /// How long a body may take [env KOPILKA_BODY_SECONDS; default 30]
    #[arg(long, value_name = "SECONDS")]
    pub body_seconds: Option<u64>,
    /// How long a caller may take nothing of an answer [env KOPILKA_WRITE_SECONDS; default 60]
    #[arg(long, value_name = "SECONDS")]
    pub write_seconds: Option<u64>,
    /// Connections of each listener; one more is closed at once [env KOPILKA_CONNECTIONS_MAX; default 8192]
    #[arg(long, value_name = "N")]
    pub connections_max: Option<usize>,
    /// Wrong keys of one address in a minute; 0: any number [env KOPILKA_WRONG_KEYS_PER_MINUTE_MAX; default 60]
    #[arg(long, value_name = "N")]
    pub wrong_keys_per_minute_max: Option<u32>,
}

/// What holds after all layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DoorSettings {
    tls: Option<TlsFiles>,
    operator_tls: Option<TlsFiles>,
    proxies: TrustedProxies,
    header_seconds: u64,
    body_seconds: u64,
    write_seconds: u64,
    connections_max: usize,
    wrong_keys_per_minute_max: u32,
}

/// Both doors, their certificates read.
pub(super) struct Doors {
    pub public: Door,
    pub operator: Door,
    pub limits: CallerLimits,
}

impl DoorLayer {
    /// What `self` names, and of the rest what `lower` names.
    pub(super) fn over(self, lower: Self) -> Self {
        Self {
            tls_certificate: self.tls_certificate.or(lower.tls_certificate),
            tls_key: self.tls_key.or(lower.tls_key),
            operator_tls_certificate: self
                .operator_tls_certificate
                .or(lower.operator_tls_certificate),
            operator_tls_key: self.operator_tls_key.or(lower.operator_tls_key),
            trusted_proxies: self.trusted_proxies.or(lower.trusted_proxies),
            forwarded_header: self.forwarded_header.or(lower.forwarded_header),
            header_seconds: self.header_seconds.or(lower.header_seconds),
            body_seconds: self.body_seconds.or(lower.body_seconds),
            write_seconds: self.write_seconds.or(lower.write_seconds),
            connections_max: self.connections_max.or(lower.connections_max),
            wrong_keys_per_minute_max: self
                .wrong_keys_per_minute_max
                .or(lower.wrong_keys_per_minute_max),
        }
    }

    pub(super) fn of_environment(
        variable: &impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        let proxies: Option<String> = from_variable(variable, "TRUSTED_PROXIES", "networks")?;
        let listed = |list: String| list.split(',').map(str::to_owned).collect();
        Ok(Self {
            tls_certificate: from_variable(variable, "TLS_CERTIFICATE", "a file")?,
            tls_key: from_variable(variable, "TLS_KEY", "a file")?,
            operator_tls_certificate: from_variable(
                variable,
                "OPERATOR_TLS_CERTIFICATE",
                "a file",
            )?,
            operator_tls_key: from_variable(variable, "OPERATOR_TLS_KEY", "a file")?,
            trusted_proxies: proxies.map(listed),
            forwarded_header: from_variable(variable, "FORWARDED_HEADER", "a header")?,
            header_seconds: from_variable(variable, "HEADER_SECONDS", "a number")?,
            body_seconds: from_variable(variable, "BODY_SECONDS", "a number")?,
            write_seconds: from_variable(variable, "WRITE_SECONDS", "a number")?,
            connections_max: from_variable(variable, "CONNECTIONS_MAX", "a number")?,
            wrong_keys_per_minute_max: from_variable(
                variable,
                "WRONG_KEYS_PER_MINUTE_MAX",
                "a number",
            )?,
        })
    }

    pub(super) fn settled(self) -> Result<DoorSettings, Failure> {
        let header = header_of(self.forwarded_header.as_deref())?;
        let networks = self.trusted_proxies.unwrap_or_default();
        let defaults = Door::default();
        let settings = DoorSettings {
            tls: files("tls", self.tls_certificate, self.tls_key)?,
            operator_tls: files(
                "operator_tls",
                self.operator_tls_certificate,
                self.operator_tls_key,
            )?,
            proxies: TrustedProxies::new(&networks, header)
                .map_err(|error| Failure::Usage(format!("trusted_proxies: {error}")))?,
            header_seconds: self.header_seconds.unwrap_or(defaults.header_time.as_secs()),
            body_seconds: self.body_seconds.unwrap_or(defaults.body_time.as_secs()),
            write_seconds: self.write_seconds.unwrap_or(defaults.write_time.as_secs()),
            connections_max: self.connections_max.unwrap_or(defaults.connections_max),
            wrong_keys_per_minute_max: self
                .wrong_keys_per_minute_max
                .unwrap_or(WRONG_KEYS_PER_MINUTE_MAX),
        };
        settings.check()?;
        Ok(settings)
    }
}

impl DoorSettings {
    /// The doors that are meant, with the certificates that are in the files now.
    pub(super) fn load(&self) -> Result<Doors, Failure> {
        Ok(Doors {
            public: self.door(self.tls.as_ref())?,
            operator: self.door(self.operator_tls.as_ref())?,
            limits: CallerLimits::new(self.wrong_keys_per_minute_max),
        })
    }

    fn door(&self, files: Option<&TlsFiles>) -> Result<Door, Failure> {
        let load = |files: &TlsFiles| {
            Tls::load(files.clone()).map_err(|error| Failure::Usage(error.to_string()))
        };
        Ok(Door {
            tls: files.map(load).transpose()?,
            proxies: self.proxies.clone(),
            header_time: Duration::from_secs(self.header_seconds),
            body_time: Duration::from_secs(self.body_seconds),
            write_time: Duration::from_secs(self.write_seconds),
            connections_max: self.connections_max,
            ..Door::default()
        })
    }

    fn check(&self) -> Result<(), Failure> {
        let seconds = |name: &str, value: u64| {
            if (1..=SECONDS_MAX).contains(&value) {
                return Ok(());
            }
            Err(Failure::Usage(format!("{name} must be 1 to {SECONDS_MAX}, not {value}")))
        };
        seconds("header_seconds", self.header_seconds)?;
        seconds("body_seconds", self.body_seconds)?;
        seconds("write_seconds", self.write_seconds)?;
        if (1..=CONNECTIONS_CEILING).contains(&self.connections_max) {
            return Ok(());
        }
        let found = self.connections_max;
        Err(Failure::Usage(format!(
            "connections_max must be 1 to {CONNECTIONS_CEILING}, not {found}"
        )))
    }
}

/// A certificate goes with its key.
fn files(
    name: &str,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
) -> Result<Option<TlsFiles>, Failure> {
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
        (Some(_), None) => Err(Failure::Usage(format!("{name}_certificate needs {name}_key"))),
        (None, Some(_)) => Err(Failure::Usage(format!("{name}_key needs {name}_certificate"))),
    }
}

fn header_of(name: Option<&str>) -> Result<ForwardedHeader, Failure> {
    let Some(name) = name else { return Ok(ForwardedHeader::default()) };
    let found = FORWARDED_HEADERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, header)| *header).ok_or_else(|| {
        Failure::Usage(format!(
            "forwarded_header must be x-forwarded-for or forwarded, not {name:?}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_file(text: &str) -> Result<DoorSettings, Failure> {
        let layer: DoorLayer = toml::from_str(text).unwrap();
        layer.settled()
    }

    #[test]
    fn every_field_comes_from_the_environment_as_from_the_file() {
        let file = "tls_certificate = \"c\"\ntls_key = \"k\"\noperator_tls_certificate = \"oc\"\n\
            operator_tls_key = \"ok\"\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n\
            forwarded_header = \"forwarded\"\nheader_seconds = 1\nbody_seconds = 2\n\
            connections_max = 3\nwrong_keys_per_minute_max = 4\nwrite_seconds = 5\n";
        let variables = [
            ("KOPILKA_TLS_CERTIFICATE", "c"),
            ("KOPILKA_TLS_KEY", "k"),
            ("KOPILKA_OPERATOR_TLS_CERTIFICATE", "oc"),
            ("KOPILKA_OPERATOR_TLS_KEY", "ok"),
            ("KOPILKA_TRUSTED_PROXIES", "10.0.0.0/8,::1"),
            ("KOPILKA_FORWARDED_HEADER", "Forwarded"),
            ("KOPILKA_HEADER_SECONDS", "1"),
            ("KOPILKA_BODY_SECONDS", "2"),
            ("KOPILKA_CONNECTIONS_MAX", "3"),
            ("KOPILKA_WRONG_KEYS_PER_MINUTE_MAX", "4"),
            ("KOPILKA_WRITE_SECONDS", "5"),
        ];
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
        };
        let of_environment = DoorLayer::of_environment(&variable).unwrap();
        assert_eq!(of_environment.clone().settled(), of_file(file));
        let defaults = DoorLayer::default().settled().unwrap();
        assert_ne!(Ok(&defaults), of_file(file).as_ref());
        assert_eq!(of_environment.clone().over(DoorLayer::default()), of_environment);
        assert_eq!(DoorLayer::default().over(of_environment.clone()), of_environment);
        let door = defaults.load().unwrap().public;
        let built_in = Door::default();
        assert_eq!((door.header_time, door.body_time), (built_in.header_time, built_in.body_time));
        assert_eq!(door.write_time, built_in.write_time);
        assert_eq!(door.connections_max, built_in.connections_max);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_name() {
        let check = |text: &str, expected: &str| {
            let failure = of_file(text).and_then(|settings| settings.load().map(drop)).unwrap_err();
            assert!(matches!(failure, Failure::Usage(_)), "{failure:?}");
            assert!(failure.to_string().contains(expected), "{failure}");
        };
        check("tls_certificate = \"c\"", "tls_certificate needs tls_key");
        check("operator_tls_key = \"k\"", "operator_tls_key needs operator_tls_certificate");
        check("tls_certificate = \"/no/c\"\ntls_key = \"/no/k\"", "cannot read /no/c");
        check(
            "trusted_proxies = [\"10.0.0.0/40\"]",
            "trusted_proxies: \"10.0.0.0/40\" is no network",
        );
        check("forwarded_header = \"via\"", "forwarded_header must be");
        check("header_seconds = 0", "header_seconds must be 1 to 3600, not 0");
        check("body_seconds = 3601", "body_seconds must be 1 to 3600");
        check("write_seconds = 0", "write_seconds must be 1 to 3600, not 0");
        check("connections_max = 0", "connections_max must be 1 to");
    }
}

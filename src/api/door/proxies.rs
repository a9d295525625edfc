//! Who sent a request that came through proxies. A header says it, but anybody can write a header: it is
//! believed from a trusted proxy alone, and read from its end, where the proxy nearest to us wrote.

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use thiserror::Error;

/// Networks that one may trust.
const NETWORKS_MAX: usize = 64;
/// Hops that are looked at; whoever names more is taken for the last one seen.
const HOPS_MAX: usize = 32;
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The header in which the proxies of a house say for whom they ask. One of the two: a proxy passes the
/// other one on as its caller wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForwardedHeader {
    #[default]
    XForwardedFor,
    /// RFC 7239.
    Forwarded,
}

/// The proxies that are believed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    header: ForwardedHeader,
}

/// Why a list of networks is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProxiesError {
    #[error("{0:?} is no network such as 10.0.0.0/8 or 2001:db8::/32, and no address")]
    NotANetwork(String),
    #[error("at most {NETWORKS_MAX} networks can be trusted")]
    TooMany,
}

impl TrustedProxies {
    /// Trusts the networks, each as an address or in CIDR notation, to say in `header` for whom they ask.
    ///
    /// # Errors
    /// What is no network, or too many.
    pub fn new(networks: &[String], header: ForwardedHeader) -> Result<Self, ProxiesError> {
        if networks.len() > NETWORKS_MAX {
            return Err(ProxiesError::TooMany);
        }
        let networks = networks.iter().map(|text| network(text)).collect::<Result<_, _>>()?;
        Ok(Self { networks, header })
    }

    /// Who sent what came over a connection of `peer`: the last address before the trusted ones. What is
    /// not an address ends the search, since nothing before it can be believed.
    pub(in crate::api) fn client_of(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.trusts(client) {
            return client;
        }
        let hops = self.hops(headers);
        for hop in hops.iter().rev().take(HOPS_MAX) {
            let Some(address) = address_in(hop) else { break };
            client = address;
            if !self.trusts(client) {
                break;
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// The addresses of the header as they are written, the one nearest to us last.
    fn hops<'h>(&self, headers: &'h HeaderMap) -> Vec<&'h str> {
        let name = match self.header {
            ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
            ForwardedHeader::Forwarded => header::FORWARDED,
        };
        // A value that is no text stands for a hop that is no address.
        let values = headers.get_all(name).into_iter().map(|value| value.to_str().unwrap_or(""));
        let elements = values.flat_map(|value| value.split(','));
        match self.header {
            ForwardedHeader::XForwardedFor => elements.map(str::trim).collect(),
            ForwardedHeader::Forwarded => elements.map(node_of).collect(),
        }
    }
}

/// One network; an address alone is the network of that one address.
fn network(text: &str) -> Result<IpNet, ProxiesError> {
    let text = text.trim();
    let parsed = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    parsed.map_err(|_| ProxiesError::NotANetwork(text.to_owned()))
}

/// What an element of `Forwarded` says behind `for=`; an element that does not say it has no address.
fn node_of(element: &str) -> &str {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut nodes = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for"));
    nodes.next().map_or("", |(_, node)| node.trim_matches('"'))
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`.
fn address_in(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse().ok().or_else(|| hop.parse().ok().map(|full: SocketAddr| full.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(header: ForwardedHeader, peer: &str, lines: &[(&'static str, &str)]) -> String {
        let trusted = ["10.0.0.0/8".to_owned(), "2001:db8::/32".into(), "192.0.2.7".into()];
        let proxies = TrustedProxies::new(&trusted, header).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        proxies.client_of(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_trusted_proxy_is_believed_and_nobody_else() {
        let check = |peer: &str, header: &str, expected: &str| {
            let lines = [("x-forwarded-for", header)];
            assert_eq!(client(ForwardedHeader::XForwardedFor, peer, &lines), expected, "{header}");
        };
        check("10.0.0.1", "203.0.113.5", "203.0.113.5");
        check("192.0.2.7", " 203.0.113.5 ", "203.0.113.5");
        check("::ffff:10.0.0.1", "203.0.113.5:4711", "203.0.113.5");
        check("2001:db8::1", "2a00:1::5", "2a00:1::5");
        check("10.0.0.1", "[2a00:1::5]:443", "2a00:1::5");
        // Whoever is not trusted may write what they like.
        check("203.0.113.9", "198.51.100.1", "203.0.113.9");
        check("192.0.2.8", "198.51.100.1", "192.0.2.8");
        // A caller wrote the first address, our proxy the second.
        check("10.0.0.1", "198.51.100.1, 203.0.113.5", "203.0.113.5");
        check("10.0.0.1", "198.51.100.1, 203.0.113.5, 10.0.0.2", "203.0.113.5");
        // All of them are ours: the outermost asks.
        check("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3");
        // Nothing before what is no address is believed.
        check("10.0.0.1", "198.51.100.1, unknown, 10.0.0.2", "10.0.0.2");
        check("10.0.0.1", "unknown", "10.0.0.1");
        check("10.0.0.1", "", "10.0.0.1");
    }

    #[test]
    fn the_other_header_is_not_looked_at() {
        let both = [("x-forwarded-for", "203.0.113.5"), ("forwarded", "for=198.51.100.1")];
        let check = |header, expected: &str| {
            assert_eq!(client(header, "10.0.0.1", &both), expected);
        };
        check(ForwardedHeader::XForwardedFor, "203.0.113.5");
        check(ForwardedHeader::Forwarded, "198.51.100.1");
        let none = client(ForwardedHeader::Forwarded, "10.0.0.1", &both[..1]);
        assert_eq!(none, "10.0.0.1");
    }

    #[test]
    fn several_lines_are_one_list_and_forwarded_is_read_as_it_is_written() {
        let two = [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "203.0.113.5")];
        assert_eq!(client(ForwardedHeader::XForwardedFor, "10.0.0.1", &two), "203.0.113.5");
        let check = |value: &str, expected: &str| {
            let lines = [("forwarded", value)];
            assert_eq!(client(ForwardedHeader::Forwarded, "10.0.0.1", &lines), expected, "{value}");
        };
        check("for=203.0.113.5;proto=https;by=10.0.0.1", "203.0.113.5");
        check("proto=https; For=\"[2a00:1::5]:4711\"", "2a00:1::5");
        check("for=198.51.100.1, for=203.0.113.5, for=10.0.0.2", "203.0.113.5");
        check("for=198.51.100.1, for=_hidden", "10.0.0.1");
        check("for=198.51.100.1, proto=https", "10.0.0.1");
    }

    #[test]
    fn what_is_no_network_is_refused_by_name() {
        let check = |text: &str, fits: bool| {
            let made = TrustedProxies::new(&[text.to_owned()], ForwardedHeader::default());
            assert_eq!(made.is_ok(), fits, "{text}");
        };
        check("10.0.0.0/8", true);
        check("::1", true);
        check("10.0.0.0/33", false);
        check("proxy.example", false);
        check("", false);
        let many = vec!["10.0.0.1".to_owned(); NETWORKS_MAX + 1];
        assert_eq!(
            TrustedProxies::new(&many, ForwardedHeader::default()),
            Err(ProxiesError::TooMany)
        );
    }
}

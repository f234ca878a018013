//! Name resolution: routes and `localhost` without a lookup, all other names by the system.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver as Resolve};
use ureq::unversioned::transport::NextTimeout;

use super::settings::OriginRoute;

/// Resolver shared by the agents of one [`super::HttpClient`], so that all of them see routes added later.
#[derive(Debug, Clone, Default)]
pub(super) struct Resolver(Arc<Mutex<Vec<OriginRoute>>>);

impl Resolver {
    pub(super) fn new(routes: &[OriginRoute]) -> Self {
        let resolver = Self::default();
        routes.iter().for_each(|route| resolver.add(route));
        resolver
    }

    pub(super) fn add(&self, route: &OriginRoute) {
        let origin = route.origin.trim_end_matches('/').to_ascii_lowercase();
        let mut routes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        routes.retain(|known| known.origin != origin);
        routes.push(OriginRoute { origin, port: route.port });
    }

    fn routed_port(&self, uri: &Uri) -> Option<u16> {
        let origin = format!("{}://{}", uri.scheme_str()?, uri.authority()?).to_ascii_lowercase();
        let routes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        routes.iter().find(|route| route.origin == origin).map(|route| route.port)
    }

    fn addresses(&self, uri: &Uri) -> Option<Vec<SocketAddr>> {
        let (v4, v6) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));
        if let Some(port) = self.routed_port(uri) {
            return Some(vec![SocketAddr::new(v4, port)]);
        }
        let host = uri.host()?.to_ascii_lowercase();
        if host != "localhost" && !host.ends_with(".localhost") {
            return None;
        }
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        Some(vec![SocketAddr::new(v4, port), SocketAddr::new(v6, port)])
    }
}

impl Resolve for Resolver {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let Some(known) = self.addresses(uri) else {
            // `std` has no error kind for a failed lookup.
            return DefaultResolver::default().resolve(uri, config, timeout).map_err(|error| match error {
                ureq::Error::Io(_) => ureq::Error::HostNotFound,
                other => other,
            });
        };
        let mut addresses = self.empty();
        for address in known {
            addresses.push(address);
        }
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(resolver: &Resolver, uri: &str) -> Option<Vec<String>> {
        let addresses = resolver.addresses(&uri.parse().unwrap())?;
        Some(addresses.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn localhost_names_resolve_to_loopback() {
        let resolver = Resolver::default();
        let both = |port| Some(vec![format!("127.0.0.1:{port}"), format!("[::1]:{port}")]);
        assert_eq!(found(&resolver, "http://localhost/x"), both(80));
        assert_eq!(found(&resolver, "http://A.LocalHost:8080/"), both(8080));
        assert_eq!(found(&resolver, "https://x.localhost/"), both(443));
        assert_eq!(found(&resolver, "http://notlocalhost/"), None);
        assert_eq!(found(&resolver, "http://localhost.example/"), None);
    }

    #[test]
    fn last_route_wins_over_the_name() {
        let resolver = Resolver::new(&[OriginRoute { origin: "http://demo.localhost/".into(), port: 1 }]);
        resolver.add(&OriginRoute { origin: "http://DEMO.localhost".into(), port: 4711 });
        assert_eq!(found(&resolver, "http://demo.localhost/token"), Some(vec!["127.0.0.1:4711".into()]));
        assert_eq!(found(&resolver, "http://demo.localhost:81/token").map(|all| all.len()), Some(2));
    }
}

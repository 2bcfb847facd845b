//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, request::Parts},
};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the client. `proxies` is how many proxies of ours stand in front: each has appended to `X-Forwarded-For` whom
/// it heard from, so that the client is the one so many from the end; whatever stands before it anybody may have written.
/// A request that did not pass all of them counts for the address it came from.
pub(super) fn of(head: &Parts, proxies: u8) -> IpAddr {
    let peer = head.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    match usize::from(proxies).checked_sub(1) {
        None => peer,
        Some(between) => forwarded(&head.headers, between).unwrap_or(peer),
    }
}

fn forwarded(headers: &HeaderMap, between: usize) -> Option<IpAddr> {
    let lines: Vec<_> = headers.get_all(FORWARDED_FOR).iter().map(|value| value.to_str().unwrap_or_default()).collect();
    let hop = lines.iter().rev().flat_map(|line| line.rsplit(',')).nth(between)?.trim();
    hop.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[test]
    fn only_our_own_proxies_are_believed() {
        for (proxies, forwarded, expected) in [
            (0, &["192.0.2.1"][..], "198.51.100.9"),
            (1, &["192.0.2.1"], "192.0.2.1"),
            (1, &["6.6.6.6, 192.0.2.1"], "192.0.2.1"),
            (1, &["6.6.6.6", "192.0.2.1"], "192.0.2.1"),
            (2, &["6.6.6.6, 192.0.2.1, 10.0.0.1"], "192.0.2.1"),
            (2, &["6.6.6.6, 192.0.2.1", "10.0.0.1"], "192.0.2.1"),
            (2, &["10.0.0.1"], "198.51.100.9"),
            (1, &[], "198.51.100.9"),
            (1, &["nonsense"], "198.51.100.9"),
            (1, &["192.0.2.1, nonsense"], "198.51.100.9"),
            (1, &["192.0.2.1:1234"], "192.0.2.1"),
            (1, &["2001:db8::1"], "2001:db8::1"),
            (1, &["[2001:db8::1]:1234"], "2001:db8::1"),
        ] {
            let peer = ConnectInfo(SocketAddr::from(([198, 51, 100, 9], 5)));
            let mut request = Request::builder().extension(peer);
            for line in forwarded {
                request = request.header(FORWARDED_FOR, *line);
            }
            let (head, ()) = request.body(()).unwrap().into_parts();
            assert_eq!(of(&head, proxies), expected.parse::<IpAddr>().unwrap(), "{proxies} {forwarded:?}");
        }
    }
}

//! Which media type a client gets, and which it may send.

use axum::http::{HeaderMap, header};

/// A media type of GraphQL over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/graphql-response+json`: the status code tells whether there is `data`.
    GraphqlResponse,
    /// `application/json`: a well-formed request is answered 200, whatever came of it.
    Json,
}

impl MediaType {
    /// The value of `Content-Type`.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// What to answer with (RFC 9110 section 12.5.1); `None` if the client accepts neither type.
///
/// JSON for clients that do not say, because they are older than the other type; the other type for those that name both
/// alike, because it says more.
pub(super) fn negotiate(headers: &HeaderMap) -> Option<MediaType> {
    if !headers.contains_key(header::ACCEPT) {
        return Some(MediaType::Json);
    }
    let values = headers.get_all(header::ACCEPT).iter().map(|value| value.to_str().unwrap_or_default());
    let ranges: Vec<_> = values.flat_map(|value| value.split(',')).filter_map(Range::parse).collect();
    let preference = |subtype| {
        let matching = ranges.iter().filter_map(|range| Some((range.precision(subtype)?, range.quality)));
        matching.max_by_key(|(precision, _)| *precision)
    };
    let (response, json) = (preference("graphql-response+json"), preference("json"));
    let acceptable = |preference: Option<(u8, u16)>| preference.filter(|(_, quality)| *quality > 0);
    match (acceptable(response), acceptable(json)) {
        (None, None) => None,
        (Some(_), None) => Some(MediaType::GraphqlResponse),
        (None, Some(_)) => Some(MediaType::Json),
        (Some((named, response)), Some((_, json))) if response > json || (response == json && named == EXACT) => {
            Some(MediaType::GraphqlResponse)
        }
        _ => Some(MediaType::Json),
    }
}

/// Whether the client accepts events, and says so by their name: whoever accepts anything does not expect a stream.
pub(super) fn accepts_events(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT).iter().map(|value| value.to_str().unwrap_or_default());
    values
        .flat_map(|value| value.split(','))
        .filter_map(Range::parse)
        .any(|range| range.quality > 0 && range.kind.eq_ignore_ascii_case("text") && range.subtype.eq_ignore_ascii_case("event-stream"))
}

const EXACT: u8 = 2;

/// One range of an `Accept` header.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// Thousandths.
    quality: u16,
}

impl<'a> Range<'a> {
    /// `None` for what is malformed, or demands an encoding other than UTF-8.
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let mut quality = 1_000;
        for part in parts {
            let (name, value) = part.split_once('=')?;
            if name.eq_ignore_ascii_case("q") {
                quality = thousandths(value)?;
            } else if name.eq_ignore_ascii_case("charset") && !is_utf8(value) {
                return None;
            }
        }
        Some(Self { kind, subtype, quality })
    }

    /// How closely the range names `application/{subtype}`, if it covers it.
    fn precision(&self, subtype: &str) -> Option<u8> {
        match (self.kind, self.subtype) {
            ("*", "*") => Some(0),
            (kind, "*") if kind.eq_ignore_ascii_case("application") => Some(1),
            (kind, own) if kind.eq_ignore_ascii_case("application") && own.eq_ignore_ascii_case(subtype) => Some(EXACT),
            _ => None,
        }
    }
}

/// A quality value: 0 to 1 with at most three decimals.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1_000),
        _ => None,
    }
}

fn is_utf8(charset: &str) -> bool {
    let charset = charset.trim_matches('"');
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// Whether the body is declared as JSON in UTF-8. Nothing else is read: a form or plain text could be sent by any page of the
/// web without asking first (CSRF).
pub(super) fn sends_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let mut parts = value.to_str().unwrap_or_default().split(';').map(str::trim);
    let json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    json && parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) => !name.eq_ignore_ascii_case("charset") || is_utf8(value),
        None => parameter.is_empty(),
    })
}

/// Whether the body is sent as it is. A compressed one is refused: its length says nothing about what it unfolds to.
pub(super) fn sends_plain(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    codings.all(|value| value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(name: HeaderName, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn accept_decides_the_media_type() {
        use MediaType::{GraphqlResponse, Json};
        for (accept, expected) in [
            (&[][..], Some(Json)),
            (&["*/*"], Some(Json)),
            (&["application/*"], Some(Json)),
            (&["application/json"], Some(Json)),
            (&["APPLICATION/JSON"], Some(Json)),
            (&["application/graphql-response+json"], Some(GraphqlResponse)),
            (&["application/graphql-response+json, application/json"], Some(GraphqlResponse)),
            (&["application/json, application/graphql-response+json"], Some(GraphqlResponse)),
            (&["application/json", "application/graphql-response+json"], Some(GraphqlResponse)),
            (&["application/graphql-response+json;q=0.8, application/json;q=0.9"], Some(Json)),
            (&["application/graphql-response+json;q=0.9, application/json;q=0.899"], Some(GraphqlResponse)),
            (&["application/graphql-response+json; charset=utf-8, application/json; charset=utf-8"], Some(GraphqlResponse)),
            (&["application/graphql-response+json; charset=latin1, application/json"], Some(Json)),
            (&["application/graphql-response+json, */*;q=0.1"], Some(GraphqlResponse)),
            (&["application/graphql-response+json;q=0.5, */*"], Some(Json)),
            (&["application/json;q=0, */*"], Some(GraphqlResponse)),
            (&["application/json;q=0"], None),
            (&["text/html, application/xhtml+xml, */*;q=0.8"], Some(Json)),
            (&["text/html"], None),
            (&["application/json;q=2"], None),
            (&["application/json;q=0.1234"], None),
            (&["nonsense"], None),
        ] {
            assert_eq!(negotiate(&headers(header::ACCEPT, accept)), expected, "{accept:?}");
        }
    }

    #[test]
    fn only_json_in_utf8_is_read() {
        for (content_type, expected) in [
            (&["application/json"][..], true),
            (&["Application/JSON; Charset=UTF-8"], true),
            (&["application/json; charset=\"utf-8\""], true),
            (&["application/json;"], true),
            (&["application/json; profile=x"], true),
            (&["application/json; charset=utf-16"], false),
            (&["application/json; charset"], false),
            (&["application/json, text/plain"], false),
            (&["application/json", "text/plain"], false),
            (&["application/graphql-response+json"], false),
            (&["application/graphql"], false),
            (&["text/plain"], false),
            (&["text/plain; application/json"], false),
            (&["application/x-www-form-urlencoded"], false),
            (&["multipart/form-data; boundary=x"], false),
            (&[], false),
        ] {
            assert_eq!(sends_json(&headers(header::CONTENT_TYPE, content_type)), expected, "{content_type:?}");
        }
    }

    #[test]
    fn events_are_sent_to_those_who_name_them() {
        for (accept, expected) in [
            (&["text/event-stream"][..], true),
            (&["Text/Event-Stream; charset=utf-8"], true),
            (&["application/json, text/event-stream;q=0.1"], true),
            (&["application/json", "text/event-stream"], true),
            (&["text/event-stream;q=0"], false),
            (&["text/event-stream;charset=latin1"], false),
            (&["text/*"], false),
            (&["*/*"], false),
            (&["application/event-stream"], false),
            (&[], false),
        ] {
            assert_eq!(accepts_events(&headers(header::ACCEPT, accept)), expected, "{accept:?}");
        }
    }

    #[test]
    fn only_a_plain_body_is_read() {
        for (coding, expected) in [(&[][..], true), (&["identity"], true), (&["gzip"], false), (&["identity", "br"], false)] {
            assert_eq!(sends_plain(&headers(header::CONTENT_ENCODING, coding)), expected, "{coding:?}");
        }
    }
}

//! The explorer: a page of our own to try documents and read the schema. Everything it loads is embedded, so that it works
//! without internet access and under a content-security policy that allows nothing else.

use axum::{
    Json, Router,
    http::{HeaderValue, header},
    response::IntoResponse,
    routing::get,
};
use serde::Serialize;
use tower_http::set_header::SetResponseHeaderLayer;

const PAGE: &str = include_str!("explorer/index.html");
const STYLE: &str = include_str!("explorer/explorer.css");
const SCRIPT: &str = include_str!("explorer/explorer.js");
const ICON: &str = include_str!("explorer/icon.svg");
const DOCS_SCRIPT: &str = include_str!("explorer/docs.js");

/// The documents of `examples/queries`, in the order in which the page offers them.
const EXAMPLES: &[(&str, &str)] = &[
    ("me", include_str!("../../examples/queries/me.graphql")),
    ("executive-view", include_str!("../../examples/queries/executive-view.graphql")),
    ("funnel-by-channel", include_str!("../../examples/queries/funnel-by-channel.graphql")),
    ("funnel-trend", include_str!("../../examples/queries/funnel-trend.graphql")),
    ("funnel-rows", include_str!("../../examples/queries/funnel-rows.graphql")),
    ("cost-per-close", include_str!("../../examples/queries/cost-per-close.graphql")),
    ("cost-per-close-by-tactic", include_str!("../../examples/queries/cost-per-close-by-tactic.graphql")),
    ("cost-per-close-trend", include_str!("../../examples/queries/cost-per-close-trend.graphql")),
    ("cost-per-close-rows", include_str!("../../examples/queries/cost-per-close-rows.graphql")),
    ("resource-scoreboard", include_str!("../../examples/queries/resource-scoreboard.graphql")),
    ("compare-models", include_str!("../../examples/queries/compare-models.graphql")),
    ("unit-economics", include_str!("../../examples/queries/unit-economics.graphql")),
    ("investment-review", include_str!("../../examples/queries/investment-review.graphql")),
    ("no-decision", include_str!("../../examples/queries/no-decision.graphql")),
    ("rep-free-share", include_str!("../../examples/queries/rep-free-share.graphql")),
    ("icp-fit", include_str!("../../examples/queries/icp-fit.graphql")),
    ("service-agreements", include_str!("../../examples/queries/service-agreements.graphql")),
    ("overdue-clocks", include_str!("../../examples/queries/overdue-clocks.graphql")),
    ("goals", include_str!("../../examples/queries/goals.graphql")),
    ("scorecard", include_str!("../../examples/queries/scorecard.graphql")),
    ("insights", include_str!("../../examples/queries/insights.graphql")),
    ("recent-closes", include_str!("../../examples/queries/recent-closes.graphql")),
    ("teams-and-members", include_str!("../../examples/queries/teams-and-members.graphql")),
    ("metric-by-key", include_str!("../../examples/queries/metric-by-key.graphql")),
    ("metric-definitions", include_str!("../../examples/queries/metric-definitions.graphql")),
];

/// A document the page offers.
#[derive(Serialize)]
struct Example {
    name: &'static str,
    /// The first line, if it is a comment.
    title: &'static str,
    document: &'static str,
}

fn examples() -> impl Iterator<Item = Example> {
    EXAMPLES.iter().map(|&(name, document)| {
        let comment = document.lines().next().and_then(|line| line.strip_prefix('#'));
        Example { name, title: comment.map_or(name, str::trim), document }
    })
}

/// `GET /` and what the page loads.
pub(super) fn routes() -> Router {
    let file = |kind: &'static str, content: &'static str| get(async move || ([(header::CONTENT_TYPE, kind)], content));
    Router::new()
        .route("/", file("text/html; charset=utf-8", PAGE))
        .route("/explorer/explorer.css", file("text/css; charset=utf-8", STYLE))
        .route("/explorer/icon.svg", file("image/svg+xml", ICON))
        .route("/explorer/explorer.js", file("text/javascript; charset=utf-8", SCRIPT))
        .route("/explorer/docs.js", file("text/javascript; charset=utf-8", DOCS_SCRIPT))
        .route("/explorer/examples.json", get(async || Json(examples().collect::<Vec<_>>()).into_response()))
        // a new version of the server brings a new page
        .layer(SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-cache")))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use async_graphql::Variables;

    use super::*;
    use crate::graphql::guard::{Limits, admit};

    #[test]
    fn every_file_of_the_folder_is_offered() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/queries");
        let files: BTreeSet<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        let offered: BTreeSet<_> = EXAMPLES.iter().map(|(name, _)| format!("{name}.graphql")).collect();
        assert_eq!(offered, files);
        assert_eq!(offered.len(), EXAMPLES.len());
    }

    #[test]
    fn every_example_has_a_title_and_passes_the_guard() {
        for example in examples() {
            assert_ne!(example.title, example.name, "{} begins with a comment that says what it shows", example.name);
            admit(example.document, &Variables::default(), &Limits::default()).unwrap();
        }
    }

    #[test]
    fn the_page_needs_nothing_that_its_policy_forbids() {
        for forbidden in ["<style", " style=", "<script>", "javascript:", " onclick", " onload", "http://", "https://"] {
            assert!(!PAGE.contains(forbidden), "{forbidden}");
        }
        for script in [SCRIPT, DOCS_SCRIPT] {
            for forbidden in
                ["eval(", "Function(", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "localStorage", "http"]
            {
                assert!(!script.contains(forbidden), "{forbidden}");
            }
        }
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    }

    #[test]
    fn the_page_loads_only_files_that_are_served() {
        for loaded in
            PAGE.split(['"', ' ']).chain(DOCS_SCRIPT.split('"')).chain(SCRIPT.split('"')).filter(|text| text.starts_with("/explorer/"))
        {
            let served = ["explorer.css", "icon.svg", "explorer.js", "docs.js", "examples.json"];
            assert!(served.contains(&loaded.trim_start_matches("/explorer/")), "{loaded}");
        }
    }
}

//! Integration tests: the real router, a real database, on both engines. One binary, so it links once.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a test fails by panicking and has no outside"
)]

mod support;

mod migrations;
mod organization;

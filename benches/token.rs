//! What it costs to know whose token it is: the signature and every claim of an access token. The target is 100 µs.
//!
//!     cargo bench --bench token
#![expect(clippy::expect_used, reason = "a bench that cannot run should say so and end")]

use criterion::{Criterion, criterion_group, criterion_main};
use ed25519_dalek::SigningKey;
use entity::ids::{MemberId, OrganizationId, SignInId, TypedId};
use entity::time::Timestamp;
use tandem::auth::token::{Claims, Keys};
use uuid::Uuid;

fn verify(criterion: &mut Criterion) {
    let now = Timestamp::from_micros(1_780_315_200_000_000);
    let keys = Keys::new(&SigningKey::from_bytes(&[7; 32]), "tandem", "tandem").expect("keys");
    let id = Uuid::from_u128;
    let sign_in = SignInId::from_uuid(id(3));
    let claims = Claims::of_member(OrganizationId::from_uuid(id(1)), MemberId::from_uuid(id(2)), Some(sign_in));
    let token = keys.sign(claims, now, 900, "1".to_owned()).expect("a token");
    criterion.bench_function("verify an access token", |bencher| bencher.iter(|| keys.verify(&token, now)));
}

criterion_group!(benches, verify);
criterion_main!(benches);

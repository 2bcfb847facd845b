//! Use cases of signing in.

mod external;
mod password;
mod refresh;
mod refusal;
mod sign_in;
mod sign_out;
mod throttle;
mod ticket;
mod tokens;

pub use external::external_member;
pub use password::{ChangePassword, change_password};
pub use refresh::refresh_session;
pub use refusal::tell_client_refused;
pub use sign_in::{Credentials, sign_in};
pub use sign_out::{member_changed, sign_out, sign_out_everywhere};
pub use throttle::Tried;
pub use ticket::{RequestReset, accept_invitation, invite, issue_invitation, issue_reset, request_reset, reset_password};
pub use tokens::{SignedIn, door_of_refresh_token, door_of_ticket};

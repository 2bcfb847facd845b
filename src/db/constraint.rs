//! From what the database refuses to what the caller may hear.
//!
//! Constraints have names. PostgreSQL reports the name; SQLite reports a check's name but a unique constraint's
//! columns, so both are listed here.

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};

use crate::error::{Error, ProblemCode};

/// A unique constraint that a caller can run into: its name, its columns as SQLite tells them, and what to say.
struct Unique {
    name: &'static str,
    columns: &'static str,
    field: &'static str,
    code: ProblemCode,
    message: &'static str,
}

const UNIQUES: &[Unique] = &[
    Unique {
        name: "uq_team_name",
        columns: "team.organization_id, team.name",
        field: "name",
        code: ProblemCode::Taken,
        message: "another team has this name",
    },
    Unique {
        name: "uq_member_email",
        columns: "member.organization_id, member.email",
        field: "email",
        code: ProblemCode::Taken,
        message: "another member has this address",
    },
    Unique {
        name: "uq_custom_role_name",
        columns: "custom_role.organization_id, custom_role.name",
        field: "name",
        code: ProblemCode::Taken,
        message: "another role has this name",
    },
    Unique {
        name: "uq_api_client_name",
        columns: "api_client.organization_id, api_client.name",
        field: "name",
        code: ProblemCode::Taken,
        message: "another API client has this name",
    },
    Unique {
        name: "uq_tactic_name",
        columns: "tactic.organization_id, tactic.name",
        field: "name",
        code: ProblemCode::Taken,
        message: "another tactic has this name",
    },
    Unique {
        name: "uq_segment_name",
        columns: "segment.organization_id, segment.name",
        field: "name",
        code: ProblemCode::Taken,
        message: "another segment has this name",
    },
    Unique {
        name: "uq_business_calendar_name",
        columns: "business_calendar.organization_id, business_calendar.name",
        field: "name",
        code: ProblemCode::Taken,
        message: "another calendar has this name",
    },
    Unique {
        name: "uq_service_agreement_name",
        columns: "service_agreement.organization_id, service_agreement.name",
        field: "name",
        code: ProblemCode::Taken,
        message: "another agreement has this name",
    },
    Unique {
        name: "uq_credit_batch_reverses",
        columns: "credit_batch.organization_id, credit_batch.reverses_id",
        field: "batchId",
        code: ProblemCode::AlreadyReversed,
        message: "it was undone already",
    },
];

/// What triggers refuse that a caller can run into, though it is checked before writing: their name, and what to say.
/// SQLite tells the name as the message. Whatever else they refuse is an error of ours.
fn of_ledger(name: &str) -> Option<Error> {
    match name {
        "ck_credit_batch_balance" => {
            Some(Error::invalid("basisPoints", ProblemCode::CreditOverdraw, "a resource would hold less than nothing"))
        }
        "ck_credit_batch_sequence" => Some(Error::Conflict("another change came first; try again")),
        _ => None,
    }
}

/// What a failure of the database means to the caller.
pub(super) fn from_database(error: DbErr) -> Error {
    match &error {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => return Error::Timeout,
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
            if let sqlx::Error::Database(refusal) = cause.as_ref()
                && let Some(known) = known_refusal(refusal.as_ref())
            {
                return known;
            }
        }
        _ => {}
    }
    Error::internal(error)
}

fn known_refusal(refusal: &dyn sqlx::error::DatabaseError) -> Option<Error> {
    if refusal.is_unique_violation() {
        let named = refusal.constraint();
        let unique = UNIQUES.iter().find(|unique| named == Some(unique.name) || refusal.message().ends_with(unique.columns));
        return Some(match unique {
            Some(unique) => Error::invalid(unique.field, unique.code, unique.message),
            // Every other unique key is checked before writing, so somebody else was faster.
            None => Error::Conflict("another change came first; try again"),
        });
    }
    if let Some(known) = of_ledger(refusal.constraint().unwrap_or_else(|| refusal.message())) {
        return Some(known);
    }
    match refusal.code()?.as_ref() {
        // PostgreSQL: serialization failure, deadlock, lock not available. SQLite: busy, locked.
        "40001" | "40P01" | "55P03" | "5" | "6" | "261" | "517" => Some(Error::Conflict("another change came first; try again")),
        // PostgreSQL: statement cancelled by its timeout.
        "57014" => Some(Error::Timeout),
        _ => None,
    }
}

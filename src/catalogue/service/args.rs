//! What a metric is told besides its period: narrowed, or asked for in one of several ways.

use std::hash::Hash;

use chrono::NaiveDate;
use entity::ids::{IcpProfileId, MemberId, PipelineId, SegmentId, ServiceAgreementId, TacticId, TeamId};
use entity::kinds::{BlockerKind, Channel, Resource};
use entity::{icp_profile, member, pipeline, segment, service_agreement, tactic, team};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::attribution::service::{ModelName, Pooling};
use crate::costs::service::Matching;
use crate::db::{TenantTx, Visible};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::journey::funnel::service::SubjectKind;
use crate::metrics::cost_per_close::{Basis, Refunds};
use crate::metrics::coverage::Part;
use crate::metrics::definition::{Argument, Definition};
use crate::metrics::dimension::Value;
use crate::metrics::funnel::Order;
use crate::segments::service::FitOf;

macro_rules! args {
    ($($(#[$doc:meta])* $field:ident: $type:ty = $argument:ident, $name:literal;)*) => {
        /// What a metric is told besides its period; what is `None` is not said.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "camelCase")]
        pub struct MetricArgs {
            $($(#[$doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<$type>,)*
        }

        impl MetricArgs {
            /// What is said.
            fn given(&self) -> Vec<Argument> {
                let mut given = Vec::new();
                $(given.extend(self.$field.as_ref().map(|_| Argument::$argument));)*
                given
            }
        }

        /// What the API calls an argument.
        #[must_use]
        pub const fn name(argument: Argument) -> &'static str {
            match argument { $(Argument::$argument => $name,)* }
        }
    };
}

args! {
    /// One resource.
    resource: Resource = Resource, "resource";
    /// One tactic.
    tactic_id: TacticId = Tactic, "tacticId";
    /// One team.
    team_id: TeamId = Team, "teamId";
    /// One channel.
    channel: Channel = Channel, "channel";
    /// One segment.
    segment_id: SegmentId = Segment, "segmentId";
    /// One member.
    owner_id: MemberId = Owner, "ownerId";
    /// Which closes count.
    basis: Basis = Basis, "basis";
    /// When counts what is given back.
    refund_period: Refunds = RefundPeriod, "refundPeriod";
    /// Which closes and costs are held against each other.
    matching: Matching = Matching, "matching";
    /// The day of whose rates all amounts are converted.
    constant_currency_on: NaiveDate = ConstantCurrency, "constantCurrency";
    /// What is left of revenue once what was sold is paid for.
    gross_margin: Decimal = GrossMargin, "grossMargin";
    /// How many days opportunities have.
    mature_after_days: i32 = MatureAfterDays, "matureAfterDays";
    /// A version of a pipeline.
    pipeline_id: PipelineId = Pipeline, "pipelineId";
    /// The key of a stage.
    stage: String = Stage, "stage";
    /// People or accounts.
    subject: SubjectKind = Subject, "subject";
    /// When a stage is reached.
    order: Order = Order, "order";
    /// Microseconds in which it has to be.
    window_micros: i64 = Window, "window";
    /// Whether opportunities count that began in the period, rather than those that ended in it.
    win_rate_of_cohort: bool = WinRateBasis, "winRateBasis";
    /// One kind of blocker.
    blocker: BlockerKind = Blocker, "blocker";
    /// How evidence divides closes.
    model: ModelName = Model, "model";
    /// Whose touches are evidence.
    pooling: Pooling = Pooling, "pooling";
    /// How far back they are.
    lookback_days: i32 = LookbackDays, "lookbackDays";
    /// One agreement.
    agreement_id: ServiceAgreementId = Agreement, "agreementId";
    /// What is looked at.
    of: FitOf = FitOf, "of";
    /// A version of the ideal customer.
    icp_profile_id: IcpProfileId = IcpProfile, "icpProfileId";
    /// How far accounts were reached.
    reached: Part = Reached, "reached";
}

/// Of these one at most: an answer is divided in one way at a time.
const NARROWING: &[Argument] =
    &[Argument::Resource, Argument::Tactic, Argument::Team, Argument::Channel, Argument::Segment, Argument::Owner];

impl MetricArgs {
    /// Goes on where a metric can be asked for like this, as far as its use case does not say so itself.
    ///
    /// # Errors
    /// Problems with the arguments below `field`.
    pub fn check(&self, definition: &Definition, field: &str) -> Result<()> {
        let given = self.given();
        let mut problems = Problems::new();
        let below = |argument: Argument| format!("{field}.{}", name(argument));
        for &argument in given.iter().filter(|argument| definition.arguments().all(|taken| taken != **argument)) {
            problems.push(below(argument), ProblemCode::Invalid, "this metric has no use for it");
        }
        for needed in definition.needs {
            let names: Vec<&str> = needed.iter().copied().map(name).collect();
            match (needed, needed.iter().filter(|needed| given.contains(needed)).count()) {
                (_, 1) => {}
                ([one], _) => problems.push(below(*one), ProblemCode::Required, "this metric needs it"),
                (_, 0) => problems.push(field, ProblemCode::Required, format!("this metric needs one of {}", names.join(", "))),
                _ => problems.push(field, ProblemCode::Invalid, format!("this metric takes one of {}", names.join(", "))),
            }
        }
        let mut narrowing = NARROWING.iter().filter(|argument| given.contains(argument));
        if let (Some(_), Some(second)) = (narrowing.next(), narrowing.next()) {
            problems.push(below(*second), ProblemCode::Invalid, "a metric is narrowed by one thing at a time");
        }
        problems.check()
    }

    /// Goes on where everything is there that is named.
    ///
    /// # Errors
    /// Problems with the arguments below `field`.
    pub async fn known(&self, tx: &TenantTx, field: &str) -> Result<()> {
        let mut problems = Problems::new();
        let mut there = |argument: Argument, is_there: bool| {
            if is_there {
                Ok(())
            } else {
                problems.take(Err(Error::unknown(format!("{field}.{}", name(argument))))).map(|_: Option<()>| ())
            }
        };
        there(Argument::Tactic, is_there::<tactic::Entity>(tx, self.tactic_id).await?)?;
        there(Argument::Team, is_there::<team::Entity>(tx, self.team_id).await?)?;
        there(Argument::Segment, is_there::<segment::Entity>(tx, self.segment_id).await?)?;
        there(Argument::Owner, is_there::<member::Entity>(tx, self.owner_id).await?)?;
        there(Argument::Pipeline, is_there::<pipeline::Entity>(tx, self.pipeline_id).await?)?;
        there(Argument::Agreement, is_there::<service_agreement::Entity>(tx, self.agreement_id).await?)?;
        there(Argument::IcpProfile, is_there::<icp_profile::Entity>(tx, self.icp_profile_id).await?)?;
        problems.check()
    }

    /// What all that is counted has in common.
    #[must_use]
    pub fn value(&self) -> Option<Value> {
        let values = [
            self.resource.map(Value::Resource),
            self.tactic_id.map(Value::Tactic),
            self.team_id.map(Value::Team),
            self.channel.map(Value::Channel),
            self.segment_id.map(Value::Segment),
            self.owner_id.map(Value::Owner),
        ];
        values.into_iter().flatten().next()
    }
}

async fn is_there<E>(tx: &TenantTx, id: Option<E::Id>) -> Result<bool>
where
    E: Visible<Id: Copy + Eq + Hash + Send>,
{
    match id {
        Some(id) => Ok(tx.get::<E>(id).await?.is_some()),
        None => Ok(true),
    }
}

/// Problems of the field of its own that a metric has, under the names that they have here.
#[must_use]
pub fn renamed(error: Error, field: &str) -> Error {
    let Error::Invalid(mut problems) = error else { return error };
    for problem in &mut problems {
        let wanted = match problem.field.as_str() {
            "period" | "asOf" | "grain" => continue,
            of_period if of_period.starts_with("period.") => continue,
            "pipeline" => "pipelineId",
            "profileId" => "icpProfileId",
            stage if stage.starts_with("stages") => "stage",
            segment if segment.starts_with("breakdown") => "segmentId",
            other => other,
        };
        problem.field = format!("{field}.{wanted}");
    }
    Error::Invalid(problems)
}

#[cfg(test)]
mod tests {
    use crate::metrics::definition::{self, ALL};

    use super::*;

    fn problems(definition: &Definition, args: &MetricArgs) -> Vec<String> {
        match args.check(definition, "args") {
            Ok(()) => Vec::new(),
            Err(Error::Invalid(problems)) => problems.into_iter().map(|problem| problem.field).collect(),
            Err(other) => vec![other.for_operator()],
        }
    }

    #[test]
    fn a_metric_refuses_what_it_has_no_use_for() {
        let stage = MetricArgs { stage: Some("QUALIFIED".to_owned()), ..MetricArgs::default() };
        assert_eq!(problems(&definition::CREDITED_CLOSES, &stage), ["args.stage"]);
        assert_eq!(problems(&definition::STAGE_ENTRIES, &stage), [""; 0]);
        assert_eq!(problems(&definition::STAGE_ENTRIES, &MetricArgs::default()), ["args.stage"]);
    }

    #[test]
    fn one_of_several_is_needed_and_two_are_too_many() {
        let budget = |resource, channel| MetricArgs { resource, channel, ..MetricArgs::default() };
        assert_eq!(problems(&definition::ATTRIBUTION, &budget(None, None)), ["args"]);
        assert_eq!(problems(&definition::ATTRIBUTION, &budget(Some(Resource::Sales), None)), [""; 0]);
        assert_eq!(problems(&definition::ATTRIBUTION, &budget(Some(Resource::Sales), Some(Channel::Email))), ["args", "args.channel"]);
        assert_eq!(problems(&definition::CREDITED_CLOSES, &budget(Some(Resource::Sales), Some(Channel::Email))), ["args.channel"]);
    }

    #[test]
    fn what_is_kept_is_read_back_and_nothing_else_is() {
        let args = MetricArgs {
            resource: Some(Resource::Product),
            matching: Some(Matching::Lagged { days: 30 }),
            gross_margin: Some(Decimal::new(80, 2)),
            win_rate_of_cohort: Some(true),
            ..MetricArgs::default()
        };
        let kept = serde_json::to_string(&args).unwrap();
        insta::assert_snapshot!(kept, @r#"{"resource":"PRODUCT","matching":{"LAGGED":{"days":30}},"grossMargin":"0.80","winRateOfCohort":true}"#);
        assert_eq!(serde_json::from_str::<MetricArgs>(&kept).unwrap(), args);
        assert_eq!(serde_json::to_string(&MetricArgs::default()).unwrap(), "{}");
        assert!(serde_json::from_str::<MetricArgs>(r#"{"colour":"RED"}"#).is_err());
    }

    #[test]
    fn every_metric_can_be_asked_for() {
        for definition in ALL {
            let mut names: Vec<&str> = definition.arguments().map(name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), definition.arguments().count(), "{}", definition.key);
        }
    }
}

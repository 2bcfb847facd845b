//! Whether what is done is aimed at the ideal customer.

use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object, SimpleObject};

use super::WALK_COST;
use super::profile::IcpProfile;
use crate::auth::permission::Reach;
use crate::auth::permission::grant::{BuyerRead, FunnelRead};
use crate::buyers::graphql::Account;
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::Authorize;
use crate::graphql::metric::trend_cost;
use crate::graphql::metric::{Grain, MetricDefinition, MetricUnit, Money, PeriodInput, PeriodOutput, RatioMetric, Visibility};
use crate::graphql::node::parse_optional_id;
use crate::graphql::scalar::{CurrencyCode, DateTime, int};
use crate::input::WantedPeriod;
use crate::metrics::definition::ICP_FIT;
use crate::metrics::fit::{FitSplit, Verdict};
use crate::segments::service::{self, FitLine, FitOf, FitPoint, FitQuestion, FitReport};
use crate::{connections, trends};

/// What is looked at.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::segments::service::FitOf")]
pub enum IcpFitOf {
    /// Touches, by the account of the touch or of its person.
    #[default]
    Touches,
    /// What tactics cost, over whom they touched in the period.
    Spend,
    /// Closes and their value, net of what was given back.
    Closes,
}

/// How an account fits.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::fit::Verdict")]
pub enum IcpVerdict {
    /// It fits, whatever else turns out.
    Fit,
    /// It depends on what is not known.
    Unknown,
    /// It does not fit, whatever else turns out.
    NotFit,
}

/// Asking whether what is done is aimed at the ideal customer.
#[derive(Debug, Default)]
pub struct IcpFitQuery;

#[Object]
impl IcpFitQuery {
    /// Which share of touches, money or closes went to accounts the profile describes. Money and closes are for those who may
    /// read the cost per close.
    async fn icp_fit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about.")] period: PeriodInput,
        #[graphql(desc = "A version of a profile. Default: the newest, where the organization has one profile only.")] profile_id: Option<
            ID,
        >,
        #[graphql(desc = "What is looked at.", default)] of: IcpFitOf,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<IcpFit> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let report = service::icp_fit(&scope, question(&period, None, profile_id.as_ref(), of, as_of)?).await?;
        Ok(IcpFit { report, visibility: scope.reach(), point: 0 })
    }

    /// The fit of each part of a period, each as `icpFit` would answer for that part alone: by what is known of the accounts at
    /// the instant of the question.
    #[graphql(complexity = "trend_cost(&period, grain, child_complexity)")]
    async fn icp_fit_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided.")] grain: Grain,
        #[graphql(desc = "A version of a profile. Default: the newest, where the organization has one profile only.")] profile_id: Option<
            ID,
        >,
        #[graphql(desc = "What is looked at.", default)] of: IcpFitOf,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<IcpFitTrend> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let report = service::icp_fit(&scope, question(&period, Some(grain), profile_id.as_ref(), of, as_of)?).await?;
        let point = |point| IcpFit { report: Arc::clone(&report), visibility: scope.reach(), point };
        let points = (0..report.points().len()).map(point).collect();
        Ok(IcpFitTrend::new(ICP_FIT, (report.period(), grain, report.as_of()), scope.reach(), points))
    }
}

fn question(
    period: &PeriodInput,
    grain: Option<Grain>,
    profile: Option<&ID>,
    of: IcpFitOf,
    as_of: Option<DateTime>,
) -> Result<FitQuestion> {
    Ok(FitQuestion {
        period: WantedPeriod::from(period),
        grain: grain.map(Into::into),
        profile: parse_optional_id(profile, "profileId")?,
        of: of.into(),
        as_of: as_of.map(|as_of| as_of.0),
    })
}

/// Which share went to accounts the profile describes, with everything that explains the numbers.
#[derive(Clone, Debug, Description)]
pub struct IcpFit {
    report: Arc<FitReport>,
    visibility: Reach,
    point: usize,
}

impl IcpFit {
    fn point(&self) -> Result<&FitPoint> {
        self.report.points().get(self.point).ok_or(Error::broken("a point of the report"))
    }
}

#[Object(use_type_description)]
impl IcpFit {
    /// What is computed.
    async fn definition(&self) -> MetricDefinition {
        ICP_FIT.into()
    }

    /// What shares are measured in.
    async fn unit(&self) -> MetricUnit {
        ICP_FIT.unit.into()
    }

    /// The days it is about.
    async fn period(&self) -> Result<PeriodOutput> {
        Ok((&self.point()?.period).into())
    }

    /// As seen at this instant.
    async fn as_of(&self) -> DateTime {
        DateTime(self.report.as_of())
    }

    /// What the ideal customer is like.
    async fn profile(&self) -> IcpProfile {
        self.report.profile().clone().into()
    }

    /// What is looked at.
    async fn of(&self) -> IcpFitOf {
        self.report.of().into()
    }

    /// The currency of everything priced.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.report.currency().to_string())
    }

    /// What fits, what nobody knows of, and what does not fit: they add up to all there was.
    #[graphql(complexity = "3 * child_complexity + 1")]
    async fn parts(&self) -> Result<Vec<IcpFitPart>> {
        let (report, point) = (&self.report, self.point()?);
        let values = match report.of() {
            FitOf::Closes => report.amount_shares(point)?.map(|share| Some(RatioMetric::new(&share, ICP_FIT.unit))),
            FitOf::Touches | FitOf::Spend => [None, None, None],
        };
        let parts = [Verdict::Fit, Verdict::Unknown, Verdict::NotFit].into_iter().zip(report.shares(point)?).zip(values);
        let part = |split: &FitSplit, fit| split.part(fit);
        Ok(parts
            .map(|((fit, share), value_share)| IcpFitPart {
                fit: fit.into(),
                share: RatioMetric::new(&share, ICP_FIT.unit),
                count: counted(report.of(), part(&point.counts, fit)),
                amount: priced(report, part(&point.amounts, fit)),
                value_share,
            })
            .collect())
    }

    /// Cost entries left out, or closes counted at no value, because there is no rate for their currency.
    async fn unpriced(&self) -> Result<i32> {
        Ok(int(self.point()?.unpriced))
    }

    /// SPEND: whether pay was left out that would tell what one person is paid.
    async fn pay_left_out(&self) -> Result<bool> {
        Ok(self.point()?.pay_left_out)
    }

    /// What you could not see.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }

    /// What went to each account that you may see, oldest account first; what went to no account is shown to those who may see
    /// all. To them the rows add up to the parts. Closes are for those who may read closes.
    #[graphql(complexity = "page_cost(first, last, child_complexity).saturating_add(WALK_COST)")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those that fit so.")] fit: Option<IcpVerdict>,
    ) -> Result<IcpFitRowConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let scope = ctx.authorize::<BuyerRead>()?;
        let (rows, visibility) = service::fit_rows(&scope, &self.report, self.point, fit.map(Verdict::from), page).await?;
        Ok(IcpFitRowConnection::new(rows.map(|row| (Arc::clone(&self.report), row)), visibility))
    }
}

/// What is counted: touches or closes.
fn counted(of: FitOf, count: i64) -> Option<i32> {
    (of != FitOf::Spend).then(|| int(count))
}

/// What has a price: money or closes.
fn priced(report: &FitReport, amount_minor: i64) -> Option<Money> {
    (report.of() != FitOf::Touches).then(|| report.money(amount_minor).into())
}

/// What fits, or does not, or of which nobody knows.
#[derive(Clone, Debug, SimpleObject)]
pub struct IcpFitPart {
    /// How it fits.
    fit: IcpVerdict,
    /// Its share of all touches, money or closes.
    share: RatioMetric,
    /// How many touches or closes; null for SPEND.
    count: Option<i32>,
    /// How much money, or the value of the closes; null for TOUCHES.
    amount: Option<Money>,
    /// CLOSES: its share of their value; null for the others.
    value_share: Option<RatioMetric>,
}

trends! {
    /// The fit of each part of a period.
    IcpFitTrend of IcpFit;
}

/// What went to one account.
#[derive(Clone, Debug, Description)]
pub struct IcpFitRow {
    report: Arc<FitReport>,
    row: FitLine,
}

impl From<(Arc<FitReport>, FitLine)> for IcpFitRow {
    fn from((report, row): (Arc<FitReport>, FitLine)) -> Self {
        Self { report, row }
    }
}

connections! {
    IcpFitRowConnection, IcpFitRowEdge, IcpFitRow, "what went to each account", visibility;
}

#[Object(use_type_description)]
impl IcpFitRow {
    /// The account; null for what went to none.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match self.row.account {
            Some(id) => Account::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// How it fits.
    async fn fit(&self) -> IcpVerdict {
        self.row.verdict.into()
    }

    /// The weights of what is known to be so, of 100; null without an account.
    async fn known_score(&self) -> Option<i32> {
        self.row.fit.map(|fit| int(fit.known))
    }

    /// Those, and the weights of what may be so; null without an account.
    async fn possible_score(&self) -> Option<i32> {
        self.row.fit.map(|fit| int(fit.possible))
    }

    /// How many touches or closes; null for SPEND.
    async fn count(&self) -> Option<i32> {
        counted(self.report.of(), self.row.count)
    }

    /// How much money, or the value of the closes; null for TOUCHES.
    async fn amount(&self) -> Option<Money> {
        priced(&self.report, self.row.amount_minor)
    }
}

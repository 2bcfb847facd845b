//! Writing what is divided, what helps, and the deals.

use std::collections::HashMap;

use entity::ids::{AccountId, ContentId, OpportunityId};

use super::{Writer, Written, key, money, recorded, within};
use crate::db::{TenantWrite, only};
use crate::demo::calendar::{END, Week, instant};
use crate::demo::company::CURRENCY;
use crate::demo::deals::{Deal, HELPS, Loss};
use crate::demo::market::{ideal, segments};
use crate::error::{Error, Result};
use crate::journey::service::{CoverContent, NewContent, cover_content, create_content};
use crate::pipeline::service::{
    CloseOpportunity, NewOpportunity, RaiseBlocker, ResolveBlocker, SetBuyingRole, close_opportunity_in, create_opportunity_in,
    raise_blocker_in, resolve_blocker_in, set_buying_role_in,
};
use crate::segments::service::{
    AccountAttributes, DefineIcpProfile, DefineSegment, NewAttribute, define_icp_profile, define_segments_in, record_account_attributes_in,
};

impl Writer<'_> {
    /// What helps buyers to decide.
    pub(super) async fn contents(&self) -> Result<HashMap<&'static str, ContentId>> {
        let mut contents = HashMap::new();
        for help in HELPS {
            let new = NewContent {
                name: help.name.to_owned(),
                kind: help.kind,
                resource: help.resource,
                url: None,
                audience: None,
                owner_id: None,
                external_id: None,
            };
            let made = key(&format!("content {}", help.name));
            let content = create_content(&self.at(instant(0)).authorize()?, new, made.as_deref()).await?;
            let cover = CoverContent {
                content_id: content.id,
                stages: help.stages.iter().map(|&stage| stage.to_owned()).collect(),
                blockers: help.blockers.to_vec(),
                idempotency_key: key(&format!("cover {}", help.name)),
            };
            cover_content(&self.at(instant(0)).authorize()?, &cover).await?;
            contents.insert(help.name, content.id);
        }
        Ok(contents)
    }

    /// What the companies are like and how they are divided.
    pub(super) async fn market(&self, tx: &TenantWrite, accounts: &[AccountId]) -> Result<()> {
        let said = |key: &str, value: String| NewAttribute { key: key.to_owned(), value: Some(value) };
        let attributes = accounts.iter().zip(&self.plan.firms).map(|(&account_id, firm)| AccountAttributes {
            account_id,
            attributes: vec![
                said("EMPLOYEES", firm.employees.to_string()),
                said("COUNTRY", firm.country.to_owned()),
                said("INDUSTRY", firm.industry.to_owned()),
            ],
        });
        let attributes: Vec<AccountAttributes> = attributes.collect();
        recorded(record_account_attributes_in(tx, &self.at(instant(END)).authorize()?, &attributes).await?)?;
        let new = segments().map(|(name, conditions)| DefineSegment {
            name: name.to_owned(),
            conditions: Some(conditions),
            idempotency_key: None,
        });
        recorded(define_segments_in(tx, &self.at(instant(0)).authorize()?, &new).await?).map(drop)
    }

    /// Whom the company would like to have for a customer.
    pub(super) async fn ideal_customer(&self) -> Result<()> {
        let (criteria, threshold) = ideal();
        let new = DefineIcpProfile { key: "IDEAL".to_owned(), threshold, criteria, idempotency_key: key("ideal customer") };
        define_icp_profile(&self.at(instant(0)).authorize()?, &new).await.map(drop)
    }

    /// What happened to deals in a week, but for those that were won.
    pub(super) async fn deals(&self, tx: &TenantWrite, week: Week, written: &mut Written<'_>) -> Result<()> {
        let scope = self.at(week.recorded_at()).authorize()?;
        let plan = &self.plan.deals;
        for (place, deal) in within(&plan.deals, week, |deal| deal.at) {
            let new = written.opportunity(self, place, deal)?;
            let opportunity_id = only(vec![create_opportunity_in(tx, &scope, &new).await?])?.id;
            let part = SetBuyingRole {
                opportunity_id,
                person_id: written.person(deal.buyer).ok_or(Error::broken("every buyer is written"))?,
                role: deal.role,
                stance: deal.stance,
                since: Some(deal.at),
                idempotency_key: None,
            };
            set_buying_role_in(tx, &scope, &part).await?;
            written.opportunities.push(opportunity_id);
        }
        for (_, hindrance) in within(&plan.hindrances, week, |hindrance| hindrance.at) {
            let new = RaiseBlocker {
                opportunity_id: written.opportunity_of(hindrance.deal)?,
                kind: hindrance.kind,
                side: hindrance.side,
                raised_at: Some(hindrance.at),
                note: None,
                idempotency_key: None,
            };
            written.blockers.push(raise_blocker_in(tx, &scope, &new).await?.id);
        }
        for (_, solution) in within(&plan.solutions, week, |solution| solution.at) {
            let content_id = solution.content.and_then(|name| written.contents.get(name)).copied();
            let resolution = solution.content.map_or("talked it over", |_| "went through it together");
            let change = ResolveBlocker {
                blocker_id: written.blockers.get(solution.hindrance).copied().ok_or(Error::broken("what is solved was raised"))?,
                resolved_at: Some(solution.at),
                resolution: resolution.to_owned(),
                content_id,
                idempotency_key: None,
            };
            resolve_blocker_in(tx, &scope, &change).await?;
        }
        for (_, Loss { at, deal, outcome, reason }) in within(&plan.losses, week, |loss| loss.at) {
            let lost = CloseOpportunity {
                opportunity_id: written.opportunity_of(*deal)?,
                outcome: *outcome,
                closed_at: Some(*at),
                reason: (*reason).to_owned(),
                competitor: None,
                idempotency_key: None,
            };
            close_opportunity_in(tx, &scope, &lost).await?;
        }
        Ok(())
    }
}

impl Written<'_> {
    fn opportunity_of(&self, deal: usize) -> Result<OpportunityId> {
        self.opportunities.get(deal).copied().ok_or(Error::broken("a deal begins before anything happens to it"))
    }

    fn opportunity(&self, writer: &Writer<'_>, place: usize, deal: &Deal) -> Result<NewOpportunity> {
        let company = writer.plan.companies.get(deal.company).map_or_else(String::new, |company| company.name.clone());
        Ok(NewOpportunity {
            account_id: self.accounts.get(deal.company).copied().ok_or(Error::broken("every company is written"))?,
            name: format!("{company} {}", place + 1),
            amount: Some(money(deal.amount_minor, CURRENCY)?),
            expected_close_on: None,
            source_resource: Some(deal.source),
            owner_id: deal.company.is_multiple_of(2).then_some(self.seller),
            pipeline_id: None,
            opened_at: Some(deal.at),
            external_id: None,
        })
    }
}

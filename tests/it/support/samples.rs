//! One object of every kind, so that a test can hold the id of each. They are inserted past the rules of the areas.

use std::collections::HashMap;

use entity::business_hours::{Hours, SpecialDays, WeekHours};
use entity::ids::{
    AccountId, ActivityId, BlockerId, BudgetId, BusinessCalendarId, BuyingRoleId, CloseId, ContentId, CostEntryId, CreditBatchId,
    CreditDisputeId, CreditPolicyId, CreditTransferId, FxRateId, IcpProfileId, OpportunityId, PeriodLockId, PersonId, PipelineId,
    RestatementId, SegmentId, ServiceAgreementId, StageEventId, StageId, TacticId, TeamId, TouchId,
};
use entity::kinds::{
    ActivityEventKind, ActivityKind, ActorKind, BatchKind, BlockerKind, BlockerSide, BuyingRoleKind, BuyingStance, Channel, CloseKind,
    ClosePath, ContentKind, CostCategory, CostOwner, Direction, InsightKind, PersonKind, PolicyRule, Resource, Role, SegmentKind,
    StageKind, TouchKind, TransferApproval,
};
use entity::money::CurrencyCode;
use entity::policy_rules::PolicyRules;
use entity::time::Timestamp;
use entity::{
    account, activity, activity_event, agreement_version, blocker, budget, business_calendar, buying_role, calendar_version, close,
    content, cost_entry, credit_batch, credit_dispute, credit_entry, credit_policy, credit_transfer, fx_rate, icp_profile, opportunity,
    period_lock, person, pipeline, restatement, segment, segment_version, service_agreement, stage, stage_event, tactic, target_list_entry,
    team, touch,
};
use tandem::auth::Scope;
use tandem::auth::permission::grant::OrganizationManage;
use tandem::db::TenantWrite;
use tandem::metrics::insight::Subject;
use tandem::roles::service::{DefineRole, Delegate, define_role, delegate};

use super::TestOrganization;
use super::handed::hand_over;
use super::insights::found;
use super::pursued::pursue;

/// The ids by the prefix of their kind.
pub async fn samples(organization: &TestOrganization<'_>) -> HashMap<&'static str, String> {
    let scope: Scope<OrganizationManage> = organization.setup().authorize().unwrap();
    let (organization_id, recorded_at) = (scope.organization_id(), scope.now());
    let (team_id, account_id, person_id, tactic_id): (TeamId, AccountId, PersonId, TacticId) =
        (scope.next_id(), scope.next_id(), scope.next_id(), scope.next_id());
    let (touch_id, pipeline_id, stage_id, event_id): (TouchId, PipelineId, StageId, StageEventId) =
        (scope.next_id(), scope.next_id(), scope.next_id(), scope.next_id());
    let (close_id, policy_id, batch_id, cost_id): (CloseId, CreditPolicyId, CreditBatchId, CostEntryId) =
        (scope.next_id(), scope.next_id(), scope.next_id(), scope.next_id());
    let (opportunity_id, role_id, blocker_id): (OpportunityId, BuyingRoleId, BlockerId) =
        (scope.next_id(), scope.next_id(), scope.next_id());
    let member = organization.member(Role::Marketer).await.member.unwrap();
    let tx = scope.write().await.unwrap();
    let text = |text: &str| text.to_owned();
    tx.insert::<team::Entity>(team::Model {
        organization_id,
        id: team_id,
        name: text("sample"),
        parent_id: None,
        resources: [Resource::Sales].into_iter().collect(),
        recorded_at,
        version: 1,
    })
    .await
    .unwrap();
    tx.insert::<account::Entity>(account::Model {
        organization_id,
        id: account_id,
        name: text("sample"),
        domain: None,
        generated_at: None,
        owner_id: None,
        source: None,
        external_id: None,
        search_key: text("sample"),
        recorded_at,
        version: 1,
    })
    .await
    .unwrap();
    tx.insert::<person::Entity>(person::Model {
        organization_id,
        id: person_id,
        kind: PersonKind::Anonymous,
        name: None,
        email: None,
        account_id: None,
        known_at: None,
        owner_id: None,
        source: None,
        external_id: None,
        search_key: text(""),
        erased_at: None,
        recorded_at,
        version: 1,
    })
    .await
    .unwrap();
    tx.insert::<tactic::Entity>(tactic::Model {
        organization_id,
        id: tactic_id,
        name: text("sample"),
        resource: Resource::Marketing,
        channel: Channel::Email,
        team_id: None,
        starts_on: None,
        ends_on: None,
        owner_id: None,
        source: None,
        external_id: None,
        recorded_at,
        version: 1,
    })
    .await
    .unwrap();
    let content_id: ContentId = scope.next_id();
    tx.insert::<content::Entity>(content::Model {
        organization_id,
        id: content_id,
        name: text("sample"),
        kind: ContentKind::Article,
        resource: Resource::Marketing,
        url: None,
        audience: None,
        owner_id: None,
        retired_at: None,
        source: None,
        external_id: None,
        recorded_at,
        version: 1,
    })
    .await
    .unwrap();
    tx.insert::<touch::Entity>(touch::Model {
        organization_id,
        id: touch_id,
        occurred_at: Timestamp::EPOCH,
        kind: TouchKind::Visit,
        channel: Channel::Web,
        actor_kind: ActorKind::Campaign,
        resource: Resource::Marketing,
        direction: None,
        tactic_id: None,
        content_id: None,
        person_id: Some(person_id),
        account_id: None,
        supersedes_id: None,
        retracted: false,
        source: None,
        external_id: None,
        recorded_at,
    })
    .await
    .unwrap();
    tx.insert::<pipeline::Entity>(pipeline::Model {
        organization_id,
        id: pipeline_id,
        key: text("sample"),
        pipeline_version: 1,
        name: text("sample"),
        recorded_at,
    })
    .await
    .unwrap();
    tx.insert::<stage::Entity>(stage::Model {
        organization_id,
        id: stage_id,
        pipeline_id,
        key: text("KNOWN"),
        position: 0,
        kind: StageKind::Main,
        owner_resource: Resource::Marketing,
    })
    .await
    .unwrap();
    tx.insert::<stage_event::Entity>(stage_event::Model {
        organization_id,
        id: event_id,
        pipeline_id,
        stage_id,
        from_stage_id: None,
        person_id: Some(person_id),
        account_id: None,
        occurred_at: Timestamp::EPOCH,
        backdated: false,
        reason: None,
        recorded_by: None,
        supersedes_id: None,
        retracted: false,
        source: None,
        external_id: None,
        recorded_at,
    })
    .await
    .unwrap();
    tx.insert::<opportunity::Entity>(opportunity::Model {
        organization_id,
        id: opportunity_id,
        account_id,
        name: text("sample"),
        amount_minor: Some(100),
        currency: Some(CurrencyCode::USD),
        expected_close_on: None,
        source_resource: Some(Resource::Sales),
        owner_id: None,
        pipeline_id,
        opened_at: Timestamp::EPOCH,
        source: None,
        external_id: None,
        recorded_at,
        version: 1,
    })
    .await
    .unwrap();
    tx.insert::<buying_role::Entity>(buying_role::Model {
        organization_id,
        id: role_id,
        opportunity_id,
        person_id,
        role: BuyingRoleKind::Champion,
        stance: BuyingStance::Supports,
        since: Timestamp::EPOCH,
        recorded_by: None,
        recorded_at,
    })
    .await
    .unwrap();
    tx.insert::<blocker::Entity>(blocker::Model {
        organization_id,
        id: blocker_id,
        opportunity_id,
        kind: BlockerKind::Budget,
        side: BlockerSide::Buyer,
        raised_at: Timestamp::EPOCH,
        note: None,
        recorded_by: None,
        recorded_at,
    })
    .await
    .unwrap();
    tx.insert::<credit_policy::Entity>(credit_policy::Model {
        organization_id,
        id: policy_id,
        policy_version: 99,
        lookback_days: 90,
        rounding_bp: 100,
        recorded_at,
        rules: PolicyRules::default(),
        transfer_approval: TransferApproval::Donor,
        recorded_by: None,
    })
    .await
    .unwrap();
    tx.insert::<close::Entity>(close::Model {
        organization_id,
        id: close_id,
        account_id,
        person_id: None,
        closed_at: Timestamp::EPOCH,
        amount_minor: 100,
        currency: CurrencyCode::USD,
        path: ClosePath::SelfServe,
        policy_id,
        referrer_id: None,
        recorded_by: None,
        source: None,
        external_id: None,
        recorded_at,
        opportunity_id: Some(opportunity_id),
        kind: CloseKind::New,
        recurring_minor: None,
        reopens_id: None,
    })
    .await
    .unwrap();
    tx.insert::<credit_entry::Entity>(credit_entry::Model {
        organization_id,
        id: scope.next_id(),
        batch_id,
        resource: Resource::Product,
        delta_bp: 10_000,
    })
    .await
    .unwrap();
    tx.insert::<credit_batch::Entity>(credit_batch::Model {
        organization_id,
        id: batch_id,
        close_id,
        sequence: 0,
        kind: BatchKind::Opening,
        rule: Some(PolicyRule::SelfServe),
        reason: text("sample"),
        requested_by: None,
        effective_at: Timestamp::EPOCH,
        recorded_at,
        transfer_id: None,
        reverses_id: None,
        asked_effective_at: None,
    })
    .await
    .unwrap();
    let transfer_id: CreditTransferId = scope.next_id();
    tx.insert::<credit_transfer::Entity>(credit_transfer::Model {
        organization_id,
        id: transfer_id,
        close_id,
        from_resource: Resource::Product,
        to_resource: Resource::Sales,
        basis_points: 100,
        effective_at: Timestamp::EPOCH,
        reason: text("sample"),
        policy_id,
        requested_by: None,
        requested_for: Some(member),
        recorded_at,
    })
    .await
    .unwrap();
    let dispute_id: CreditDisputeId = scope.next_id();
    tx.insert::<credit_dispute::Entity>(credit_dispute::Model {
        organization_id,
        id: dispute_id,
        close_id,
        resource: Resource::Sales,
        reason: text("sample"),
        sales_bp: 10_000,
        marketing_bp: 0,
        product_bp: 0,
        opened_by: None,
        opened_for: Some(member),
        recorded_at,
    })
    .await
    .unwrap();
    let rate_id: FxRateId = scope.next_id();
    tx.insert::<fx_rate::Entity>(fx_rate::Model {
        organization_id,
        id: rate_id,
        base: "CHF".parse().unwrap(),
        quote: CurrencyCode::USD,
        day: "2026-01-01".parse().unwrap(),
        rate_version: 1,
        mantissa: 125,
        scale: 2,
        carried: false,
        publisher: text("sample"),
        recorded_by: None,
        recorded_at,
    })
    .await
    .unwrap();
    tx.insert::<cost_entry::Entity>(cost_entry::Model {
        organization_id,
        id: cost_id,
        owner: CostOwner::Marketing,
        category: CostCategory::Media,
        amount_minor: 100,
        currency: CurrencyCode::USD,
        first_on: chrono::NaiveDate::from_ymd_opt(2026, 5, 1).unwrap(),
        last_on: chrono::NaiveDate::from_ymd_opt(2026, 5, 1).unwrap(),
        tactic_id: None,
        team_id: None,
        channel: None,
        note: None,
        recorded_by: None,
        supersedes_id: None,
        retracted: false,
        source: None,
        external_id: None,
        recorded_at,
        people: None,
        told_by_books: false,
    })
    .await
    .unwrap();
    let budget_id: BudgetId = scope.next_id();
    tx.insert::<budget::Entity>(budget::Model {
        organization_id,
        id: budget_id,
        owner: CostOwner::Marketing,
        tactic_id: None,
        first_on: chrono::NaiveDate::from_ymd_opt(2026, 5, 1).unwrap(),
        last_on: chrono::NaiveDate::from_ymd_opt(2026, 5, 31).unwrap(),
        amount_minor: 100,
        currency: CurrencyCode::USD,
        note: None,
        recorded_by: None,
        supersedes_id: None,
        retracted: false,
        recorded_at,
    })
    .await
    .unwrap();
    // A month nobody writes to.
    let (lock_id, restatement_id): (PeriodLockId, RestatementId) = (scope.next_id(), scope.next_id());
    let month = chrono::NaiveDate::from_ymd_opt(1971, 1, 1).unwrap();
    tx.insert::<period_lock::Entity>(period_lock::Model {
        organization_id,
        id: lock_id,
        month,
        reason: text("sample"),
        recorded_by: None,
        supersedes_id: None,
        retracted: false,
        recorded_at,
    })
    .await
    .unwrap();
    tx.insert::<restatement::Entity>(restatement::Model {
        organization_id,
        id: restatement_id,
        month,
        close_id: Some(close_id),
        movement_id: None,
        batch_id: None,
        cost_entry_id: None,
        rate_id: None,
        rule_id: None,
        reason: text("sample"),
        recorded_by: None,
        recorded_at,
    })
    .await
    .unwrap();
    let (segment_id, profile_id): (SegmentId, IcpProfileId) = (scope.next_id(), scope.next_id());
    tx.insert::<segment::Entity>(segment::Model { organization_id, id: segment_id, name: text("sample"), recorded_at, version: 1 })
        .await
        .unwrap();
    tx.insert::<segment_version::Entity>(segment_version::Model {
        organization_id,
        id: scope.next_id(),
        segment_id,
        number: 1,
        kind: SegmentKind::List,
        filter: None,
        recorded_by: None,
        recorded_at,
    })
    .await
    .unwrap();
    tx.insert::<target_list_entry::Entity>(target_list_entry::Model {
        organization_id,
        id: scope.next_id(),
        segment_id,
        account_id,
        added: true,
        recorded_by: None,
        recorded_at,
    })
    .await
    .unwrap();
    tx.insert::<icp_profile::Entity>(icp_profile::Model {
        organization_id,
        id: profile_id,
        key: text("SAMPLE"),
        profile_version: 1,
        threshold: 50,
        criteria: text(r#"[{"condition":{"key":"REGION","op":"KNOWN","values":[]},"weight":100}]"#),
        recorded_by: None,
        recorded_at,
    })
    .await
    .unwrap();
    let activity_id: ActivityId = scope.next_id();
    tx.insert::<activity::Entity>(activity::Model {
        organization_id,
        id: activity_id,
        kind: ActivityKind::Call,
        subject: text("sample"),
        person_id: Some(person_id),
        account_id: None,
        opportunity_id: None,
        direction: Direction::Outbound,
        follows_id: None,
        source: None,
        external_id: None,
        recorded_by: None,
        recorded_at,
    })
    .await
    .unwrap();
    tx.insert::<activity_event::Entity>(activity_event::Model {
        organization_id,
        id: scope.next_id(),
        activity_id,
        sequence: 0,
        kind: ActivityEventKind::Planned,
        owner_id: member,
        due_at: None,
        outcome: None,
        note: None,
        reason: None,
        touch_id: None,
        occurred_at: recorded_at,
        recorded_by: None,
        recorded_at,
    })
    .await
    .unwrap();
    let (calendar_id, agreement_id) = agreement(&tx, &scope).await;
    let handed = hand_over(&tx, &scope, person_id, member).await;
    let (goal, check_in) = pursue(&tx, &scope).await;
    let insight_id = found(&tx, &scope, (InsightKind::ZeroCloses, Subject::Resource(Resource::Sales)), None).await;
    tx.commit().await.unwrap();
    let (client, secret) = client(organization).await;
    let assistant_id = organization.member(Role::SalesAssistant).await.member.unwrap();
    let role = DefineRole { name: text("sample"), grants: Vec::new(), idempotency_key: None };
    let role = define_role(&scope, &role).await.unwrap().id;
    let delegation = Delegate { assistant_id, principal_id: member, ends_at: None, idempotency_key: None };
    let delegation = delegate(&organization.setup().authorize().unwrap(), &delegation).await.unwrap().id;
    HashMap::from([
        ("rol", role.to_string()),
        ("dlg", delegation.to_string()),
        ("org", organization_id.to_string()),
        ("team", team_id.to_string()),
        ("mem", member.to_string()),
        ("acc", account_id.to_string()),
        ("per", person_id.to_string()),
        ("tac", tactic_id.to_string()),
        ("cnt", content_id.to_string()),
        ("tch", touch_id.to_string()),
        ("pip", pipeline_id.to_string()),
        ("stg", stage_id.to_string()),
        ("evt", event_id.to_string()),
        ("opp", opportunity_id.to_string()),
        ("bro", role_id.to_string()),
        ("blk", blocker_id.to_string()),
        ("act", activity_id.to_string()),
        ("cal", calendar_id.to_string()),
        ("sla", agreement_id.to_string()),
        ("hnd", handed.handoff.to_string()),
        ("clk", handed.clock.to_string()),
        ("clu", handed.clause.to_string()),
        ("fbk", handed.feedback.to_string()),
        ("gol", goal.to_string()),
        ("gci", check_in.to_string()),
        ("ins", insight_id.to_string()),
        ("cls", close_id.to_string()),
        ("bat", batch_id.to_string()),
        ("ctr", transfer_id.to_string()),
        ("dsp", dispute_id.to_string()),
        ("cst", cost_id.to_string()),
        ("bgt", budget_id.to_string()),
        ("fxr", rate_id.to_string()),
        ("plk", lock_id.to_string()),
        ("rst", restatement_id.to_string()),
        ("seg", segment_id.to_string()),
        ("icp", profile_id.to_string()),
        ("cli", client),
        ("csc", secret),
    ])
}

/// A calendar, and an agreement that Marketing drafted with Sales.
async fn agreement(tx: &TenantWrite, scope: &Scope<OrganizationManage>) -> (BusinessCalendarId, ServiceAgreementId) {
    let (organization_id, recorded_at) = (scope.organization_id(), scope.now());
    let (calendar_id, agreement_id): (BusinessCalendarId, ServiceAgreementId) = (scope.next_id(), scope.next_id());
    let name = "sample".to_owned();
    let calendar = business_calendar::Model { organization_id, id: calendar_id, name: name.clone(), recorded_by: None, recorded_at };
    tx.insert::<business_calendar::Entity>(calendar).await.unwrap();
    let version = calendar_version::Model {
        organization_id,
        id: scope.next_id(),
        calendar_id,
        calendar_version: 1,
        time_zone: "Europe/Lisbon".to_owned(),
        week: WeekHours::new([const { Hours::WHOLE_DAY }; 7].map(|hours| vec![hours])).unwrap(),
        special_days: SpecialDays::default(),
        recorded_by: None,
        recorded_at,
    };
    tx.insert::<calendar_version::Entity>(version).await.unwrap();
    let agreement = service_agreement::Model {
        organization_id,
        id: agreement_id,
        name,
        from_resource: Resource::Marketing,
        to_resource: Resource::Sales,
        recorded_by: None,
        recorded_at,
        version: 1,
    };
    tx.insert::<service_agreement::Entity>(agreement).await.unwrap();
    let version = agreement_version::Model {
        organization_id,
        id: scope.next_id(),
        agreement_id,
        agreement_version: 1,
        calendar_id,
        starts_on: recorded_at.to_utc().date_naive(),
        ends_on: None,
        capacity_bp: 12_000,
        counts_over_delivery: false,
        answer_minutes: None,
        answer_days: Some(2),
        recorded_by: None,
        recorded_at,
    };
    tx.insert::<agreement_version::Entity>(version).await.unwrap();
    (calendar_id, agreement_id)
}

/// An API client and its secret.
async fn client(organization: &TestOrganization<'_>) -> (String, String) {
    let admin = organization.member(Role::Admin).await;
    let document = "mutation { createApiClient(input: { name: \"sample\", grants: [{ permission: BUYER_READ, reach: ORGANIZATION }] }) {
        apiClient { id secrets { id } } } }";
    let made = admin.gql(document, serde_json::json!({})).await;
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    (text(&made["createApiClient"]["apiClient"]["id"]), text(&made["createApiClient"]["apiClient"]["secrets"][0]["id"]))
}

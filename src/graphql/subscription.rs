//! The root of subscriptions.
//!
//! Its fields are resolved as those of queries are, so that no wall knows the difference. The library would have each of them be a
//! stream; what is a stream here is the subscription as a whole, whose document is executed anew for each event. See
//! [`crate::events::graphql`].

use std::borrow::Cow;
use std::pin::Pin;

use async_graphql::extensions::ResolveInfo;
use async_graphql::indexmap::IndexMap;
use async_graphql::registry::{MetaType, Registry};
use async_graphql::resolver_utils::ContainerType;
use async_graphql::{Context, MergedObject, OutputType, Response, ServerError, ServerResult, SubscriptionType, Value};
use futures_util::stream::{self, Stream};

/// Everything that can be heard of as it happens.
#[derive(MergedObject, Debug, Default)]
pub struct Subscription(
    crate::credit::graphql::CreditSubscription,
    crate::agreements::handoffs::graphql::HandoffSubscription,
    crate::feedback::graphql::FeedbackSubscription,
    crate::insights::graphql::InsightSubscription,
    crate::goals::graphql::GoalSubscription,
    crate::economics::graphql::ScoreboardSubscription,
    crate::journey::funnel::graphql::FunnelSubscription,
);

impl SubscriptionType for Subscription {
    fn type_name() -> Cow<'static, str> {
        <Self as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let name = <Self as OutputType>::create_type_info(registry);
        if let Some(MetaType::Object { is_subscription, .. }) = registry.types.get_mut(&*<Self as OutputType>::type_name()) {
            *is_subscription = true;
        }
        name
    }

    fn create_field_stream<'a>(&'a self, ctx: &'a Context<'_>) -> Option<Pin<Box<dyn Stream<Item = Response> + Send + 'a>>> {
        Some(Box::pin(stream::once(self.execute(ctx))))
    }
}

impl Subscription {
    /// Executes the one field of a subscription, once.
    async fn execute(&self, ctx: &Context<'_>) -> Response {
        let env = ctx.query_env;
        let once = |_| async move {
            let mut response = match self.resolved(ctx).await {
                Ok(value) => {
                    let key = ctx.item.node.response_key().node.clone();
                    Response::new(Value::Object(IndexMap::from([(key, value.unwrap_or_default())])))
                }
                Err(error) => Response::from_errors(vec![error]),
            };
            if let Ok(mut errors) = env.errors.lock() {
                response.errors.append(&mut errors);
            }
            response
        };
        env.extensions.execute(env.operation_name.as_deref(), once).await
    }

    async fn resolved(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let field = &ctx.item.node;
        let parent_type = <Self as OutputType>::type_name();
        let meta = ctx.schema_env.registry.types.get(&*parent_type).and_then(|meta| meta.field_by_name(&field.name.node));
        let (Some(meta), Some(path_node)) = (meta, &ctx.path_node) else {
            return Err(ServerError::new("there is no such field", Some(ctx.item.pos)));
        };
        let info = ResolveInfo {
            path_node,
            parent_type: &parent_type,
            return_type: &meta.ty,
            name: &field.name.node,
            alias: field.alias.as_ref().map(|alias| alias.node.as_str()),
            is_for_introspection: false,
            field,
        };
        let mut resolved = Box::pin(self.resolve_field(ctx));
        ctx.query_env.extensions.resolve(info, &mut resolved).await
    }
}

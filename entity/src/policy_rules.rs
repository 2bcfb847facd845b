//! The order in which a credit policy asks its rules, stored as their names joined by commas.

use std::fmt;
use std::str::FromStr;

use sea_orm::DeriveValueType;

use crate::kinds::PolicyRule;

/// Every rule once, the one that is left when no other decides at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, DeriveValueType)]
#[sea_orm(value_type = "String")]
pub struct PolicyRules([PolicyRule; 5]);

/// What is wrong with an order of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyRulesError {
    /// A text names something that is no rule.
    Unknown,
    /// A rule is named twice.
    Twice(PolicyRule),
    /// A rule is not named.
    Missing(PolicyRule),
    /// Another rule is the last one.
    Last(PolicyRule),
}

impl fmt::Display for PolicyRulesError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => formatter.write_str("unknown rule"),
            Self::Twice(rule) => write!(formatter, "{} is named twice", rule.name()),
            Self::Missing(rule) => write!(formatter, "{} is not named", rule.name()),
            Self::Last(rule) => {
                write!(formatter, "{} cannot be the last one: {} is", rule.name(), PolicyRule::SourceResource.name())
            }
        }
    }
}

impl std::error::Error for PolicyRulesError {}

impl PolicyRules {
    /// The rules in an order.
    ///
    /// # Errors
    /// [`PolicyRulesError`] unless each is named once, and the source of the deal is asked for last.
    pub fn new(rules: &[PolicyRule]) -> Result<Self, PolicyRulesError> {
        let times = |rule: PolicyRule| rules.iter().filter(|named| **named == rule).count();
        if let Some(rule) = PolicyRule::ALL.iter().copied().find(|rule| times(*rule) > 1) {
            return Err(PolicyRulesError::Twice(rule));
        }
        // What was reopened is settled before any rule is asked.
        if times(PolicyRule::Reopened) > 0 {
            return Err(PolicyRulesError::Unknown);
        }
        if let Some(rule) = Self::default().0.into_iter().find(|rule| times(*rule) == 0) {
            return Err(PolicyRulesError::Missing(rule));
        }
        match <[PolicyRule; 5]>::try_from(rules) {
            Ok(rules @ [.., PolicyRule::SourceResource]) => Ok(Self(rules)),
            Ok([.., last]) => Err(PolicyRulesError::Last(last)),
            // Each of the five is there once.
            Err(_) => Err(PolicyRulesError::Unknown),
        }
    }

    /// The rules, in their order.
    #[must_use]
    pub const fn as_slice(&self) -> &[PolicyRule] {
        &self.0
    }
}

impl Default for PolicyRules {
    fn default() -> Self {
        use PolicyRule::{Evidence, ReferralClaim, SelfServe, SignedSplit, SourceResource};
        Self([ReferralClaim, SignedSplit, SelfServe, Evidence, SourceResource])
    }
}

impl fmt::Display for PolicyRules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, rule) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(formatter, "{comma}{}", rule.name())?;
        }
        Ok(())
    }
}

impl FromStr for PolicyRules {
    type Err = PolicyRulesError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rules: Vec<PolicyRule> =
            text.split(',').map(|name| PolicyRule::from_name(name).ok_or(PolicyRulesError::Unknown)).collect::<Result<_, _>>()?;
        Self::new(&rules)
    }
}

#[cfg(test)]
mod tests {
    use PolicyRule::{Evidence, ReferralClaim, SelfServe, SignedSplit, SourceResource};

    use super::*;

    #[test]
    fn text_keeps_the_order() {
        let default = "REFERRAL_CLAIM,SIGNED_SPLIT,SELF_SERVE,EVIDENCE,SOURCE_RESOURCE";
        assert_eq!(PolicyRules::default().to_string(), default);
        assert_eq!(default.parse(), Ok(PolicyRules::default()));
        // A close that is won again is no matter of the policy.
        let asked: Vec<PolicyRule> = PolicyRule::ALL.iter().copied().filter(|rule| *rule != PolicyRule::Reopened).collect();
        assert_eq!(PolicyRules::default().as_slice(), asked);
        let other = PolicyRules::new(&[Evidence, SelfServe, SignedSplit, ReferralClaim, SourceResource]).unwrap();
        assert_eq!(other.to_string().parse(), Ok(other));
        assert_ne!(other, PolicyRules::default());
    }

    #[test]
    fn each_rule_stands_once_and_the_source_last() {
        for (rules, error) in [
            (vec![], PolicyRulesError::Missing(ReferralClaim)),
            (vec![ReferralClaim, SignedSplit, SelfServe, Evidence], PolicyRulesError::Missing(SourceResource)),
            (vec![ReferralClaim, ReferralClaim, SelfServe, Evidence, SourceResource], PolicyRulesError::Twice(ReferralClaim)),
            (
                vec![ReferralClaim, SignedSplit, SelfServe, Evidence, SourceResource, SourceResource],
                PolicyRulesError::Twice(SourceResource),
            ),
            (vec![ReferralClaim, SignedSplit, SelfServe, SourceResource, Evidence], PolicyRulesError::Last(Evidence)),
        ] {
            assert_eq!(PolicyRules::new(&rules), Err(error));
        }
        assert_eq!("REFERRAL".parse::<PolicyRules>(), Err(PolicyRulesError::Unknown));
    }
}

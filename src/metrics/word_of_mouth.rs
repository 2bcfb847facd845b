//! How much is won because people talk, and how much by that alone.
//!
//! - *Word of mouth* is behind a close with a touch by which somebody who is not paid for it told of us: a member of the
//!   community, a peer or an influencer who acted; or a recommendation, word of mouth or the community as the channel, unless a
//!   campaign, a seller or a partner acted there.
//! - *Community alone*: word of mouth is behind it, nobody of SALES or MARKETING touched the buyer, and they bought by themselves.
//!
//! Both over all closes. What a buyer says themselves counts as what was observed does.

use entity::kinds::{ActorKind, Channel, ClosePath, Resource};

use super::ratio::{NullReason, Ratio, TooLarge};

/// Decimal places of a share.
const PLACES: u32 = 4;

/// A touch, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TouchFact {
    /// Whose it was.
    pub resource: Resource,
    /// Where it happened.
    pub channel: Channel,
    /// Who acted.
    pub actor: ActorKind,
}

impl TouchFact {
    /// Whether somebody told of us who is not paid for it.
    #[must_use]
    pub const fn is_word_of_mouth(self) -> bool {
        match self.actor {
            ActorKind::CommunityMember | ActorKind::Peer | ActorKind::Influencer => true,
            // A campaign or a seller in the community is paid for it, and so is a partner who refers.
            ActorKind::Campaign | ActorKind::Seller | ActorKind::Partner => false,
            _ => matches!(self.channel, Channel::Referral | Channel::WordOfMouth | Channel::Community),
        }
    }
}

/// What is behind one close.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Behind {
    /// Word of mouth.
    pub word_of_mouth: bool,
    /// That alone.
    pub community_alone: bool,
}

impl Behind {
    /// What is behind a close won on a path, with these touches within the lookback.
    pub fn of(path: ClosePath, touches: impl Iterator<Item = TouchFact>) -> Self {
        let (mut word_of_mouth, mut others) = (false, false);
        for touch in touches {
            word_of_mouth |= touch.is_word_of_mouth();
            others |= touch.resource != Resource::Product;
        }
        Self { word_of_mouth, community_alone: word_of_mouth && !others && path == ClosePath::SelfServe }
    }
}

/// Closes taken together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WordOfMouth {
    /// All of them.
    pub closes: u64,
    /// Those with word of mouth behind them.
    pub word_of_mouth: u64,
    /// Those with that alone.
    pub community_alone: u64,
}

impl WordOfMouth {
    /// Counts closes.
    pub fn of(closes: impl Iterator<Item = Behind>) -> Self {
        closes.fold(Self::default(), |sum, close| Self {
            closes: sum.closes + 1,
            word_of_mouth: sum.word_of_mouth + u64::from(close.word_of_mouth),
            community_alone: sum.community_alone + u64::from(close.community_alone),
        })
    }

    /// Closes with word of mouth behind them, over all.
    ///
    /// # Errors
    /// [`TooLarge`], which a share of a count never is.
    pub fn share(self) -> Result<Ratio, TooLarge> {
        Ratio::new(self.word_of_mouth.into(), self.closes.into(), PLACES, NullReason::ZeroCloses)
    }

    /// Closes with that alone, over all.
    ///
    /// # Errors
    /// [`TooLarge`], which a share of a count never is.
    pub fn alone_share(self) -> Result<Ratio, TooLarge> {
        Ratio::new(self.community_alone.into(), self.closes.into(), PLACES, NullReason::ZeroCloses)
    }
}

#[cfg(test)]
mod tests {
    use entity::kinds::ActorKind::{Campaign, CommunityMember, Partner, Peer, Product as Within, SelfReported, Seller};
    use entity::kinds::Channel::{Affiliate, Community, InProduct, Phone, Referral, WordOfMouth as Talk};
    use entity::kinds::Resource::{Marketing, Product, Sales};

    use super::*;

    fn behind(path: ClosePath, touches: &[(Resource, Channel, ActorKind)]) -> (bool, bool) {
        let touches = touches.iter().map(|&(resource, channel, actor)| TouchFact { resource, channel, actor });
        let Behind { word_of_mouth, community_alone } = Behind::of(path, touches);
        (word_of_mouth, community_alone)
    }

    #[test]
    fn the_community_alone_needs_nobody_else() {
        let talk = (Product, Community, CommunityMember);
        assert_eq!(behind(ClosePath::SelfServe, &[talk, (Product, InProduct, Within)]), (true, true));
        assert_eq!(behind(ClosePath::Assisted, &[talk]), (true, false), "somebody sold it");
        assert_eq!(behind(ClosePath::SelfServe, &[talk, (Sales, Phone, Seller)]), (true, false));
        assert_eq!(behind(ClosePath::SelfServe, &[talk, (Marketing, Talk, Peer)]), (true, false), "it is booked as Marketing's");
        assert_eq!(behind(ClosePath::SelfServe, &[(Product, InProduct, Within)]), (false, false), "nobody talked");
        assert_eq!(behind(ClosePath::SelfServe, &[(Product, Affiliate, Within)]), (false, false), "who is paid does not count");
        for paid in [(Product, Community, Campaign), (Sales, Community, Seller), (Product, Referral, Partner)] {
            assert!(!behind(ClosePath::SelfServe, &[paid]).0, "{paid:?} is paid for it, wherever it is");
        }
        assert_eq!(behind(ClosePath::SelfServe, &[(Product, Talk, SelfReported)]), (true, true), "the buyer says so");
        assert_eq!(behind(ClosePath::SelfServe, &[(Product, InProduct, Peer), (Product, Referral, Within)]), (true, true));
        assert_eq!(behind(ClosePath::SelfServe, &[]), (false, false));
    }

    #[test]
    fn shares_are_of_all_closes() {
        let closes = [(true, true), (true, false), (false, false)];
        let counted = WordOfMouth::of(closes.iter().map(|&(word_of_mouth, community_alone)| Behind { word_of_mouth, community_alone }));
        assert_eq!(counted, WordOfMouth { closes: 3, word_of_mouth: 2, community_alone: 1 });
        let value = |ratio: Ratio| ratio.value.map(|value| value.to_string());
        assert_eq!(
            (value(counted.share().unwrap()), value(counted.alone_share().unwrap())),
            (Some("0.6667".into()), Some("0.3333".into()))
        );
        assert_eq!(WordOfMouth::default().share().unwrap().null_reason, Some(NullReason::ZeroCloses));
    }
}

//! The resources a team serves, stored as their names joined by commas in the fixed order.

use std::fmt;
use std::str::FromStr;

use sea_orm::DeriveValueType;

use crate::kinds::Resource;

/// A set of resources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, DeriveValueType)]
#[sea_orm(value_type = "String")]
pub struct ResourceSet([bool; 3]);

/// A text names something that is no resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownResource;

impl fmt::Display for UnknownResource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("unknown resource")
    }
}

impl std::error::Error for UnknownResource {}

impl ResourceSet {
    /// The resources, in the fixed order.
    pub fn iter(self) -> impl Iterator<Item = Resource> {
        Resource::ALL.iter().copied().zip(self.0).filter_map(|(resource, present)| present.then_some(resource))
    }
}

impl FromIterator<Resource> for ResourceSet {
    fn from_iter<I: IntoIterator<Item = Resource>>(resources: I) -> Self {
        let mut set = Self::default();
        for resource in resources {
            if let Some(present) = set.0.get_mut(resource.index()) {
                *present = true;
            }
        }
        set
    }
}

impl fmt::Display for ResourceSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, resource) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(formatter, "{comma}{}", resource.name())?;
        }
        Ok(())
    }
}

impl FromStr for ResourceSet {
    type Err = UnknownResource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',').filter(|name| !name.is_empty()).map(|name| Resource::from_name(name).ok_or(UnknownResource)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_the_fixed_order() {
        let set: ResourceSet = [Resource::Product, Resource::Sales].into_iter().collect();
        assert_eq!(set.to_string(), "SALES,PRODUCT");
        assert_eq!("SALES,PRODUCT".parse(), Ok(set));
        assert_eq!("".parse(), Ok(ResourceSet::default()));
        assert_eq!(ResourceSet::from_str("SALES,FINANCE"), Err(UnknownResource));
    }
}

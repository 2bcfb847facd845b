//! One value for each of the three resources.

use entity::kinds::Resource;

/// One value for each resource, in the fixed order SALES, MARKETING, PRODUCT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ByResource<T> {
    /// The value of SALES.
    pub sales: T,
    /// The value of MARKETING.
    pub marketing: T,
    /// The value of PRODUCT.
    pub product: T,
}

impl<T> ByResource<T> {
    /// From values in the fixed order.
    pub fn from_array([sales, marketing, product]: [T; 3]) -> Self {
        Self { sales, marketing, product }
    }

    /// The values in the fixed order.
    pub fn into_array(self) -> [T; 3] {
        [self.sales, self.marketing, self.product]
    }

    /// The value of one resource.
    pub const fn get(&self, resource: Resource) -> &T {
        match resource {
            Resource::Sales => &self.sales,
            Resource::Marketing => &self.marketing,
            Resource::Product => &self.product,
        }
    }

    /// The value of one resource, to be changed.
    pub const fn get_mut(&mut self, resource: Resource) -> &mut T {
        match resource {
            Resource::Sales => &mut self.sales,
            Resource::Marketing => &mut self.marketing,
            Resource::Product => &mut self.product,
        }
    }

    /// Each value changed in the same way.
    pub fn map<U>(self, mut change: impl FnMut(T) -> U) -> ByResource<U> {
        ByResource { sales: change(self.sales), marketing: change(self.marketing), product: change(self.product) }
    }

    /// Resources with their values, in the fixed order.
    pub fn into_pairs(self) -> [(Resource, T); 3] {
        [(Resource::Sales, self.sales), (Resource::Marketing, self.marketing), (Resource::Product, self.product)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_under_its_resource() {
        let mut values = ByResource::from_array(["s", "m", "p"]);
        assert_eq!(Resource::ALL.iter().map(|&resource| *values.get(resource)).collect::<String>(), "smp");
        assert_eq!(values.into_pairs().map(|(resource, _)| resource), [Resource::Sales, Resource::Marketing, Resource::Product]);
        *values.get_mut(Resource::Marketing) = "x";
        assert_eq!(values.map(str::len).into_array(), [1, 1, 1]);
        assert_eq!(values.into_array(), ["s", "x", "p"]);
    }
}

//! How a row tells who works here, and of what kind accounts are.

use entity::kinds::{Resource, Role};

use super::Setting;
use super::field::{Choice, Field, Fields, Reference};
use super::recipe::{Made, text};
use super::template::Values;
use crate::ingest::record::{AttributeRecord, MemberRecord, Record, SegmentRecord, TeamRecord};

#[derive(Debug)]
pub(super) struct Team {
    name: Field,
    resource: Choice<Resource>,
}

impl Team {
    pub(super) fn parse(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let name = fields.require("name", Fields::text);
        let resource = fields.require("resource", Fields::choice);
        Some(Self { name: name?, resource: resource? })
    }

    pub(super) fn make<'a>(&'a self, values: &impl Values<'a>) -> Made {
        Ok(Record::Team(TeamRecord { name: self.name.required(values)?.into_owned(), resource: self.resource.required(values)? }))
    }
}

#[derive(Debug)]
pub(super) struct Member {
    email: Field,
    name: Field,
    role: Choice<Role>,
    team: Option<Field>,
}

impl Member {
    pub(super) fn parse(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let email = fields.require("email", Fields::text);
        let name = fields.require("name", Fields::text);
        let role = fields.require("role", Fields::choice);
        let team = fields.text("team");
        Some(Self { email: email?, name: name?, role: role?, team })
    }

    pub(super) fn make<'a>(&'a self, values: &impl Values<'a>) -> Made {
        Ok(Record::Member(MemberRecord {
            email: self.email.required(values)?.into_owned(),
            name: self.name.required(values)?.into_owned(),
            role: self.role.required(values)?,
            team: text(self.team.as_ref(), values),
        }))
    }
}

#[derive(Debug)]
pub(super) struct Attribute {
    account: Reference,
    key: Field,
    value: Field,
}

impl Attribute {
    pub(super) fn parse(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let account = fields.require("account", Fields::reference);
        let key = fields.require("key", Fields::text);
        let value = fields.require("value", Fields::text);
        Some(Self { account: account?, key: key?, value: value? })
    }

    pub(super) fn make<'a>(&'a self, values: &impl Values<'a>, setting: &Setting<'_>) -> Made {
        Ok(Record::Attribute(AttributeRecord {
            account: self.account.required(values, setting.source)?,
            key: self.key.required(values)?.into_owned(),
            value: self.value.required(values)?.into_owned(),
        }))
    }
}

#[derive(Debug)]
pub(super) struct Segment {
    name: Field,
    key: Field,
    value: Field,
}

impl Segment {
    pub(super) fn parse(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let name = fields.require("name", Fields::text);
        let key = fields.require("key", Fields::text);
        let value = fields.require("value", Fields::text);
        Some(Self { name: name?, key: key?, value: value? })
    }

    pub(super) fn make<'a>(&'a self, values: &impl Values<'a>) -> Made {
        Ok(Record::Segment(SegmentRecord {
            name: self.name.required(values)?.into_owned(),
            key: self.key.required(values)?.into_owned(),
            value: self.value.required(values)?.into_owned(),
        }))
    }
}

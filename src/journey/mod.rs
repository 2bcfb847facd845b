//! The journey of buyers: tactics, content, touches, stages and stage events.
//!
//! - A tactic belongs to one resource, for good once money was spent on it or a touch is part of it.
//! - A touch belongs to a person, an account or both, and to one resource: its tactic's, where it is part of one. It is
//!   immutable; a correction is a new row that supersedes it, once. What the buyer says of themselves never takes the
//!   place of what was observed.
//! - Content belongs to one resource, and covers stages by their keys and kinds of blockers. What it covers is told by rows of
//!   which the newest counts, so that it can be asked as of any instant.
//! - Stages are versions of a catalogue. Every stage has one owner, and who works for another resource cannot record
//!   entries into it. A new organization begins with version 1 of the pipeline `default`.
//! - The versions of a pipeline have one history: stages of one key are one stage, in the order of the newest version.
//! - A stage may demand that whoever enters it is known, comes from certain stages, or has a reason. What is backdated is not
//!   held to that, nor what was settled elsewhere: closes, and files of other systems.
//! - A stage event is the entry of one subject, a person or an account, into a stage. Per subject and pipeline their times
//!   do not fall, unless an event is flagged as backdated; two that follow each other are never the same stage; going
//!   back and stepping aside need a reason. Stages may be skipped.
//! - The stage left is the one before the event in time, as far as it was known when the event was recorded. Events of
//!   one instant stand in the order of the catalogue.
//! - Recording a stage does not make a person known: only the person's own record says that.

pub mod funnel;
pub mod graphql;
pub mod service;
mod store;
pub mod stream;

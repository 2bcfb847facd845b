//! x
mod negotiation;
mod parameters;

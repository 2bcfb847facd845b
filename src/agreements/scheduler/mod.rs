//! What falls due on handoffs and their clocks, carried out once.
//!
//! - A step waits in its table with the moment it falls due. It is carried out in one transaction with everything that follows from
//!   it: that it was, the answer by silence, what is told to the side that owes, who has it now. Whoever is stopped in between has
//!   done nothing, and whoever comes next does all of it.
//! - Several processes share the work: each takes steps that no other holds. On SQLite there is one writer at a time.
//! - What fell due while nobody ran is carried out when somebody does, and everything about it goes by the moment it fell due.
//! - A step falls due at a moment of business time, so that nothing does at night or on a day off. How clocks stand does not wait for
//!   it: that follows from what happened and from the time.

pub mod service;
mod store;

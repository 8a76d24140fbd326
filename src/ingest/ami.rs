//! The manager interface of Asterisk (AMI), as call events and snapshots.
//!
//! Bytes become frames in [`parser`], frames become [`fields`], fields become what happened in
//! [`meaning`]. None of these sleeps, reads a clock or opens a socket.

pub mod agents;
pub mod fields;
pub mod figures;
pub mod filter;
pub mod meaning;
pub mod parser;

pub use agents::Floor;
pub use figures::Figures;
pub use filter::QueueFilter;

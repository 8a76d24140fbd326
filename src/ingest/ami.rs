//! The manager interface of Asterisk (AMI), as call events and snapshots.
//!
//! Bytes become frames in [`parser`], frames become [`fields`], fields become what happened in
//! [`meaning`]; [`session`] speaks with one PBX. None of these sleeps, reads a clock or opens a
//! socket: [`client`] does, and [`log`] reads the queue log beside.

pub mod agents;
pub mod client;
pub mod doctor;
pub mod fields;
pub mod figures;
pub mod filter;
pub mod log;
pub mod meaning;
pub mod parser;
pub mod session;
pub mod status;
pub mod tls;

pub use agents::Floor;
pub use figures::Figures;
pub use filter::QueueFilter;

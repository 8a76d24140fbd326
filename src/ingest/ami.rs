//! The manager interface of Asterisk (AMI), as call events and snapshots.
//!
//! Bytes become frames in [`parser`]. Nothing here sleeps or reads a clock but [`client`].

pub mod parser;

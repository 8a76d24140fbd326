//! The manager interface, from the bytes of a real Asterisk to what the driver is told.

mod doctor;
mod faults;
mod fuzz;
mod link;
mod peer;
mod recording;
mod tls;
mod truth;

//! The manager interface, from the bytes of a real Asterisk to what the driver is told.

mod link;
mod peer;
mod recording;
mod truth;

//! The manager interface, from the bytes of a real Asterisk to what the driver is told.

mod recording;
mod truth;

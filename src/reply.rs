//! Replies: how a person who was asked says yes or no without an account.
//!
//! [`token`] makes what a link and a text message are recognised by, [`index`] finds the offer again;
//! [`server`] is the listener with the page of a link ([`page`], [`standing`], [`text`]), [`hooks`] is
//! where gateways tell of text messages and pressed keys, which [`words`] reads. [`say`] gives a reply
//! to the driver, by whichever way it came.
//!
//! It decides nothing about a recall: what the person hears is the machine's answer. It keeps nothing
//! either: neither a number nor a text outlives its request, and the limits forget within the hour.

pub mod hooks;
pub mod index;
mod limits;
pub mod page;
pub mod say;
pub mod server;
mod sms;
pub mod standing;
pub mod state;
pub mod text;
pub mod token;
pub mod words;

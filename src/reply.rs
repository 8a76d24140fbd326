//! Replies: how a person who was asked says yes or no without an account.
//!
//! [`token`] makes what a link and a text message are recognised by, [`index`] finds the offer again;
//! [`server`] is the listener with the page of a link ([`page`], [`standing`], [`text`]), [`hooks`] is
//! where gateways tell of text messages and pressed keys, which [`words`] reads. [`say`] gives a reply
//! to the driver, by whichever way it came. [`askings`] and `contact` do the same for the owner of a
//! contact who is asked whether it may be used, which is the roster's to keep and not the driver's.
//!
//! It decides nothing about a recall: what the person hears is the machine's answer. It keeps nothing
//! either: neither a number nor a text outlives its request, and the limits forget within the hour.

pub mod askings;
mod contact;
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

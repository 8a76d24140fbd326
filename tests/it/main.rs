//! One integration binary: every test beyond a unit lives here.

mod journal;
mod kill;
mod receiver;
mod rig;
mod toy;
mod webhook;

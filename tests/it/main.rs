//! One integration binary: every test beyond a unit lives here.

mod ladder_model;

//! Arguments of `staff`: a planner's question, with the defaults in its help.

use crate::config::Language;
use crate::staffing::{Ask, Formula};
use clap::{Args, ValueEnum};

/// Arguments of `staff`.
#[derive(Clone, Debug, Args)]
pub struct StaffArgs {
    /// Calls offered in the interval.
    #[arg(long, value_name = "N")]
    pub calls: f64,
    /// Length of the interval.
    #[arg(long, value_name = "MINUTES", default_value_t = 60.0)]
    pub minutes: f64,
    /// Mean handle time: talk and after-call work.
    #[arg(long, value_name = "SECONDS")]
    pub handle_seconds: f64,
    /// Mean patience of callers; 180 is assumed if not given.
    #[arg(long, value_name = "SECONDS")]
    pub patience_seconds: Option<f64>,
    /// Service level to reach, as a share.
    #[arg(long, value_name = "SHARE", default_value_t = 0.8)]
    pub target: f64,
    /// Its threshold.
    #[arg(long, value_name = "SECONDS", default_value_t = 20.0)]
    pub threshold_seconds: f64,
    /// Which calls the service level counts.
    #[arg(long, value_enum, default_value_t)]
    pub formula: Formula,
    /// Share of those who give up that calls again.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub redial_share: f64,
    /// Most that agents may be busy, as a share of their time.
    #[arg(long, value_name = "SHARE")]
    pub occupancy_max: Option<f64>,
    /// Share of paid time away from the phones: breaks, training, illness.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub shrinkage: f64,
    /// Calls that wait already.
    #[arg(long, value_name = "N", default_value_t = 0.0)]
    pub waiting_calls: f64,
    /// Time in which they shall be gone.
    #[arg(long, value_name = "SECONDS", default_value_t = 900.0)]
    pub clear_seconds: f64,
    /// First row of the table, in agents.
    #[arg(long, value_name = "AGENTS")]
    pub from: Option<u32>,
    /// Last row of the table, in agents.
    #[arg(long, value_name = "AGENTS")]
    pub to: Option<u32>,
    /// Agents between two rows.
    #[arg(long, value_name = "AGENTS")]
    pub step: Option<u32>,
    /// One JSON object on standard output.
    #[arg(long)]
    pub json: bool,
    /// Language of the text.
    #[arg(long, value_enum)]
    pub lang: Option<Language>,
}

impl StaffArgs {
    /// The question.
    pub fn ask(&self) -> Ask {
        Ask {
            calls: self.calls,
            minutes: Some(self.minutes),
            handle_seconds: self.handle_seconds,
            patience_seconds: self.patience_seconds,
            target: Some(self.target),
            threshold_seconds: Some(self.threshold_seconds),
            formula: Some(self.formula),
            redial_share: Some(self.redial_share),
            occupancy_max: self.occupancy_max,
            shrinkage: Some(self.shrinkage),
            waiting_calls: Some(self.waiting_calls),
            clear_seconds: Some(self.clear_seconds),
            from: self.from,
            to: self.to,
            step: self.step,
        }
    }
}

impl ValueEnum for Formula {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        let help = match self {
            Self::AnsweredOfOffered => "answered within T / offered",
            Self::AnsweredOfAnswered => "answered within T / answered",
            Self::WithoutShortAbandons => "answered within T / (offered - abandoned within T)",
            Self::SettledOfOffered => "(answered + abandoned within T) / offered",
        };
        Some(clap::builder::PossibleValue::new(self.word()).help(help))
    }
}

//! Why a link ended, for the log and for metrics.

use crate::ingest::ami::session::End;
use crate::ingest::ami::status::Ending;
use std::{fmt, io};

/// Why a link ended.
#[derive(Debug)]
pub(super) enum Ended {
    Session(End),
    Unreachable(io::Error),
    Io(io::Error),
    Cut,
    Overrun,
    Asked,
}

impl Ended {
    /// As metrics count it.
    pub(super) const fn ending(&self) -> Ending {
        match self {
            Self::Session(End::NotAmi) => Ending::NotAmi,
            Self::Session(End::Refused(_)) => Ending::LoginRefused,
            Self::Session(End::LoginTimeout) => Ending::LoginTimeout,
            Self::Session(End::Dead) => Ending::Dead,
            Self::Session(End::Goodbye) => Ending::Goodbye,
            Self::Unreachable(_) => Ending::Unreachable,
            Self::Io(_) => Ending::Broken,
            Self::Cut => Ending::Cut,
            Self::Overrun => Ending::Overrun,
            Self::Asked => Ending::Asked,
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(end) => end.fmt(f),
            Self::Unreachable(error) | Self::Io(error) => error.fmt(f),
            Self::Asked => f.write_str("the configuration of the source changed"),
            Self::Cut => f.write_str("the PBX closed the connection"),
            Self::Overrun => {
                f.write_str("more came than could be committed; the link was given up")
            }
        }
    }
}

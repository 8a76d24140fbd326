//! How a run ends: one exit code for each kind of failure, so that scripts can tell them apart.

use std::process::ExitCode;

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Ok,
    /// The run failed.
    Failed,
    /// The command line is wrong.
    Usage,
    /// The configuration is wrong.
    Config,
    /// The input data are wrong.
    Input,
    /// A scenario did not go as it says.
    Scenario,
    /// The journal cannot be used.
    Journal,
}

impl Exit {
    /// All of them, by code.
    pub const ALL: [Self; 7] = [
        Self::Ok,
        Self::Failed,
        Self::Usage,
        Self::Config,
        Self::Input,
        Self::Scenario,
        Self::Journal,
    ];

    /// The code that the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Config => 3,
            Self::Input => 4,
            Self::Scenario => 5,
            Self::Journal => 6,
        }
    }

    /// What it means, as `--help` says it.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "all is well",
            Self::Failed => "the run failed",
            Self::Usage => "the command line is wrong",
            Self::Config => "the configuration is wrong",
            Self::Input => "the input data are wrong",
            Self::Scenario => "a scenario did not go as it says",
            Self::Journal => "the journal cannot be used",
        }
    }

    /// The table of codes for `--help`.
    pub fn help() -> String {
        let mut text = String::from("Exit codes:");
        for exit in Self::ALL {
            text.push_str(&format!("\n  {}  {}", exit.code(), exit.meaning()));
        }
        text
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_dense_from_0() {
        for (at, exit) in Exit::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(exit.code()), at);
        }
        assert!(Exit::help().ends_with("\n  6  the journal cannot be used"));
    }
}

//! The command line: what each command is called and what its help teaches.
//!
//! Definitions only. Commands that touch nothing but the configuration (`init`, `check-config`)
//! are in [`setup`]; the others are wired where all parts are known. Values are parsed here into
//! the types that the parts take, so that a wrong one is a usage error (exit code 2) with the
//! allowed values, never a failure later.

mod value;

mod export;
mod roster;
pub mod setup;
mod simulate;
mod staff;

pub use export::{
    ExportCommand, ExportFiles, ExportIncidentsArgs, ExportIntervalsArgs, ExportLogbookArgs,
    IntervalFormat,
};
pub use roster::{
    CheckArgs, EraseArgs, ExportRosterArgs, GroundsArg, ImportArgs, ListArgs, RosterCommand,
    RosterFile, RosterKeyArg, VerifyArgs,
};
pub use simulate::SimulateArgs;
pub use staff::StaffArgs;
pub use value::{DailyHours, Encoding, Format, Moment, Speed, Surge};

use crate::config::{Language, Sample, timezone};
use crate::exit::Exit;
use chrono_tz::Tz;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::LazyLock;

static VERSION: LazyLock<String> = LazyLock::new(|| {
    format!("{} (time-zone database {})", env!("CARGO_PKG_VERSION"), chrono_tz::IANA_TZDB_VERSION)
});

/// Call-volume surge monitor with automatic staffing tiers.
///
/// Reads queue metrics from an ACD, knows what volume is normal at this hour of this week, raises
/// the support level of a command unit on the 30-minute rule, and shows all of it as a wallboard
/// and as Prometheus metrics.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "callsurge",
    version = VERSION.as_str(),
    after_help = "Start with:  callsurge demo",
    after_long_help = format!(
        "First steps:\n  \
         callsurge demo                            a simulated centre with a surge\n  \
         callsurge replay --input calls.csv        your own past, nothing is sent\n  \
         callsurge init --output callsurge.toml    a commented configuration\n  \
         callsurge serve --config callsurge.toml   the service\n\n{}",
        Exit::help()
    ),
    max_term_width = 100,
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Run the service: observations in; levels, metrics and the wallboard out.
    ///
    /// Without a configuration it listens on loopback, takes posted observations into one unit
    /// "default", and keeps its journal in the present folder. SIGTERM ends it in order: what was
    /// accepted is committed, a snapshot is taken.
    #[command(after_long_help = with_exits(
        "Example:\n  callsurge serve --config /etc/callsurge/callsurge.toml",
        &[Exit::Ok, Exit::Failed, Exit::Usage, Exit::Config, Exit::Journal],
    ))]
    Serve(ServeArgs),

    /// Show a simulated centre with a surge, on a wallboard or in the terminal.
    ///
    /// Needs no file and no network. Nobody is called: messages go to a fake inbox that answers
    /// by itself. The same seed gives the same night.
    #[command(after_long_help = with_exits(
        "Examples:\n  callsurge demo\n  callsurge demo --headless --speed max --json | jq .type",
        &[Exit::Ok, Exit::Failed, Exit::Usage, Exit::Journal],
    ))]
    Demo(DemoArgs),

    /// Run files of the past through the monitor: which levels, when and why.
    ///
    /// Event time is taken from the rows, and nothing is ever sent. Prints a table of the changes
    /// of level, a plot of the days with incidents and a summary; with --json one JSON object a
    /// line on standard output and the text for people on standard error.
    #[command(after_long_help = with_exits(
        "Examples:\n  callsurge replay --input calls.csv --timezone Asia/Shanghai\n  \
         callsurge replay --input today.csv --learn lastyear.csv --json > records.ndjson\n\n\
         CSV columns: `start` or `ts`, `offered` or `calls`, optionally `queue`.",
        &[Exit::Ok, Exit::Failed, Exit::Usage, Exit::Config, Exit::Input, Exit::Journal],
    ))]
    Replay(ReplayArgs),

    /// Judge a history: alarms, stages, false-alarm rate, and what other sensitivities would do.
    ///
    /// Every row is judged by what came before it, as the live monitor would have. Which alarms
    /// were false only you know: the rate counts all of them, per unit and month. --alarms writes
    /// one row per input row, `ts,alarm,score`, for scoring with other tools.
    #[command(after_long_help = with_exits(
        "Examples:\n  callsurge backtest --input lastyear.csv --html report.html\n  \
         callsurge backtest --input lastyear.csv --alarms alarms.csv --json\n  \
         zcat lastyear.csv.gz | callsurge backtest --input -",
        &[Exit::Ok, Exit::Failed, Exit::Usage, Exit::Config, Exit::Input],
    ))]
    Backtest(BacktestArgs),

    /// Teach a journal what is normal, from files of the past.
    ///
    /// Fills the profile of the week of each queue without raising anything, and says what the
    /// files are worth: gaps, rows that come twice, odd days, closed hours, and whether it is
    /// enough. Under two weeks only gross surges are called, four weeks give the full profile. The
    /// files need not precede what is watched later. Lines that cannot be read are left out and
    /// counted, up to one in ten. Tables and queue interval files of Calabrio WFM (Teleopti) may
    /// be UTF-8 or GBK.
    #[command(after_long_help = with_exits(
        "Examples:\n  callsurge learn --input 2025.csv --dry-run --report quality.html\n  \
         callsurge learn --input 2025.csv 2026.csv --journal callsurge.journal\n  \
         callsurge learn --input 2025.csv --journal callsurge.journal --config callsurge.toml",
        &[Exit::Ok, Exit::Failed, Exit::Usage, Exit::Config, Exit::Input, Exit::Journal],
    ))]
    Learn(LearnArgs),

    /// Write what a simulated centre would report, with surges on request.
    ///
    /// To try settings before a night depends on them, and to see what is found of surges whose
    /// times are known. It is a bank's hotline of three queues with busy and quiet days; counts by
    /// interval are a CSV for `learn`, `backtest` and `replay`. With --events it is every call and
    /// the state of the queues every 15 seconds, with callers who give up and dial again: what
    /// `replay` needs to judge whether a surge is controlled. Nobody comes to help in it.
    #[command(after_long_help = with_exits(
        "Examples:\n  \
         callsurge simulate --days 180 --surge-every-days 5 --surge-times 1.5 --truth surges.csv \\\n      \
         --output calls.csv && callsurge backtest --input calls.csv --html report.html\n  \
         callsurge simulate --days 56 --output past.csv\n  \
         callsurge simulate --events --start 2026-03-03 --days 1 \\\n      \
         --surge 2026-03-03T10:00,90,1.8 --output night.ndjson\n  \
         callsurge replay --learn past.csv --input night.ndjson --timezone Asia/Shanghai",
        &[Exit::Ok, Exit::Failed, Exit::Usage],
    ))]
    Simulate(SimulateArgs),

    /// Check a configuration file and show everything that is wrong with it.
    ///
    /// Opens nothing but the file: secrets and journals need not exist where it is checked.
    #[command(after_long_help = with_exits(
        "Example:\n  callsurge check-config /etc/callsurge/callsurge.toml",
        &[Exit::Ok, Exit::Usage, Exit::Config],
    ))]
    CheckConfig(CheckConfigArgs),

    /// Run scenario files: input and settings given, levels expected.
    ///
    /// A scenario is the way to try a rule before a night depends on it.
    #[command(after_long_help = with_exits(
        "Example:\n  callsurge test scenarios/*.toml",
        &[Exit::Ok, Exit::Failed, Exit::Usage, Exit::Input, Exit::Scenario],
    ))]
    Test(TestArgs),

    /// Ask a phone system whether it can be listened to, and say what is missing.
    ///
    /// Connects as the service would, changes nothing, and prints the lines that the administrator
    /// of the phone system has to add. `asterisk` is the manager interface of an Asterisk server;
    /// `poll` is a source that is asked over HTTP, whose mapping is tried on the answer.
    #[command(after_long_help = with_exits(
        "Examples:\n  callsurge doctor asterisk --config callsurge.toml\n  \
         callsurge doctor asterisk --config callsurge.toml --source pbx2 --seconds 60\n  \
         callsurge doctor poll --config callsurge.toml --response answer.json",
        &[Exit::Ok, Exit::Failed, Exit::Usage, Exit::Config],
    ))]
    Doctor(DoctorArgs),

    /// Say how many agents a load needs, and what a few more or fewer would mean.
    ///
    /// Erlang A: callers wait, and give up when their patience ends, so there is an answer for a
    /// surge too. The table shows beside it what Erlang C says, where nobody gives up: "unstable"
    /// where the queue would grow without end. Reads no file and no configuration.
    #[command(after_long_help = with_exits(
        "Examples:\n  \
         callsurge staff --calls 1200 --handle-seconds 300\n  \
         callsurge staff --calls 600 --minutes 30 --handle-seconds 300 --patience-seconds 120 \\\n      \
         --redial-share 0.5 --occupancy-max 0.88 --shrinkage 0.3 --lang zh-CN\n  \
         callsurge staff --calls 3000 --handle-seconds 300 --waiting-calls 120 --json | jq .need\n\n\
         Load is calls times handle time: 1,200 calls an hour of five minutes are 100 Erlang. The\n\
         need is the largest of three: for the service level in balance, for the cap of the\n\
         occupancy, for the backlog to clear in time. People = agents / (1 - shrinkage).",
        &[Exit::Ok, Exit::Failed, Exit::Usage],
    ))]
    Staff(StaffArgs),

    /// Write a commented configuration file.
    ///
    /// Without --source every key with its default and its reason; with it the least that
    /// connects such a source. Never overwrites a file.
    #[command(after_long_help = with_exits(
        "Examples:\n  callsurge init > callsurge.toml\n  \
         callsurge init --source queue_log --output callsurge.toml",
        &[Exit::Ok, Exit::Failed, Exit::Usage],
    ))]
    Init(InitArgs),

    /// The people who can be asked to come: import, list, check, export, erase.
    #[command(disable_help_subcommand = true, after_long_help = with_exits(
        "Example:\n  callsurge roster import people.csv --roster roster.db --key-file roster.key",
        &[Exit::Ok, Exit::Failed, Exit::Usage, Exit::Config, Exit::Input],
    ))]
    Roster {
        /// What to do with them.
        #[command(subcommand)]
        command: RosterCommand,
    },

    /// Give out what a journal knows: intervals, log book, incidents, as tables.
    ///
    /// For spreadsheets, scripts and a Prometheus that came later. Reads beside a running service
    /// and changes nothing.
    #[command(disable_help_subcommand = true, after_long_help = with_exits(
        "Example:\n  callsurge export intervals --journal callsurge.journal --step 60m > hours.csv",
        &[Exit::Ok, Exit::Failed, Exit::Usage, Exit::Journal],
    ))]
    Export {
        /// What is given out.
        #[command(subcommand)]
        command: ExportCommand,
    },

    /// Grafana dashboards and Prometheus rules that fit these metrics.
    #[command(disable_help_subcommand = true, after_long_help = with_exits(
        "Example:\n  callsurge dashboards export /etc/callsurge/dashboards",
        &[Exit::Ok, Exit::Failed, Exit::Usage],
    ))]
    Dashboards {
        /// What to do with them.
        #[command(subcommand)]
        command: DashboardsCommand,
    },
}

/// The commands of `dashboards`.
#[derive(Clone, Debug, Subcommand)]
pub enum DashboardsCommand {
    /// Write dashboards, rules and provisioning files into a folder.
    ///
    /// Four boards (wallboard, leader, analyst, operator) in English under en/ and in Chinese
    /// under zh-CN/ with the same queries, each with a jsonnet mixin; rules/ for Prometheus with
    /// unit tests for promtool; provisioning/ for Grafana. Nothing is contacted. A file that is
    /// there and differs is never replaced without --force: without it nothing is written then.
    #[command(after_long_help = with_exits(
        "Examples:\n  callsurge dashboards export dashboards\n  \
         callsurge dashboards export /etc/callsurge/dashboards --lang zh-CN --force\n\n\
         Then import a board in Grafana (Dashboards, New, Import), or let Grafana read the folder\n\
         by provisioning/; name rules/alerts.yaml and rules/recording.yaml under rule_files in\n\
         prometheus.yml. promtool test rules rules/tests.yaml tries the alerts.",
        &[Exit::Ok, Exit::Failed, Exit::Usage],
    ))]
    Export(ExportArgs),
}

/// Arguments of `serve`.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// Configuration file.
    #[arg(long, short, value_name = "FILE", env = "CALLSURGE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Address to listen on, in place of the file's `[api] listen`.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Journal, in place of the file's `[journal] path`.
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
}

/// Arguments of `demo`.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// Print to the terminal and end with the simulated night; no wallboard.
    #[arg(long)]
    pub headless: bool,
    /// How much faster than life: a number or "max" (with --headless only).
    #[arg(long, value_name = "TIMES", default_value = "60")]
    pub speed: Speed,
    /// Which night.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Address of the wallboard; loopback only.
    #[arg(long, value_name = "ADDR", default_value_t = crate::config::LISTEN_DEFAULT)]
    pub listen: SocketAddr,
    /// Keep the journal in this file instead of in memory.
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// One JSON object a line on standard output.
    #[arg(long)]
    pub json: bool,
    /// Language of the text.
    #[arg(long, value_enum)]
    pub lang: Option<Language>,
}

/// Arguments of `replay`.
#[derive(Clone, Debug, Args)]
pub struct ReplayArgs {
    /// Files to read, in order of time.
    #[arg(long, short, value_name = "FILE", required = true, num_args = 1..)]
    pub input: Vec<PathBuf>,
    /// How the files are written; guessed from content and extension if not given.
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// In which encoding tables are.
    #[arg(long, value_enum, default_value = "auto")]
    pub encoding: Encoding,
    /// Configuration file; without it one unit "default" takes every queue.
    #[arg(long, short, value_name = "FILE", env = "CALLSURGE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Learn from this file first.
    #[arg(long, value_name = "FILE")]
    pub learn: Option<PathBuf>,
    /// Keep the journal (stamped "replay") in this file instead of in memory.
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// Write what was observed and expected in each interval to this CSV file.
    #[arg(long, value_name = "FILE")]
    pub intervals: Option<PathBuf>,
    /// Zone of stamps that name none, and of the times that are printed. Without it that of the
    /// configuration, where all units have the same, else UTC.
    #[arg(long, value_name = "ZONE", value_parser = timezone::parse)]
    pub timezone: Option<Tz>,
    /// One JSON object a line on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `backtest`.
#[derive(Clone, Debug, Args)]
pub struct BacktestArgs {
    /// File to read; - is standard input.
    #[arg(long, short, value_name = "FILE")]
    pub input: PathBuf,
    /// How the file is written; guessed from content and extension if not given.
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// In which encoding tables are.
    #[arg(long, value_enum, default_value = "auto")]
    pub encoding: Encoding,
    /// Configuration file; without it one unit "default" takes every queue.
    #[arg(long, short, value_name = "FILE", env = "CALLSURGE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Learn from this file first.
    #[arg(long, value_name = "FILE")]
    pub learn: Option<PathBuf>,
    /// Write `ts,alarm,score` for each row to this CSV file.
    #[arg(long, value_name = "FILE")]
    pub alarms: Option<PathBuf>,
    /// Write the report with its plots as one HTML page to this file.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Zone of stamps that name none, and of the times that are printed. Without it that of the
    /// configuration, where all units have the same, else UTC.
    #[arg(long, value_name = "ZONE", value_parser = timezone::parse)]
    pub timezone: Option<Tz>,
    /// One JSON object a line on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `learn`.
#[derive(Clone, Debug, Args)]
pub struct LearnArgs {
    /// Files to read, in order of time.
    #[arg(long, short, value_name = "FILE", required = true, num_args = 1..)]
    pub input: Vec<PathBuf>,
    /// Journal that learns; created if it does not exist.
    #[arg(long, value_name = "FILE", required_unless_present = "dry_run")]
    pub journal: Option<PathBuf>,
    /// Judge the files and write to no journal; one that is named is not even opened.
    #[arg(long)]
    pub dry_run: bool,
    /// Write the report with its plots as one HTML page to this file.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Configuration file, for units, holidays and expected events; without it the journal's own.
    #[arg(long, short, value_name = "FILE", env = "CALLSURGE_CONFIG")]
    pub config: Option<PathBuf>,
    /// How the files are written; guessed from content and extension if not given.
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// In which encoding tables are.
    #[arg(long, value_enum, default_value = "auto")]
    pub encoding: Encoding,
    /// Zone of stamps that name none. Without it that of the configuration or the journal, where
    /// all units have the same, else UTC.
    #[arg(long, value_name = "ZONE", value_parser = timezone::parse)]
    pub timezone: Option<Tz>,
    /// One JSON object a line on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `check-config`.
#[derive(Clone, Debug, Args)]
pub struct CheckConfigArgs {
    /// Configuration file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// One JSON object a line on standard output: the problems, then the result.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `test`.
#[derive(Clone, Debug, Args)]
pub struct TestArgs {
    /// Scenario files.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// One JSON object a line on standard output.
    #[arg(long)]
    pub json: bool,
}

/// What `doctor` knows to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Patient {
    /// The manager interface of an Asterisk server.
    Asterisk,
    /// A source of kind "poll": asks once, and prints what its mapping makes of the answer.
    Poll,
}

/// Arguments of `doctor`.
#[derive(Clone, Debug, Args)]
pub struct DoctorArgs {
    /// What is asked.
    #[arg(value_enum)]
    pub patient: Patient,
    /// Configuration file with the source.
    #[arg(long, short, value_name = "FILE", env = "CALLSURGE_CONFIG")]
    pub config: PathBuf,
    /// Name of the source; without it the first of its kind.
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// With `poll`: read the answer from this file instead of asking; works offline.
    #[arg(long, value_name = "FILE")]
    pub response: Option<PathBuf>,
    /// With `asterisk`: how long to listen for a call at most.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub seconds: u64,
    /// One JSON object a line on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `init`.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// The least for one kind of source, instead of every key.
    #[arg(long, value_enum)]
    pub source: Option<Sample>,
    /// File to write; standard output if not given.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Arguments of `dashboards export`.
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// Folder to write into; created if it does not exist.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Only the boards of this language; without it of both.
    #[arg(long, value_enum)]
    pub lang: Option<Language>,
    /// Replace files that differ.
    #[arg(long)]
    pub force: bool,
}

fn with_exits(text: &str, exits: &[Exit]) -> String {
    let mut help = format!("{text}\n\nExit codes:");
    for exit in exits {
        help.push_str(&format!("\n  {}  {}", exit.code(), exit.meaning()));
    }
    help
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[track_caller]
    fn refused(args: &str, said: &str) {
        let error = Cli::try_parse_from(args.split(' ')).expect_err(args);
        assert_eq!(error.exit_code(), i32::from(Exit::Usage.code()));
        assert!(error.to_string().contains(said), "{error}");
    }

    #[test]
    fn definitions_are_sound_and_every_command_teaches() {
        let mut cli = Cli::command();
        cli.clone().debug_assert();
        let teaches = |command: &mut clap::Command| {
            let help = command.render_long_help().to_string();
            assert!(help.contains("Example"), "{help}");
            assert!(help.contains("Exit codes:"), "{help}");
        };
        for command in cli.get_subcommands_mut() {
            teaches(command);
            command.get_subcommands_mut().for_each(teaches);
        }
        assert!(cli.render_version().contains(chrono_tz::IANA_TZDB_VERSION));
    }

    #[test]
    fn values_are_checked_while_parsing() {
        refused("callsurge replay --input a.csv --timezone Shanghai", "Asia/Shanghai");
        refused("callsurge replay", "--input <FILE>");
        refused("callsurge demo --speed fast", "a number from 0.1 to 100000, or \"max\"");
        refused("callsurge serve --listen localhost", "invalid socket address");
        refused("callsurge init --source asterisk", "push, queue_log, ami, poll, csv");
        refused("callsurge replay --input a --format xls", "csv, ndjson, queue_log, calabrio");
        refused("callsurge learn --input a --journal j --encoding big5", "auto, utf-8, gb18030");
        refused("callsurge learn --input a", "--journal <FILE>");
    }

    #[test]
    fn several_inputs_follow_one_flag() {
        let cli = Cli::try_parse_from("callsurge replay --input a b --json".split(' '));
        let Command::Replay(args) = cli.expect("valid").command else { panic!("replay") };
        assert_eq!(args.input.len(), 2);
        assert!(args.json && args.timezone.is_none());
    }
}

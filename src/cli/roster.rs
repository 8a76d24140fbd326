//! Arguments of `roster`: the people who can be asked to come.

use super::{Encoding, with_exits};
use crate::config::{Language, timezone};
use crate::engine::time::Timestamp;
use crate::exit::Exit;
use crate::roster::{PersonId, Rule, Tier};
use chrono_tz::Tz;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The commands of `roster`.
#[derive(Clone, Debug, Subcommand)]
pub enum RosterCommand {
    /// Take over people or overtime from a table, shifts and leave from a calendar.
    ///
    /// A table (CSV in UTF-8 or GBK; comma, semicolon or tab) needs the columns id (工号), name
    /// (姓名) and tier (梯队); config/roster.sample.csv shows all of them. A calendar is iCalendar:
    /// every event names its person by X-CALLSURGE-PERSON or ATTENDEE. A table
    /// with id, date and overtime_hours tells overtime that was worked. Everything that is wrong
    /// is told with line and column, and then nothing is imported. A column that the table does
    /// not have leaves what is known; an empty cell clears it. Names and contact values are
    /// sealed, each person under a key of their own.
    #[command(after_long_help = with_exits(
        "Examples:\n  openssl rand -base64 32 > roster.key && chmod 600 roster.key\n  \
         callsurge roster import people.csv --roster roster.db --key-file roster.key --dry-run\n  \
         callsurge roster import shifts.ics --roster roster.db --key-file roster.key\n\n\
         Without --key-file the key is taken from CALLSURGE_ROSTER_KEY. Who loses it loses the\n\
         names and numbers; keep a copy where the roster is not.",
        &[Exit::Ok, Exit::Failed, Exit::Usage, Exit::Input],
    ))]
    Import(ImportArgs),

    /// Show people, their facts and their contacts with the middle struck out.
    ///
    /// Without a key neither names nor contacts are shown, only kinds and whether they are
    /// verified.
    #[command(after_long_help = with_exits(
        "Example:\n  callsurge roster list --roster roster.db --key-file roster.key",
        &[Exit::Ok, Exit::Failed, Exit::Usage],
    ))]
    List(ListArgs),

    /// Say who may be asked to come, in which order, and why not of everybody else.
    ///
    /// Every reason is told: skill, tier, leave, shift, rest, overtime of day and month, day of
    /// rest, quiet hours, opted out, contacts. Rules of law and quiet hours can be lifted by name,
    /// to see what an order would change. With a key it is also tried whether everything opens,
    /// and contacts that several people share are told.
    #[command(after_long_help = with_exits(
        "Examples:\n  callsurge roster check --roster roster.db --tier standby --skill orders\n  \
         callsurge roster check --roster roster.db --tier functional --at 2026-12-24T20:00:00+08:00 \\\n      \
         --hours 3 --lift quiet_hours --reason \"typhoon\" --lang zh-CN",
        &[Exit::Ok, Exit::Failed, Exit::Usage, Exit::Config],
    ))]
    Check(CheckArgs),

    /// Ask the owners of unverified contacts whether these may be used.
    ///
    /// Sends one message to every contact that is neither verified nor blocked, by the first
    /// channel of the configuration that reaches its kind, in the person's language. It names who
    /// asks and neither the person nor what is going on, and holds a link for a yes or a "not me";
    /// where text messages come back also a code. The running service takes the answers,
    /// for 14 days: a yes makes the contact usable, "not me" blocks it. It can run beside `serve`.
    ///
    /// Before a message leaves it is noted in the roster that the contact was asked, so a run that
    /// breaks off asks nobody twice when it is started again. A contact is asked once in 7 days;
    /// what surely did not leave is not counted. Quiet hours are not looked at: run it by day.
    #[command(after_long_help = with_exits(
        "Needs in the configuration:\n  [recall]     roster, key_file (or key_env), sender\n  \
         [reply]      external_url, secret_file (or secret_env)\n  \
         [[channel]]  at least one that reaches people\n\n\
         Examples:\n  callsurge roster verify --config callsurge.toml --dry-run\n  \
         callsurge roster verify --config callsurge.toml --person p7 --person p8\n  \
         callsurge roster verify --config callsurge.toml --again",
        &[Exit::Ok, Exit::Failed, Exit::Usage, Exit::Config],
    ))]
    Verify(VerifyArgs),

    /// Write people with clear names and contact values as a table that `import` reads.
    ///
    /// The only command that tells clear values. An existing file is never overwritten.
    #[command(after_long_help = with_exits(
        "Example:\n  callsurge roster export --roster roster.db --key-file roster.key --output all.csv",
        &[Exit::Ok, Exit::Failed, Exit::Usage],
    ))]
    Export(ExportRosterArgs),

    /// Destroy the key of a person, and with it everything that is sealed under it.
    ///
    /// Needs no key. Facts, shifts and leave go too; the number stays, since log books name it.
    /// Copies of the roster made before are not reached: let them expire.
    #[command(after_long_help = with_exits(
        "Example:\n  callsurge roster erase p7 --roster roster.db",
        &[Exit::Ok, Exit::Failed, Exit::Usage],
    ))]
    Erase(EraseArgs),
}

/// Which roster.
#[derive(Clone, Debug, Args)]
pub struct RosterFile {
    /// The roster.
    #[arg(long, value_name = "DB", env = "CALLSURGE_ROSTER")]
    pub roster: PathBuf,
}

/// The key of the roster.
#[derive(Clone, Debug, Args)]
pub struct RosterKeyArg {
    /// File with the key of the roster; without it the variable CALLSURGE_ROSTER_KEY.
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
}

/// Arguments of `roster import`.
#[derive(Clone, Debug, Args)]
pub struct ImportArgs {
    /// Table (.csv) or calendar (.ics).
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Which roster; created if it does not exist.
    #[command(flatten)]
    pub roster: RosterFile,
    /// Its key.
    #[command(flatten)]
    pub key: RosterKeyArg,
    /// Say what would change and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Erase people whom the table does not name; of a calendar: remove other events of the people
    /// whom it names.
    #[arg(long)]
    pub remove_missing: bool,
    /// In which encoding the file is.
    #[arg(long, value_enum, default_value = "auto")]
    pub encoding: Encoding,
    /// Zone of people for whom none is named.
    #[arg(
        long, value_name = "ZONE", value_parser = timezone::parse, default_value = "Asia/Shanghai"
    )]
    pub timezone: Tz,
    /// One JSON object a line on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `roster list`.
#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// Which roster.
    #[command(flatten)]
    pub roster: RosterFile,
    /// Its key.
    #[command(flatten)]
    pub key: RosterKeyArg,
    /// Language of the text.
    #[arg(long, value_enum)]
    pub lang: Option<Language>,
    /// One JSON object a line on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `roster verify`.
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// Configuration, the same that `serve` runs with.
    #[arg(long, short, value_name = "FILE", env = "CALLSURGE_CONFIG")]
    pub config: PathBuf,
    /// Whose contacts, as `roster list` shows them; may be given several times. Everybody's if not
    /// given.
    #[arg(long, value_name = "PERSON")]
    pub person: Vec<PersonId>,
    /// Say who would be asked, and send and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Ask also those who were asked within the last 7 days.
    #[arg(long)]
    pub again: bool,
    /// One JSON object a line on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Why overtime is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GroundsArg {
    /// The course of business.
    Ordinary,
    /// Special reasons, such as a surge.
    Special,
    /// A disaster, an accident, an urgent repair; asks for --reason.
    Emergency,
}

/// Arguments of `roster check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Which roster.
    #[command(flatten)]
    pub roster: RosterFile,
    /// Its key.
    #[command(flatten)]
    pub key: RosterKeyArg,
    /// Who is called.
    #[arg(long, value_enum, default_value = "standby")]
    pub tier: Tier,
    /// Which skill is needed; any if not given.
    #[arg(long, value_name = "NAME")]
    pub skill: Option<String>,
    /// Where; anywhere if not given.
    #[arg(long, value_name = "NAME")]
    pub site: Option<String>,
    /// When they are asked, RFC 3339; now if not given.
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    pub at: Option<Timestamp>,
    /// Minutes from the asking to the beginning of the work.
    #[arg(
        long, value_name = "MINUTES", default_value_t = 60,
        value_parser = clap::value_parser!(u32).range(0..=1440)
    )]
    pub need_minutes: u32,
    /// Hours that they are to work.
    #[arg(
        long, value_name = "HOURS", default_value_t = 4,
        value_parser = clap::value_parser!(u32).range(1..=24)
    )]
    pub hours: u32,
    /// Why overtime is needed.
    #[arg(long, value_enum, default_value = "special", requires_if("emergency", "reason"))]
    pub grounds: GroundsArg,
    /// Rule to leave out of account; may be given several times.
    #[arg(long, value_enum, value_name = "RULE", requires = "reason")]
    pub lift: Vec<Rule>,
    /// Why a rule is lifted, or what the emergency is.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Legal limits as a table; without it those of the People's Republic of China.
    #[arg(long, value_name = "FILE")]
    pub legal: Option<PathBuf>,
    /// Draw among equals.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Language of the text.
    #[arg(long, value_enum)]
    pub lang: Option<Language>,
    /// One JSON object a line on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `roster export`.
#[derive(Clone, Debug, Args)]
pub struct ExportRosterArgs {
    /// Which roster.
    #[command(flatten)]
    pub roster: RosterFile,
    /// Its key.
    #[command(flatten)]
    pub key: RosterKeyArg,
    /// File to write; standard output if not given.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Arguments of `roster erase`.
#[derive(Clone, Debug, Args)]
pub struct EraseArgs {
    /// Who, as `roster list` shows them.
    #[arg(value_name = "PERSON")]
    pub person: PersonId,
    /// Which roster.
    #[command(flatten)]
    pub roster: RosterFile,
}

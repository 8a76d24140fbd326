//! Values that only the command line has.

use clap::ValueEnum;
use std::str::FromStr;

/// How an input file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Format {
    /// Rows of counts by interval.
    Csv,
    /// Observations in the wire form, one JSON object a line.
    Ndjson,
    /// The queue_log of an Asterisk server.
    QueueLog,
    /// The queue interval file of Calabrio WFM, formerly Teleopti: 21 fields.
    #[value(alias = "teleopti")]
    Calabrio,
}

/// In which encoding the text of tables is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Encoding {
    /// UTF-8, and GB18030 where it is not UTF-8; a byte-order mark decides.
    Auto,
    /// UTF-8.
    #[value(name = "utf-8", alias = "utf8")]
    Utf8,
    /// GB18030, which GBK and GB2312 are parts of.
    #[value(alias = "gbk", alias = "gb2312")]
    Gb18030,
}

/// How much faster than life the demo runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// So many times as fast.
    Times(f64),
    /// Without waiting at all.
    Max,
}

/// Slowest and fastest finite speed: below, a night takes days; above, waiting is not noticed.
const TIMES: [f64; 2] = [0.1, 100_000.0];

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let [low, high] = TIMES;
        match text.trim_end_matches(['x', '×']).parse::<f64>() {
            Ok(times) if (low..=high).contains(&times) => Ok(Self::Times(times)),
            _ => Err(format!("a number from {low} to {high}, or \"max\"")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_is_a_number_or_max() {
        assert_eq!("60".parse(), Ok(Speed::Times(60.0)));
        assert_eq!("60x".parse(), Ok(Speed::Times(60.0)));
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert!("0".parse::<Speed>().is_err() && "nan".parse::<Speed>().is_err());
    }
}

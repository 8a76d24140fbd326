//! `init` and `check-config`: the commands that touch nothing but a configuration file.

use super::{CheckConfigArgs, InitArgs};
use crate::config::{Config, Sample};
use crate::engine::time::Timestamp;
use crate::exit::Exit;
use serde_json::json;
use std::fs::OpenOptions;
use std::io::{self, Write};

/// Writes a commented configuration to a new file or to `out`.
///
/// # Errors
/// If it cannot be written; an existing file is never overwritten.
pub fn init(args: &InitArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<Exit> {
    let text = args.source.map_or(Config::default_template(), Sample::text);
    let Some(path) = &args.output else {
        out.write_all(text.as_bytes())?;
        return Ok(Exit::Ok);
    };
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    if let Err(e) = written {
        let why = if e.kind() == io::ErrorKind::AlreadyExists {
            "it exists and is left as it is".to_owned()
        } else {
            e.to_string()
        };
        writeln!(err, "error: {} was not written: {why}", path.display())?;
        return Ok(Exit::Failed);
    }
    writeln!(err, "{} written. Next:", path.display())?;
    writeln!(err, "  callsurge check-config {}", path.display())?;
    writeln!(err, "  callsurge serve --config {}", path.display())?;
    Ok(Exit::Ok)
}

/// Checks a configuration file and shows what it means or what is wrong with it; `now` is the
/// present.
///
/// # Errors
/// If the result cannot be written.
pub fn check_config(
    args: &CheckConfigArgs,
    now: Timestamp,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<Exit> {
    match Config::load(&args.file) {
        Ok(config) => {
            let advice = config.advice(now);
            if args.json {
                for message in advice {
                    writeln!(out, "{}", json!({"type": "advice", "message": message}))?;
                }
                writeln!(out, "{}", json!({"type": "config", "ok": true, "problems": 0}))?;
            } else {
                summary(&config, out)?;
                for message in advice {
                    writeln!(out, "note: {message}")?;
                }
            }
            Ok(Exit::Ok)
        }
        Err(errors) => {
            if args.json {
                for problem in &errors.problems {
                    let mut line = json!(problem);
                    line["type"] = json!("problem");
                    line["file"] = json!(errors.file);
                    writeln!(out, "{line}")?;
                }
                let count = errors.problems.len();
                writeln!(out, "{}", json!({"type": "config", "ok": false, "problems": count}))?;
            } else {
                writeln!(err, "{errors}")?;
            }
            Ok(Exit::Config)
        }
    }
}

fn summary(config: &Config, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "ok: listens on {}", config.api.listen)?;
    writeln!(out, "    journal {}", config.journal.path.display())?;
    for source in &config.sources {
        let watched = if source.policy.watched { "watched" } else { "not watched" };
        writeln!(out, "    source {}, {watched}", source.policy.name)?;
    }
    for (at, unit) in config.units.iter().enumerate() {
        let queues = match unit.queues.len() {
            0 if config.default_unit.is_some_and(|u| usize::from(u.0) == at) => {
                "every queue that no unit lists".to_owned()
            }
            1 => "1 queue".to_owned(),
            n => format!("{n} queues"),
        };
        writeln!(
            out,
            "    unit {}: {queues}, {}, levels every {} min",
            unit.name,
            unit.timezone,
            unit.ladder.step.as_minutes_f64()
        )?;
    }
    writeln!(
        out,
        "    {} tokens, {} webhooks, {} channels",
        config.tokens.len(),
        config.webhooks.len(),
        config.channels.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-01, 00:00 in Shanghai.
    const NOW: Timestamp = Timestamp::from_secs(1_793_462_400);

    fn run(command: impl FnOnce(&mut dyn Write, &mut dyn Write) -> io::Result<Exit>) -> Told {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = command(&mut out, &mut err).expect("a vector takes it");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Told { exit, out: text(out), err: text(err) }
    }

    struct Told {
        exit: Exit,
        out: String,
        err: String,
    }

    #[test]
    fn what_init_writes_passes_the_check_and_is_not_overwritten() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("c.toml");
        let args = InitArgs { source: Some(Sample::QueueLog), output: Some(file.clone()) };
        assert_eq!(run(|o, e| init(&args, o, e)).exit, Exit::Ok);
        let again = run(|o, e| init(&args, o, e));
        assert_eq!(again.exit, Exit::Failed);
        assert!(again.err.contains("left as it is"), "{}", again.err);
        let checked = run(|o, e| check_config(&CheckConfigArgs { file, json: false }, NOW, o, e));
        assert_eq!(checked.exit, Exit::Ok);
        assert!(checked.out.contains("source asterisk, watched"), "{}", checked.out);
        let every = "unit default: every queue that no unit lists, Asia/Shanghai, levels every 30";
        assert!(checked.out.contains(every), "{}", checked.out);
        let note = "note: default in Asia/Shanghai without holidays";
        assert!(checked.out.contains(note), "{}", checked.out);
    }

    #[test]
    fn problems_as_json_are_one_object_a_line() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("c.toml");
        std::fs::write(&file, "[log]\nlevle = 1\n[api]\nlisten = 1\n").expect("written");
        let told = run(|o, e| check_config(&CheckConfigArgs { file, json: true }, NOW, o, e));
        assert_eq!((told.exit, told.err.as_str()), (Exit::Config, ""));
        let lines: Vec<serde_json::Value> =
            told.out.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
        assert_eq!(lines.len(), 3);
        assert_eq!((&lines[0]["type"], &lines[0]["line"]), (&json!("problem"), &json!(2)));
        assert_eq!(lines[2], json!({"type": "config", "ok": false, "problems": 2}));
    }
}

//! `dashboards export`: the files for Grafana and Prometheus into a folder.

use crate::cli::ExportArgs;
use crate::config::Language;
use crate::dashboards::{self, File};
use crate::exit::Exit;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How a file of the export stands to the folder.
enum State {
    Absent,
    Same,
    Differs,
}

/// Writes the files, or says which of those that are there it would change.
///
/// # Errors
/// Only if `err` fails; a folder that cannot be written is told there.
pub fn export(args: &ExportArgs, err: &mut dyn Write) -> io::Result<Exit> {
    let languages = args.lang.map_or_else(|| Language::ALL.to_vec(), |one| vec![one]);
    let files = dashboards::export(&languages);
    let (mut to_write, mut theirs) = (Vec::new(), Vec::new());
    for file in &files {
        let path = args.dir.join(&file.path);
        match state(&path, file) {
            Ok(State::Same) => {}
            Ok(State::Differs) if !args.force => theirs.push(path),
            Ok(State::Absent | State::Differs) => to_write.push((path, file)),
            Err(e) => return failed(&path, &e, err),
        }
    }
    if !theirs.is_empty() {
        return refuse(&theirs, err);
    }
    for (path, file) in &to_write {
        if let Err(e) = write(path, file) {
            return failed(path, &e, err);
        }
    }
    let same = files.len() - to_write.len();
    writeln!(
        err,
        "{}: {} files written, {same} were there as they are. Next:",
        args.dir.display(),
        to_write.len()
    )?;
    writeln!(err, "  promtool test rules {}", args.dir.join("rules/tests.yaml").display())?;
    for language in languages {
        let board = args.dir.join(language.tag()).join("wallboard.json");
        writeln!(err, "  Grafana: Dashboards, New, Import, {}", board.display())?;
    }
    Ok(Exit::Ok)
}

fn state(path: &Path, file: &File) -> io::Result<State> {
    match fs::read(path) {
        Ok(bytes) if bytes == file.text.as_bytes() => Ok(State::Same),
        Ok(_) => Ok(State::Differs),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(State::Absent),
        Err(e) => Err(e),
    }
}

/// Beside and then renamed: whoever reads the folder meanwhile never sees half a file.
fn write(path: &Path, file: &File) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    fs::write(&beside, &file.text)?;
    fs::rename(&beside, path)
}

fn refuse(theirs: &[PathBuf], err: &mut dyn Write) -> io::Result<Exit> {
    writeln!(err, "error: nothing was written: these files are there and differ")?;
    for path in theirs {
        writeln!(err, "  {}", path.display())?;
    }
    writeln!(err, "--force replaces them")?;
    Ok(Exit::Failed)
}

fn failed(path: &Path, why: &io::Error, err: &mut dyn Write) -> io::Result<Exit> {
    writeln!(err, "error: {}: {why}", path.display())?;
    Ok(Exit::Failed)
}

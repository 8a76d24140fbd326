//! Outages are counted once each, however often they are asked for.

use crate::rig::{T0, draft, policy, row};
use callsurge::driver::replay::{Item, Replay};
use callsurge::engine::Engine;
use callsurge::engine::time::Span;
use callsurge::journal::reader::Reader;
use callsurge::journal::sqlite::SqliteJournal;
use callsurge::journal::{Settings, Stamp};

#[test]
fn each_outage_counts_once_from_the_line_that_was_counted() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("j");
    let mut journal = SqliteJournal::open(&path, Settings::new(Stamp::Test), T0).expect("opens");
    let mut run =
        Replay::<_, Engine>::start(&policy(), T0, Some(&mut journal), |_, _| {}).expect("starts");
    // Two silences of an hour: each is reported, notified and over.
    for n in [0, 1, 2, 63, 64, 65, 126, 127] {
        run.pass(row(n).end).expect("passes");
        run.push(row(n).end, Item::Draft(draft(n))).expect("taken");
    }
    run.finish().expect("ends");
    let reader = Reader::open(&path).expect("a journal");
    let (count, upto) = reader.outages(0).expect("counted");
    assert_eq!(count, 2);
    assert_eq!(reader.outages(upto).expect("counted"), (0, upto));
    assert_eq!(reader.oldest_pending().expect("read"), [], "a test sends nothing");
    assert!(row(126).end - T0 > Span::hours(2));
}

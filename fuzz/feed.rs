//! A stream into a session, in pieces and with time passing: shared by the fuzzer, by the ordinary
//! tests and by the loop in `benches/fuzz.rs`.

use callsurge::engine::observation::SourceId;
use callsurge::engine::time::{Span, Timestamp};
use callsurge::ingest::ami::meaning::{Meaning, MeaningSettings};
use callsurge::ingest::ami::session::{Login, Secret, Session};

/// What was understood of it.
pub(super) fn feed(data: &[u8]) -> Meaning {
    let mut now = Timestamp::from_secs(1_795_486_000);
    let mut meaning = Meaning::new(MeaningSettings::new(SourceId(0)));
    let mut session = Session::new(Login::new("u", &Secret::new("s"), true), now);
    for piece in data.chunks(61) {
        now = now + Span::millis(i64::from(piece[0]) * 7);
        session.receive(now, piece, &mut meaning);
        session.pass(now, &mut meaning);
        meaning.pass(now);
        meaning.drain();
        session.take_output();
    }
    meaning.link_down();
    meaning
}

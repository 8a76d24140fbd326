//! What somebody should know of a link, said once when it happens.

use crate::ingest::ami::Figures;

/// Says what changed between two looks.
pub(super) fn changes(host: &str, before: &Figures, now: &Figures) {
    let more = |of: fn(&Figures) -> u64| of(now).saturating_sub(of(before));
    let warnings: [(u64, &str); 6] = [
        (more(|f| f.saturations), "a queue is full: calls that it refuses are in no event"),
        (more(|f| f.count_mismatches), "events were lost; the queues are listed anew"),
        (more(|f| f.unknown_ends), "calls are gone whose end was not told"),
        (more(|f| f.oversized + f.malformed), "messages could not be used"),
        (more(|f| f.broken_lists), "a list of the queues was not whole"),
        (more(|f| f.overruns), "more came than could be committed"),
    ];
    for (count, what) in warnings.into_iter().filter(|(count, _)| *count > 0) {
        tracing::warn!(%host, count, "{what}");
    }
    let notes: [(u64, &str); 3] = [
        (more(|f| f.restarts), "the PBX restarted"),
        (more(|f| f.counter_resets), "somebody reset the counters of a queue; they are not used"),
        (more(|f| f.backfilled), "rows of the queue log filled a gap"),
    ];
    for (count, what) in notes.into_iter().filter(|(count, _)| *count > 0) {
        tracing::info!(%host, count, "{what}");
    }
}

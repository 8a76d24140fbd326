//! What a connection went through, counted since the start. Plain numbers: what becomes of them
//! is up to whoever asks.

/// Counts of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Messages understood or passed over.
    pub messages: u64,
    /// Bytes that came.
    pub bytes: u64,
    /// Of the messages, those that are of no concern: other kinds, queues that are passed over.
    pub ignored: u64,
    /// Events of calls and members: the account may read them.
    pub agent_events: u64,
    /// Of them, those that say when they happened.
    pub stamped_events: u64,
    /// Messages and names that could not be used.
    pub malformed: u64,
    /// Messages skipped because they were too long.
    pub oversized: u64,
    /// Joins and leaves whose `Count` was compared.
    pub count_checks: u64,
    /// Comparisons that failed: events were lost.
    pub count_mismatches: u64,
    /// Lists of all queues that were taken over.
    pub syncs: u64,
    /// Lists that were not whole.
    pub broken_lists: u64,
    /// Calls found waiting by a list, whose entry no event told.
    pub adopted: u64,
    /// Calls found gone by a list, whose end nobody told.
    pub unknown_ends: u64,
    /// Counters of a queue that went down; they are used for nothing.
    pub counter_resets: u64,
    /// Restarts of the PBX.
    pub restarts: u64,
    /// Ends of calls that a restart caused and that are not told.
    pub ends_by_restart: u64,
    /// Reloads of a module.
    pub reloads: u64,
    /// Calls that a queue did not admit, as far as the dialplan tells.
    pub refused: u64,
    /// Times that a queue became full.
    pub saturations: u64,
    /// Links that were up.
    pub links: u64,
    /// Links that went down.
    pub link_losses: u64,
    /// Gaps between two links that the queue log filled.
    pub gaps_filled: u64,
    /// Gaps between two links of which nothing is known.
    pub gaps_unknown: u64,
    /// Times that the reader was faster than the rest and gave up the link.
    pub overruns: u64,
    /// Rows of the queue log that filled a gap.
    pub backfilled: u64,
}

//! Whatever a PBX sends, a session neither panics nor keeps more than one message.
//!
//!     cargo +nightly fuzz run ami
//!
//! The same corpus runs in the ordinary tests (`ingest::ami::fuzz`), and changed for as long as
//! one likes on a stable compiler (`cargo bench --bench fuzz`).
#![no_main]

#[path = "../feed.rs"]
mod feed;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    feed::feed(data);
});

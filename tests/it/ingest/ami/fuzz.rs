//! Whatever a PBX sends, nothing panics: the corpus of the fuzzer, and recordings that are cut,
//! joined and changed at random.

#[path = "../../../../fuzz/feed.rs"]
mod feed;

use super::recording;
use feed::feed;
use proptest::prelude::*;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

#[test]
fn the_corpus_of_the_fuzzer_passes() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/ami");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 6);
    let messages = |file: &PathBuf| feed(&fs::read(file).unwrap()).figures().messages;
    let heard = files.iter().filter(|file| messages(file) > 0).count();
    assert!(heard >= 3, "some of them get past the login");
}

static RECORDED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut bytes = recording::bytes("reload", "events");
    bytes.extend(recording::bytes("reload", "poll"));
    bytes
});

/// The greeting and the login of the recording.
const HEAD: usize = 96;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn changed_recordings_do_not_panic(
        cuts in proptest::collection::vec((any::<u32>(), 1_usize..6_000), 1..6),
        changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 0..60),
    ) {
        let mut stream = RECORDED[..HEAD].to_vec();
        for (start, length) in cuts {
            let start = start as usize % RECORDED.len();
            stream.extend(&RECORDED[start..RECORDED.len().min(start + length)]);
        }
        for (place, byte) in changes {
            let place = HEAD + usize::from(place) % (stream.len() - HEAD);
            stream[place] = byte;
        }
        feed(&stream);
    }
}

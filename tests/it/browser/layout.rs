//! Every scene on every screen in both languages: nothing cut, nothing untranslated, nothing that
//! a person who does not see well could not use.

use super::{Browser, LANGUAGES, Page, SCREENS, Screen, open, scenes, serve, settled};
use serde_json::Value;
use std::path::PathBuf;

pub(crate) const MEASURE: &str = include_str!("measure.js");
const WORDS: &str = include_str!("words.js");

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_cut_on_a_wall_or_a_phone() {
    let Some(mut browser) = Browser::start() else { return };
    let mut found = Vec::new();
    for (name, scene) in scenes::all() {
        let served = serve(scene).await;
        for lang in LANGUAGES {
            for screen in SCREENS {
                let mut page = open(&mut browser, &served, &format!("lang={lang}"), screen);
                let wrong = page.eval(MEASURE);
                let wrong = wrong.as_array().expect("sentences");
                found.extend(wrong.iter().map(|w| format!("{name} {lang} {screen:?}: {w}")));
                found.extend(page.complaints());
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_language_says_everything_and_nothing_of_the_other() {
    let Some(mut browser) = Browser::start() else { return };
    for (name, scene) in scenes::all() {
        let queues = scene.view.queues.iter().map(|queue| queue.name.to_string());
        let units = scene.view.units.iter().map(|unit| unit.display.to_string());
        let names: Vec<String> = queues.chain(units).collect();
        let served = serve(scene).await;
        for lang in LANGUAGES {
            let mut page = open(&mut browser, &served, &format!("lang={lang}"), SCREENS[2]);
            check_words(&mut page, name, lang, &names);
        }
    }
}

/// Every word of the page is of its language, and none is the machine's.
pub(crate) fn check_words(page: &mut Page<'_>, name: &str, lang: &str, names: &[String]) {
    let said = page.eval(WORDS);
    let said = said.as_str().expect("text");
    // Names stand in sentences too.
    let kept = names.iter().map(String::as_str).chain(["L1", "L2", "L3"]);
    let plain = kept.fold(said.to_owned(), |said, name| said.replace(name, ""));
    let foreign: Vec<&str> = match lang {
        "en" => plain.split_whitespace().filter(|w| !w.is_ascii() && is_chinese(w)).collect(),
        _ => plain.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| !w.is_empty()).collect(),
    };
    assert!(foreign.is_empty(), "{name} {lang}: {foreign:?} in {said}");
    for raw in ["undefined", "null", "NaN", "Infinity", "{", "}", "_"] {
        assert!(!said.contains(raw), "{name} {lang}: {raw:?} in {said}");
    }
    let keys = said.split_whitespace().filter(|w| {
        w.split_once('.').is_some_and(|(a, b)| {
            let word = |s: &str| s.starts_with(|c: char| c.is_ascii_lowercase());
            word(a) && word(b)
        })
    });
    assert_eq!(keys.collect::<Vec<_>>(), Vec::<&str>::new(), "{name} {lang}");
}

fn is_chinese(word: &str) -> bool {
    word.contains(|c: char| ('\u{3000}'..='\u{9fff}').contains(&c) || c >= '\u{ff00}')
}

/// The reader of screens, the colour-blind, the one without a mouse: as far as rules can tell.
#[tokio::test(flavor = "multi_thread")]
async fn no_rule_of_accessibility_is_broken_badly() {
    if axe().is_none() {
        println!("skipped: axe-core is not installed (.ci/run does; CALLSURGE_TEST_AXE names it)");
        return;
    }
    let Some(mut browser) = Browser::start() else { return };
    for (name, scene) in scenes::all() {
        let served = serve(scene).await;
        for screen in [SCREENS[0], SCREENS[2]] {
            let mut page = open(&mut browser, &served, "lang=zh-CN", screen);
            let broken = axe_complaints(&mut page).expect("it is there");
            assert_eq!(broken, Value::Array(Vec::new()), "{name} {screen:?}: {broken:#}");
        }
    }
}

/// The rules that a page breaks badly; `None` where axe-core is not installed.
pub(crate) fn axe_complaints(page: &mut Page<'_>) -> Option<Value> {
    let axe = axe()?;
    // The script's value is its last word, which is no JSON.
    page.eval(&format!("{axe}\n;0"));
    Some(page.eval(
        "axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations\
         .filter((v) => v.impact === 'serious' || v.impact === 'critical')\
         .map((v) => v.id + ': ' + v.nodes.map((n) => n.html + ' ' + n.failureSummary)))",
    ))
}

fn axe() -> Option<String> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let installed = here.join("tests/node_modules/axe-core/axe.min.js");
    let path = std::env::var_os("CALLSURGE_TEST_AXE").map_or(installed, PathBuf::from);
    std::fs::read_to_string(path).ok()
}

/// Two units share a screen, a window may have any shape.
#[tokio::test(flavor = "multi_thread")]
async fn odd_windows_cut_nothing_either() {
    let Some(mut browser) = Browser::start() else { return };
    let mut scene = scenes::all().swap_remove(7).1;
    scene.view.units.truncate(2);
    let served = serve(scene).await;
    let sizes = [Screen(1_280, 720), Screen(1_024, 600), Screen(800, 1_280), Screen(320, 568)];
    let mut found = Vec::new();
    for query in ["lang=en", "lang=en&unit=North"] {
        let mut page = open(&mut browser, &served, query, SCREENS[0]);
        for screen in sizes {
            page.resize(screen);
            settled(&mut page);
            let Screen(width, height) = screen;
            page.until(
                "the curve is drawn anew",
                "Array.from(document.querySelectorAll('.chart')).every((c) => \
                 +c.querySelector('svg').getAttribute('width') === c.clientWidth)",
            );
            let wrong = page.eval(MEASURE);
            let wrong = wrong.as_array().expect("sentences");
            found.extend(wrong.iter().map(|w| format!("{query} {width}x{height}: {w}")));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

//! The analyst's page of the program itself, on a replayed month of two queues: what is drawn,
//! what is chosen, what is said of data that are missing.

use super::layout::{MEASURE, axe_complaints, check_words};
use super::{Browser, LANGUAGES, Page, SCREENS, Screen};
use crate::e2e::{Running, program, write};
use callsurge::engine::time::{Span, Timestamp};
use std::fmt::Write;
use std::net::SocketAddr;

/// Of whoever names queues: markup, and both directions of writing.
const NASTY: &str = "<img src=x onerror=\"window.ran=1\"> قائمة";
/// 2026-10-05, a Monday.
const MONDAY: Timestamp = Timestamp::from_secs(1_791_158_400);
const CONFIG: &str = "[api]\ngrafana_url = \"https://grafana.example.org/\"\n\
    [[unit]]\nname = \"bank\"\ntimezone = \"UTC\"\n";

/// Four weeks of quarters, open from 8 to 20; twice as many calls in the last two hours, and two
/// hours lost on the last day.
fn month() -> String {
    let mut rows = String::from("start,end,queue,offered,answered\n");
    let quarters = 28 * 96 - 20;
    for n in 0..quarters {
        let (start, hour) = (MONDAY + Span::minutes(15 * n), n / 4 % 24);
        let open = (8..20).contains(&hour);
        let lost = (quarters - 28..quarters - 20).contains(&n);
        for (queue, size) in [("cards / 银行卡", 90), (NASTY, 40)] {
            let wobble = n * 7_919 % 23 - 11;
            let usual = if open { size + wobble + 8 * (hour - 14).abs() } else { 0 };
            let calls = if n >= quarters - 8 { usual * 2 } else { usual };
            if !lost {
                let queue = queue.replace('"', "\"\"");
                let line =
                    format!("{start},{},\"{queue}\",{calls},{calls}", start + Span::minutes(15));
                writeln!(rows, "{line}").expect("text");
            }
        }
    }
    rows
}

/// A journal of that month, shown.
fn serve(folder: &tempfile::TempDir) -> Running {
    let config = write(folder.path(), "c.toml", CONFIG);
    let rows = write(folder.path(), "month.csv", &month());
    let journal = folder.path().join("j");
    let mut replay = program();
    replay.arg("replay").arg("--input").arg(rows).arg("--journal").arg(&journal);
    let done = replay.arg("--config").arg(&config).output().expect("it runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Running::serve(&journal, Some(&config))
}

fn open<'a>(browser: &'a mut Browser, at: SocketAddr, query: &str, screen: Screen) -> Page<'a> {
    let mut page = browser.open(&format!("http://{at}/analyst?{query}"), screen);
    drawn(&mut page);
    page
}

fn drawn(page: &mut Page<'_>) {
    page.until(
        "the page is drawn",
        "!document.getElementById('study').hidden && \
         ['week-map', 'band', 'rest', 'histogram'].every((id) => \
           !!document.querySelector('#' + id + ' svg')) && !!document.querySelector('.tests tbody tr')",
    );
}

/// Picks from a list, and waits until an answer was drawn.
fn pick(page: &mut Page<'_>, list: &str, value: &str) {
    let value = serde_json::json!(value);
    page.eval(&format!(
        "document.querySelector('#band svg').setAttribute('data-old', 1); \
         (() => {{ const list = document.getElementById('{list}'); list.value = {value}; \
         list.dispatchEvent(new Event('change')); }})()"
    ));
    page.until("it is drawn anew", "!document.querySelector('#band svg[data-old]')");
}

#[test]
fn a_week_is_read_with_the_keys_and_closed_is_no_zero() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("folder");
    let running = serve(&folder);
    let mut page = open(&mut browser, running.at, "lang=en", SCREENS[0]);
    assert_eq!(page.eval("document.querySelectorAll('#week-map .cell').length >= 672"), true);
    // The focus is on Monday at noon; to the left by four hours and more lies the night.
    let press = |key: &str, times: u32| {
        format!(
            "for (let i = 0; i < {times}; i += 1) {{ document.getElementById('week-map')\
             .dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}' }})); }}"
        )
    };
    page.eval("document.getElementById('week-map').focus()");
    let noon = page.text("#week-map-said");
    assert!(noon.starts_with("Mon 12:00–12:15: ") && noon.contains(" calls expected"), "{noon}");
    page.eval(&press("ArrowLeft", 20));
    assert_eq!(page.text("#week-map-said"), "Mon 07:00–07:15: closed");
    page.eval(&press("ArrowDown", 6));
    assert_eq!(page.text("#week-map-said"), "Sun 07:00–07:15: closed");
    assert_eq!(page.complaints(), Vec::<String>::new());
}

#[test]
fn a_queue_and_a_span_are_chosen_and_the_links_follow() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("folder");
    let running = serve(&folder);
    let mut page = open(&mut browser, running.at, "lang=en", SCREENS[0]);
    assert!(page.text("#curve h2").ends_with("calls in 15 min"), "{}", page.text("#curve h2"));
    let quality = page.text("#quality");
    assert!(quality.contains("the longest 2:00:00"), "{quality}");
    let link = |page: &mut Page<'_>| {
        page.eval("document.getElementById('grafana').href").as_str().expect("a link").to_owned()
    };
    let board = "https://grafana.example.org/d/callsurge-analyst?var-unit=bank&";
    let whole = link(&mut page);
    assert!(whole.starts_with(&format!("{board}from=")) && whole.contains("&to="), "{whole}");
    pick(&mut page, "queue", "cards / 银行卡");
    assert!(page.text("#verdict .explanation").contains("cards / 银行卡"));
    let one = link(&mut page);
    assert!(one.starts_with(&format!("{board}var-queue=cards%20%2F%20")), "{one}");
    pick(&mut page, "hours", "744");
    let shape = page.text("#shape");
    assert!(shape.contains("intervals; the largest distance"), "{shape}");
    let span = "document.querySelector('#curve .small').textContent";
    let before = page.eval(span);
    pick(&mut page, "hours", "6");
    page.eval(
        "document.querySelector('#band svg').setAttribute('data-old', 1); \
               document.getElementById('older').click()",
    );
    page.until("it is drawn anew", "!document.querySelector('#band svg[data-old]')");
    assert_ne!(page.eval(span), before);
    // What the address says now opens the same again.
    let address = page.eval("location.href").as_str().expect("text").to_owned();
    page.go(&address);
    drawn(&mut page);
    assert_eq!(page.eval("document.getElementById('queue').value"), "cards / 银行卡");
    for (id, path) in [("wallboard", "/?unit=bank"), ("command", "/command?unit=bank")] {
        let href = page.eval(&format!("document.getElementById('{id}').getAttribute('href')"));
        assert_eq!(href, path);
    }
    assert_eq!(page.complaints(), Vec::<String>::new());
}

#[test]
fn nothing_is_cut_untranslated_or_run() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("folder");
    let running = serve(&folder);
    let names = [NASTY.to_owned(), "cards / 银行卡".to_owned(), "bank".to_owned()];
    for lang in LANGUAGES {
        for screen in SCREENS {
            let mut page = open(&mut browser, running.at, &format!("lang={lang}"), screen);
            let wrong = page.eval(MEASURE);
            assert_eq!(wrong, serde_json::json!([]), "{lang} {screen:?}");
            check_words(&mut page, "analyst", lang, &names);
            pick(&mut page, "queue", NASTY);
            assert_eq!(page.eval("typeof window.ran"), "undefined");
            assert_eq!(page.eval(MEASURE), serde_json::json!([]), "{lang} {screen:?}");
            if let Some(broken) = axe_complaints(&mut page) {
                assert_eq!(broken, serde_json::json!([]), "{lang} {screen:?}: {broken:#}");
            }
            assert_eq!(page.complaints(), Vec::<String>::new());
        }
    }
}

/// A service that has heard nothing says so.
#[test]
fn what_is_not_known_is_said_to_be_not_known() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("folder");
    let config = write(folder.path(), "c.toml", "[[unit]]\nname = \"bank\"\n");
    let running = Running::serve(&folder.path().join("j"), Some(&config));
    let url = format!("http://{}/analyst?lang=en", running.at);
    let mut page = browser.open(&url, SCREENS[0]);
    page.until("it is drawn", "!!document.querySelector('#tests p')");
    assert_eq!(page.text("#tests p"), "nothing is judged yet");
    assert!(page.text("#shape").contains("0 intervals have a residual"));
    assert_eq!(page.eval("document.querySelectorAll('#week-map .unknown').length"), 672);
    assert!(page.text("#quality").contains("not known"), "{}", page.text("#quality"));
    assert_eq!(page.eval("document.getElementById('grafana').hidden"), true);
}

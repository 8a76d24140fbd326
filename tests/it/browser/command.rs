//! The commander's page of the program itself: signing in, orders and what they would do, the end
//! of a session, and the log book.

use super::layout::{MEASURE, axe_complaints, check_words};
use super::{Browser, LANGUAGES, Page, SCREENS, Screen, shows};
use crate::e2e::recall::Rig;
use crate::e2e::{Running, TOKEN, row, write};
use callsurge::api::auth::Rules;
use std::time::{Duration, Instant};

/// From the press to the level on another screen.
const STAGE_SEEN: Duration = Duration::from_secs(2);
/// A television and a phone.
const DESKS: [Screen; 2] = [SCREENS[0], SCREENS[2]];
/// What a viewer signs in with.
const VIEWER: &str = "fedcba9876543210fedcba9876543210";

/// Two tokens: one that may order, one that may look.
fn config() -> String {
    let digest = callsurge::api::auth::digest_hex(VIEWER);
    format!(
        "{}\n[[token]]\nname = \"viewer\"\nscopes = [\"read\"]\nsha256 = \"{digest}\"\n",
        crate::e2e::TOKEN_CONFIG
    )
}

fn serve(folder: &tempfile::TempDir) -> Running {
    let config = write(folder.path(), "c.toml", &config());
    let running = Running::serve(&folder.path().join("j"), Some(&config));
    let quiet: String = (6..=180).rev().map(|back| row("4001", back, 100)).collect();
    assert_eq!(running.post(quiet).status, 200);
    running
}

fn open<'a>(browser: &'a mut Browser, running: &Running, lang: &str, screen: Screen) -> Page<'a> {
    let page = browser.open(&format!("http://{}/command?lang={lang}", running.at), screen);
    sign_in(page, TOKEN)
}

fn sign_in<'a>(mut page: Page<'a>, token: &str) -> Page<'a> {
    page.until("it asks", "!document.getElementById('login').hidden");
    page.type_into("#token", token);
    page.eval("document.getElementById('login-go').click()");
    // The page empties the field when the answer is there: before that, no cookie is.
    page.until("it is answered", "document.getElementById('token').value === ''");
    page.until("the desk", "!document.getElementById('desk').hidden");
    page.until("what may be ordered", "document.getElementById('orders').textContent !== ''");
    page
}

fn choose(page: &mut Page<'_>, act: &str, level: Option<&str>) {
    page.until("the acts", &format!("!!document.querySelector('[data-act={act}]')"));
    page.eval(&format!("document.querySelector('[data-act={act}]').click()"));
    if let Some(level) = level {
        page.eval(&format!("document.querySelector('[data-level={level}]').click()"));
    }
}

/// Waits for the preview of a level, or of a refusal, and reads it.
fn preview(page: &mut Page<'_>, line: &str) -> String {
    page.until("a preview", &format!("!!document.querySelector('#preview .{line} dd')"));
    page.text(&format!("#preview .{line} dd"))
}

fn send(page: &mut Page<'_>) {
    page.until("it can be sent", "!document.getElementById('send').disabled");
    page.eval("document.getElementById('send').click()");
    page.until("an answer", "document.getElementById('outcome').textContent !== ''");
}

/// All but what a browser says of the first question, which has no token yet.
fn complaints(page: &mut Page<'_>) -> Vec<String> {
    let mut found = page.complaints();
    found.retain(|c| !(c.contains("401 (Unauthorized)") && c.contains("/api/v1/status")));
    found
}

fn orders(page: &mut Page<'_>) -> i64 {
    let asked =
        "fetch('/api/v1/logbook?type=command').then((r) => r.json()).then((p) => p.records.length)";
    page.eval(asked).as_i64().expect("a number")
}

#[test]
fn an_order_does_what_its_preview_says_and_is_on_the_wallboard_within_two_seconds() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("folder");
    let running = serve(&folder);
    let mut page = open(&mut browser, &running, "en", SCREENS[0]);
    assert_eq!(page.text("#who"), "Signed in as desk");
    choose(&mut page, "raise", Some("L2"));
    page.until("it is of L2", "/→ L2/.test(document.getElementById('preview').textContent)");
    assert_eq!(preview(&mut page, "level"), "no support → L2");
    assert_eq!(preview(&mut page, "told"), "nobody: no webhook is configured");
    page.until("people", "/recall off/.test(document.getElementById('preview').textContent)");
    assert_eq!(preview(&mut page, "people"), "L2: recall off");
    let forces = preview(&mut page, "overrides");
    assert!(forces.starts_with("at least L2 until "), "{forces}");
    let clock = preview(&mut page, "clock");
    assert_eq!(page.eval("document.getElementById('send').disabled"), true, "without a reason");
    page.type_into("#reason", "power cut / 停电");
    let pressed = Instant::now();
    send(&mut page);
    page.until("it is in force", "document.querySelector('.badge').className === 'badge s2'");
    let in_force = pressed.elapsed();
    assert!(page.text("#outcome").starts_with("✔ Taken at "), "{}", page.text("#outcome"));
    assert_eq!(page.text(".overrides li"), forces);
    assert_eq!(page.text("#state .clock"), clock);
    page.until(
        "the time line",
        "/no support → L2/.test(document.getElementById('timeline').innerText) && \
         /power cut/.test(document.getElementById('timeline').innerText)",
    );
    assert_eq!(complaints(&mut page), Vec::<String>::new());
    let asked = Instant::now();
    page.go(&format!("http://{}/?lang=en", running.at));
    page.until("level 2 on the wallboard", &shows(2));
    let seen = in_force + asked.elapsed();
    assert!(seen < STAGE_SEEN, "{seen:?}");
    println!("level 2 on the wallboard {} ms after the press", seen.as_millis());
}

#[test]
fn a_double_click_acts_once_and_a_refusal_is_said_in_words() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("folder");
    let running = serve(&folder);
    let mut page = open(&mut browser, &running, "zh-CN", SCREENS[0]);
    choose(&mut page, "close", None);
    let refused = preview(&mut page, "refused");
    assert_eq!(refused, "该指令将被拒绝：没有进行中的事件");
    page.type_into("#reason", "x");
    assert_eq!(page.eval("document.getElementById('send').disabled"), true);
    choose(&mut page, "raise", Some("L1"));
    page.until("a preview", "/→ L1/.test(document.getElementById('preview').textContent)");
    page.until("it can be sent", "!document.getElementById('send').disabled");
    page.double_click("#send");
    page.until("an answer", "document.getElementById('outcome').textContent !== ''");
    page.until("level 1", "document.querySelector('.badge').className === 'badge s1'");
    assert_eq!(orders(&mut page), 1);
    // An answer that is lost: the second press repeats the first and acts no second time.
    page.eval(
        "window.sent = []; window.real = callsurge.ask; callsurge.ask = (path, options) => { \
           if (!/commands$/.test(path)) { return real(path, options); } \
           sent.push(options.headers['Idempotency-Key']); \
           return real(path, options).then((r) => { if (sent.length === 1) { throw new Error('lost'); } return r; }); \
         }, 0",
    );
    choose(&mut page, "confirm", None);
    page.until("a preview", "!!document.querySelector('#preview .level dd')");
    page.type_into("#reason", "在岗");
    send(&mut page);
    assert!(page.text("#outcome").contains("不确定指令是否生效"), "{}", page.text("#outcome"));
    page.until("it can be sent", "!document.getElementById('send').disabled");
    page.eval("document.getElementById('send').click()");
    page.until("taken", "/已下达/.test(document.getElementById('outcome').textContent)");
    let sent = page.eval("sent");
    assert_eq!(sent[0], sent[1], "one key for one order");
    assert_eq!(orders(&mut page), 2);
    assert_eq!(complaints(&mut page), Vec::<String>::new());
}

#[test]
fn who_may_only_look_sees_no_buttons_and_a_lost_session_keeps_what_was_typed() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("folder");
    let running = serve(&folder);
    let mut page = browser.open(&format!("http://{}/command?lang=en", running.at), SCREENS[2]);
    page.until("it asks", "!document.getElementById('login').hidden");
    page.type_into("#token", "wrong");
    page.eval("document.getElementById('login-go').click()");
    page.until("refused", "document.getElementById('login-failed').textContent !== ''");
    assert_eq!(page.text("#login-failed"), "the token is not known");
    assert_eq!(page.eval("document.getElementById('desk').hidden"), true);
    let mut page = sign_in(page, VIEWER);
    assert_eq!(page.text("#orders"), "You may look, but not give orders.");
    assert_eq!(page.eval("document.querySelectorAll('#orders button').length"), 0);
    assert!(page.text("#login-why").contains("a token that may operate"));
    let mut page = sign_in(page, TOKEN);
    choose(&mut page, "raise", Some("L3"));
    page.type_into("#reason", "typed with care");
    page.until("a preview", "/→ L3/.test(document.getElementById('preview').textContent)");
    // The session ends elsewhere.
    page.eval("fetch('/api/v1/session', { method: 'DELETE' }).then(() => 0)");
    send(&mut page);
    assert!(page.text("#outcome").contains("The session has ended: nothing was done"));
    page.until("it asks", "!document.getElementById('login').hidden");
    assert_eq!(page.eval("document.getElementById('reason').value"), "typed with care");
    let mut page = sign_in(page, VIEWER);
    send(&mut page);
    page.until(
        "told",
        "/may not give orders/.test(document.getElementById('outcome').textContent)",
    );
    assert_eq!(page.eval("document.getElementById('reason').value"), "typed with care");
    let mut page = sign_in(page, TOKEN);
    assert_eq!(orders(&mut page), 0);
    page.until("it can be sent", "!document.getElementById('send').disabled");
    page.eval("document.getElementById('send').click()");
    page.until("level 3", "document.querySelector('.badge').className === 'badge s3'");
    assert_eq!(orders(&mut page), 1);
}

/// Opens the desk of a monitor with a roster.
fn with_roster<'a>(
    browser: &'a mut Browser,
    served: &Running,
    lang: &str,
    screen: Screen,
) -> Page<'a> {
    let page = browser.open(&format!("http://{}/command?lang={lang}", served.at), screen);
    let mut page = page;
    if page.eval("fetch('/api/v1/status').then((r) => r.status)") == 401 {
        page = sign_in(page, TOKEN);
    }
    page.until("the desk", "!document.getElementById('desk').hidden");
    page
}

/// What is wrong with the page as it is: layout, complaints, words of the other language.
fn check_page(page: &mut Page<'_>, lang: &str, found: &mut Vec<String>) {
    let wrong = page.eval(MEASURE);
    let wrong = wrong.as_array().expect("sentences");
    found.extend(wrong.iter().map(|w| format!("{lang}: {w}")));
    found.extend(complaints(page));
    check_words(page, "command", lang, &["default".to_owned()]);
}

#[test]
fn the_preview_of_a_level_says_whom_it_would_ask() {
    let Some(mut browser) = Browser::start() else { return };
    let rig = Rig::automatic();
    let served = rig.serve();
    let mut found = Vec::new();
    for (lang, need, reason) in [
        ("en", "L2: 2 needed until ", "no verified contact"),
        ("zh-CN", "L2：需要 2 人，", "没有已验证的联系方式"),
    ] {
        for screen in DESKS {
            let mut page = with_roster(&mut browser, &served, lang, screen);
            choose(&mut page, "raise", Some("L3"));
            page.until(
                "both levels",
                "document.querySelectorAll('#preview .people dd').length > 10 && \
                 /L3/.test(document.querySelector('#preview .people').textContent)",
            );
            let said = page.text("#preview .people");
            assert!(said.contains(need) && said.contains(reason), "{said}");
            assert!(said.contains('p') && !said.contains("Canary"), "numbers and no names: {said}");
            check_page(&mut page, lang, &mut found);
            page.eval("document.querySelector('[data-level=L1]').click()");
            page.until("nobody", "document.querySelectorAll('#preview .people dd').length === 1");
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(rig.receiver.requests().is_empty());
}

#[test]
fn a_drill_is_started_seen_and_stopped_and_a_recall_is_checked() {
    let Some(mut browser) = Browser::start() else { return };
    let rig = Rig::automatic();
    let served = rig.serve();
    let mut found = Vec::new();
    for (lang, word, wrong) in
        [("en", "DRILL L2: ", "1 of 13 have no"), ("zh-CN", "演练 L2：", "13 人中有 1 人")]
    {
        let mut page = with_roster(&mut browser, &served, lang, SCREENS[2]);
        page.until("a look", "!!document.querySelector('.check.wrong')");
        assert!(
            page.text("#preflight-checks").contains(wrong),
            "{}",
            page.text("#preflight-checks")
        );
        let first = page.text("#preflight-sum");
        page.until(
            "another look",
            &format!(
                "(document.getElementById('preflight-go').click(), \
                 document.getElementById('preflight-sum').textContent !== {first:?})"
            ),
        );
        assert_eq!(page.eval("document.getElementById('drill-go').disabled"), true);
        page.type_into("#drill-reason", "every month / 每月");
        page.eval("document.getElementById('drill-go').click()");
        page.until("the banner", "!document.getElementById('drilling').hidden");
        assert!(page.text("#drilling").starts_with(word), "{}", page.text("#drilling"));
        check_page(&mut page, lang, &mut found);
        page.go(&format!("http://{}/?lang={lang}", served.at));
        page.until("on the wall", "!!document.querySelector('.flag.drill')");
        assert!(page.text(".flag.drill").starts_with(word));
        page.go(&format!("http://{}/command?lang={lang}", served.at));
        page.until("the desk", "!!document.getElementById('drill-reason')");
        page.type_into("#drill-reason", "seen enough");
        page.eval("document.getElementById('drill-go').click()");
        page.until("no banner", "document.getElementById('drilling').hidden");
        page.until(
            "it is in the log",
            &format!(
                "document.getElementById('book-rows').textContent.includes({:?})",
                word.split(' ').next().expect("a word")
            ),
        );
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(rig.receiver.requests().is_empty());
}

const NASTY: [&str; 4] = [
    "<img src=x onerror=\"window.ran=1\">",
    "\"><script>window.ran=1</script>{what}{{lang}} __proto__",
    "\u{202e}gnitteS\u{202c} قائمة 👩‍👩‍👧‍👦🔥",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
];

/// A desk in the middle of an incident, with a draft and nasty reasons; both languages, both
/// screens: nothing cut, nothing untranslated, no rule of accessibility broken badly.
#[test]
fn no_reason_runs_and_nothing_is_cut_or_untranslated() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("folder");
    let running = serve(&folder);
    let surge: String = (1..=5).rev().map(|back| row("4001", back, 400)).collect();
    assert_eq!(running.post(surge).status, 200);
    for (n, reason) in NASTY.iter().enumerate() {
        let actor: String = reason.chars().take(12).collect();
        let body = serde_json::json!({ "act": "hold", "reason": reason, "actor": actor });
        let answer = running.order("default", &n.to_string(), &body.to_string());
        assert_eq!(answer.expect("an answer").status, 200, "{reason}");
    }
    let mut found = Vec::new();
    for lang in LANGUAGES {
        for screen in DESKS {
            let mut page =
                browser.open(&format!("http://{}/command?lang={lang}", running.at), screen);
            if page.eval("fetch('/api/v1/status').then((r) => r.status)") == 401 {
                page = sign_in(page, TOKEN);
            }
            choose(&mut page, "raise", Some("L3"));
            page.until("a preview", "/→ L3/.test(document.getElementById('preview').textContent)");
            page.until("the log", "document.querySelectorAll('#book-rows tr').length >= 5");
            page.until("the line", "document.querySelectorAll('.event').length >= 5");
            for reason in NASTY {
                let shown = page.eval(&format!(
                    "Array.from(document.querySelectorAll('.event .name')).some((n) => n.textContent === {})",
                    serde_json::json!(reason)
                ));
                assert_eq!(shown, true, "{reason}");
            }
            assert_eq!(page.eval("typeof window.ran"), "undefined");
            let wrong = page.eval(MEASURE);
            let wrong = wrong.as_array().expect("sentences");
            found.extend(wrong.iter().map(|w| format!("{lang} {screen:?}: {w}")));
            found.extend(complaints(&mut page));
            check_words(&mut page, "command", lang, &["default".to_owned()]);
            if let Some(broken) = axe_complaints(&mut page) {
                assert_eq!(broken, serde_json::json!([]), "{lang} {screen:?}: {broken:#}");
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_log_book_is_filtered_and_taken_away() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("folder");
    let running = serve(&folder);
    for (key, act) in [("1", r#""raise","level":"L2""#), ("2", r#""lower","level":"L1""#)] {
        let body = format!(r#"{{"act":{act},"reason":"reason {key} 暴雨"}}"#);
        assert_eq!(running.order("default", key, &body).expect("an answer").status, 200);
    }
    let mut page = open(&mut browser, &running, "en", SCREENS[0]);
    let lines = |n: u32| format!("document.querySelectorAll('#book-rows tr').length === {n}");
    let set = |id: &str, value: &str| {
        format!(
            "(() => {{ const n = document.getElementById('{id}'); n.value = '{value}'; \
             ['input', 'change'].forEach((e) => n.dispatchEvent(new Event(e))); }})()"
        )
    };
    page.eval(&set("book-kind", "command"));
    page.until("orders", &lines(2));
    page.eval(&set("book-level", "L1"));
    page.until("of L1", &lines(1));
    page.eval(&set("book-level", ""));
    page.until("all", &lines(2));
    page.eval(&set("book-text", "REASON 1 暴雨"));
    page.until("with the text", &lines(1));
    assert!(page.text("#book-rows").contains("reason 1"), "{}", page.text("#book-rows"));
    let taken = page.eval(
        "Promise.all(Array.from(document.querySelectorAll('a.tool')).map((a) => fetch(a.href)\
         .then((r) => r.arrayBuffer()).then((b) => Array.from(new Uint8Array(b)))))",
    );
    let files: Vec<Vec<u8>> = serde_json::from_value(taken).expect("bytes");
    let [csv, excel, markdown] = &files[..] else { panic!("three files") };
    assert!(csv.starts_with(b"at,type,unit"));
    assert!(excel.starts_with("\u{feff}at,type,unit".as_bytes()));
    assert!(markdown.starts_with(b"| at | type |"));
    let text = String::from_utf8_lossy(csv);
    assert_eq!((text.lines().count(), text.contains("reason 1 暴雨")), (2, true), "{text}");
    // On paper there is the log, and nothing that can only be pressed.
    page.print(true);
    let shown = page.eval(
        "['#book-rows', '#timeline', '#orders', '.filters', '.tools'].map((s) => \
         document.querySelector(s).getClientRects().length > 0)",
    );
    assert_eq!(shown, serde_json::json!([true, true, false, false, false]));
    page.print(false);
    assert_eq!(complaints(&mut page), Vec::<String>::new());
}

/// A journal that is only looked at asks for no token and has nothing to press.
#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_is_only_looked_at_takes_no_orders() {
    let Some(mut browser) = Browser::start() else { return };
    let scene = super::scenes::all().swap_remove(1).1;
    let served = crate::api::served_by(scene.view, Rules::default(), |state| {
        state.read_only = true;
        state.stamp = callsurge::journal::Stamp::Replay;
        state.history = std::sync::Arc::new(scene.told);
    })
    .await;
    for lang in LANGUAGES {
        for screen in DESKS {
            let mut page = browser.open(&format!("{}/command?lang={lang}", served.base), screen);
            page.until("the log", "document.querySelectorAll('#book-rows tr').length === 10");
            page.until("it says so", "document.getElementById('orders').textContent !== ''");
            assert_eq!(page.eval("document.querySelectorAll('#orders button').length"), 0);
            assert_eq!(page.eval("document.getElementById('login').hidden"), true);
            assert_eq!(page.eval("document.getElementById('stamp').hidden"), false);
            assert_eq!(page.eval(MEASURE), serde_json::json!([]), "{lang} {screen:?}");
            assert_eq!(complaints(&mut page), Vec::<String>::new());
        }
    }
}

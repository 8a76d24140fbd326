//! The page of the program itself: changes, orders, a lost connection, and where it asks.

use super::{Browser, SCREENS, Screen, settled, shows};
use crate::e2e::{Running, TOKEN, TOKEN_CONFIG, program, row, write};
use std::time::{Duration, Instant};

/// From the answer to a POST to the pixel.
const STAGE_SEEN: Duration = Duration::from_secs(2);
/// From the last sign of life to the words that say so.
const LOSS_SEEN: Duration = Duration::from_secs(5);

/// Three quiet hours up to five minutes ago.
fn quiet() -> String {
    (6..=180).rev().map(|back| row("support", back, 100)).collect()
}

/// Five minutes of four times the volume, up to now.
fn loud() -> String {
    (1..=5).rev().map(|back| row("support", back, 400)).collect()
}

#[test]
fn a_stage_is_on_the_screen_within_two_seconds_and_nobody_else_is_asked() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("folder");
    let running = Running::serve(&folder.path().join("j"), None);
    assert_eq!(running.post(quiet()).status, 200);
    let base = format!("http://{}", running.at);
    let mut page = browser.open(&format!("{base}/?lang=en"), SCREENS[0]);
    settled(&mut page);
    assert_eq!(page.text(".tile .word"), "no support");
    assert_eq!(page.text(".tile .why"), "no step is due");
    page.until("the past is drawn", "document.querySelectorAll('svg .observed').length === 1");
    let posted = Instant::now();
    assert_eq!(running.post(loud()).status, 200);
    page.until("level 1", &shows(1));
    let seen = posted.elapsed();
    assert!(seen < STAGE_SEEN, "{seen:?}");
    page.until("the log tells it", "document.getElementById('log').innerText.includes('→ L1')");
    page.until("the excess is drawn", "document.querySelectorAll('svg .over').length === 1");
    page.until(
        "a countdown",
        "/^2[5-9]:[0-9]{2}$/.test(document.querySelector('.count').textContent)",
    );
    let paint = page.eval(
        "performance.getEntriesByType('paint').map((p) => p.name + ' ' + Math.round(p.startTime) + ' ms')",
    );
    println!("level 1 on the screen {} ms after the POST; {paint}", seen.as_millis());
    for address in page.requests() {
        assert!(address.starts_with(&format!("{base}/")), "{address}");
    }
    assert_eq!(page.complaints(), Vec::<String>::new());
    let policy = running.get("/").head.to_lowercase();
    let policy =
        policy.lines().find(|l| l.starts_with("content-security-policy")).expect("a policy");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("script-src 'self';"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[test]
fn a_killed_service_is_said_within_five_seconds_and_the_page_comes_back_by_itself() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("folder");
    let journal = folder.path().join("j");
    let running = Running::serve(&journal, None);
    running.post(quiet() + &loud());
    let at = running.at;
    let mut page = browser.open(&format!("http://{at}/?lang=zh-CN"), SCREENS[0]);
    settled(&mut page);
    page.until("level 1", &shows(1));
    let before = page.eval("document.querySelector('.count').textContent");
    assert_eq!(page.complaints(), Vec::<String>::new());
    drop(running);
    let killed = Instant::now();
    page.until("the loss is said", "!document.getElementById('lost').hidden");
    let seen = killed.elapsed();
    assert!(seen < LOSS_SEEN, "{seen:?}");
    assert!(page.text("#lost").starts_with("▲ 连接已断开"), "{}", page.text("#lost"));
    assert_eq!(page.eval("document.documentElement.className"), "is-lost");
    let colour = page.eval("getComputedStyle(document.querySelector('.tile')).backgroundColor");
    assert_ne!(colour, "rgb(247, 224, 74)", "a level that may be over keeps no colour");
    let line = page.eval("getComputedStyle(document.querySelector('.number')).textDecorationLine");
    assert_eq!(line, "line-through");
    println!(
        "a killed service is said after {} ms; the countdown stood at {before}",
        seen.as_millis()
    );
    let mut again = program();
    again.args(["serve", "--listen", &at.to_string(), "--journal"]).arg(&journal);
    let _running = Running::start(&mut again, false);
    page.until("the page is back", "document.getElementById('lost').hidden");
    page.until("level 1", &shows(1));
    page.until("the past is still drawn", "document.querySelectorAll('svg .over').length === 1");
}

#[test]
fn a_service_that_stands_still_is_said_too() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("folder");
    let running = Running::serve(&folder.path().join("j"), None);
    running.post(quiet());
    let mut page = browser.open(&format!("http://{}/?lang=en", running.at), SCREENS[0]);
    settled(&mut page);
    // The connection stays open; nothing comes.
    running.signal("STOP");
    let stopped = Instant::now();
    page.until("the loss is said", "!document.getElementById('lost').hidden");
    let seen = stopped.elapsed();
    running.signal("CONT");
    assert!(seen < LOSS_SEEN, "{seen:?}");
    page.until("the page is back", "document.getElementById('lost').hidden");
    assert_eq!(page.eval("document.documentElement.className"), "");
}

#[test]
fn with_tokens_the_page_asks_for_one_and_shows_orders_at_once() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("folder");
    let config = write(folder.path(), "c.toml", TOKEN_CONFIG);
    let running = Running::serve(&folder.path().join("j"), Some(&config));
    running.post(quiet() + &loud());
    let mut page = browser.open(&format!("http://{}/?lang=zh-CN", running.at), Screen(390, 844));
    page.until("it asks", "!document.getElementById('login').hidden");
    assert_eq!(page.text("#login-go"), "登录");
    assert_eq!(page.text("#units"), "");
    page.type_into("#token", "wrong");
    page.eval("document.getElementById('login-go').click()");
    page.until("refused", "document.getElementById('login-failed').textContent === '令牌无效'");
    page.type_into("#token", TOKEN);
    page.eval("document.getElementById('login-go').click()");
    page.until("level 1", &shows(1));
    assert_eq!(page.eval("document.getElementById('login').hidden"), true);
    let order = r#"{"act":"raise","level":"L3","reason":"<b>drill</b>"}"#;
    let asked = Instant::now();
    assert_eq!(running.order("default", "k1", order).expect("an answer").status, 200);
    page.until("level 3", &shows(3));
    assert!(asked.elapsed() < STAGE_SEEN, "{:?}", asked.elapsed());
    assert_eq!(page.text(".tile .word"), "三级支持");
    assert!(page.text(".flags").contains("按指令不低于 L3"), "{}", page.text(".flags"));
    page.until("who and why", "document.getElementById('log').innerText.includes('<b>drill</b>')");
}

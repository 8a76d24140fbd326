//! The page in a real browser, on small telephones, in both languages.

use super::contact::{Contacts, asked, token};
use super::{Night, Plan};
use crate::browser::devtools::{Browser, Page, Screen};
use crate::browser::layout::{MEASURE, axe_complaints, check_words};
use base64::Engine as _;
use callsurge::config::Language;
use callsurge::engine::time::Span;
use callsurge::roster::Kind;
use callsurge::roster::asking::AskedState;

/// The smallest that is still carried, and an ordinary one.
const PHONES: [Screen; 2] = [Screen(320, 568), Screen(390, 844)];
/// What somebody who may name a unit could try, and a name that is long.
const UNIT: &str = "North <script>window.ran=1</script>\"'><img src=x onerror=window.ran=1> \
                    客户服务中心信用卡及个人贷款业务二十四小时热线";
const WIDTH: &str = "Math.min.apply(null, Array.from(document.querySelectorAll('button, select'))\
                     .filter((e) => e.getClientRects().length).map((e) => e.clientHeight))";

fn keep(page: &mut Page<'_>, name: &str) {
    let Some(folder) = std::env::var_os("CALLSURGE_TEST_PICTURES") else { return };
    let picture = base64::engine::general_purpose::STANDARD.decode(page.picture());
    std::fs::create_dir_all(&folder).expect("made");
    let file = std::path::Path::new(&folder).join(format!("reply-{name}.png"));
    std::fs::write(file, picture.expect("base64")).expect("written");
}

/// Presses the button of a reply, as a finger does.
fn press(page: &mut Page<'_>, reply: &str) {
    let before = page.text("h1");
    page.eval(&format!("document.querySelector('button[value={reply}]').click()"));
    page.until(
        "the answer",
        &format!(
            "document.readyState === 'complete' && document.querySelector('h1') && \
             document.querySelector('h1').innerText !== {}",
            serde_json::json!(before)
        ),
    );
}

fn check(page: &mut Page<'_>, name: &str, lang: &str, screen: Screen) {
    let place = format!("{name} {lang} {screen:?}");
    assert_eq!(page.eval("document.documentElement.lang"), lang, "{place}");
    assert_eq!(page.eval(MEASURE), serde_json::json!([]), "{place}");
    assert_eq!(page.complaints(), Vec::<String>::new(), "{place}");
    assert_eq!(page.eval("typeof window.ran"), "undefined", "{place}");
    assert_eq!(page.eval("document.images.length + document.scripts.length"), 0, "{place}");
    let names = ["English", "中文"].map(str::to_owned);
    check_words(page, name, lang, &names);
    if page.eval("document.querySelectorAll('button').length") != 0 {
        let low = page.eval(WIDTH).as_f64().expect("a height");
        assert!(low >= 44.0, "{place}: {low} is too low for a thumb");
    }
    if let Some(broken) = axe_complaints(page) {
        assert_eq!(broken, serde_json::json!([]), "{place}: {broken:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_read_and_pressed_on_a_small_telephone() {
    let Some(mut browser) = Browser::start() else { return };
    for (language, lang) in [(Language::En, "en"), (Language::ZhCn, "zh-CN")] {
        for screen in PHONES {
            let Screen(width, _) = screen;
            let plan = Plan { language, unit: UNIT, ..Plan::default() };
            let night = Night::of(plan).await;
            // The second person has not said in which language.
            let url = format!("{}/r/{}?lang={lang}", night.base, night.token(2));
            let mut page = browser.open(&url, screen);
            check(&mut page, "asked", lang, screen);
            keep(&mut page, &format!("asked-{lang}-{width}"));
            page.eval("document.querySelector('summary').click()");
            check(&mut page, "wrong number", lang, screen);
            page.eval("document.querySelector('select').value = '45'");
            press(&mut page, "yes");
            assert_eq!(night.state(2), "accepted");
            check(&mut page, "coming", lang, screen);
            keep(&mut page, &format!("coming-{lang}-{width}"));
            press(&mut page, "no");
            assert_eq!(night.state(2), "declined");
            check(&mut page, "declined", lang, screen);
            night.later(Span::minutes(20)).await;
            page.go(&url);
            check(&mut page, "over", lang, screen);
            keep(&mut page, &format!("over-{lang}-{width}"));
            page.go(&format!("{}/r/x?lang={lang}", night.base));
            // The browser itself says that a page was not found.
            page.until("it is shown", "!!document.querySelector('h1')");
            assert_eq!(page.eval(MEASURE), serde_json::json!([]), "{lang} {screen:?}");
            drop(page);
            night.stop().await;
        }
        let night = Night::of(Plan { language, unit: "North", ..Plan::drill() }).await;
        let url = format!("{}/r/{}?lang={lang}", night.base, night.token(2));
        let mut page = browser.open(&url, PHONES[0]);
        assert_eq!(page.eval(MEASURE), serde_json::json!([]), "a drill, {lang}");
        keep(&mut page, &format!("drill-{lang}"));
        drop(page);
        night.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_about_a_contact_is_read_and_pressed_on_a_small_telephone() {
    let Some(mut browser) = Browser::start() else { return };
    for (language, lang) in [(Language::En, "en"), (Language::ZhCn, "zh-CN")] {
        for screen in PHONES {
            let one = asked(2, Kind::Sms);
            let contacts = Contacts::with(&[one]);
            let plan =
                Plan { language, sender: UNIT, contacts: contacts.clone(), ..Plan::default() };
            let night = Night::of(plan).await;
            let url = format!("{}/r/{}?lang={lang}", night.base, token(&one));
            let mut page = browser.open(&url, screen);
            check(&mut page, "contact", lang, screen);
            keep(&mut page, &format!("contact-{lang}-{}", screen.0));
            press(&mut page, "yes");
            assert_eq!(contacts.states(), [AskedState::Verified]);
            check(&mut page, "verified", lang, screen);
            page.eval("document.querySelector('summary').click()");
            check(&mut page, "not me", lang, screen);
            press(&mut page, "wrong_number");
            assert_eq!(contacts.states(), [AskedState::Blocked]);
            check(&mut page, "blocked", lang, screen);
            drop(page);
            night.stop().await;
        }
    }
}

//! Pictures of the page, for people to judge and for the README. Written only where
//! `CALLSURGE_TEST_PICTURES` names a folder.

use super::{Browser, LANGUAGES, Page, SCREENS, Screen, open, scenes, serve, shows};
use crate::e2e::{Running, program};
use base64::Engine as _;
use std::path::{Path, PathBuf};

/// A television at half its pixels: what a reader of the README sees.
const SMALL: Screen = Screen(1_280, 720);

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("CALLSURGE_TEST_PICTURES").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: CALLSURGE_TEST_PICTURES names no folder");
    }
    folder
}

fn keep(page: &mut Page<'_>, folder: &Path, name: &str) {
    let picture = base64::engine::general_purpose::STANDARD.decode(page.picture());
    std::fs::create_dir_all(folder).expect("made");
    std::fs::write(folder.join(format!("{name}.png")), picture.expect("base64")).expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scene_has_its_picture() {
    let Some(folder) = folder() else { return };
    let Some(mut browser) = Browser::start() else { return };
    for (name, scene) in scenes::all() {
        let served = serve(scene).await;
        for lang in LANGUAGES {
            for screen in SCREENS {
                let Screen(width, _) = screen;
                let mut page = open(&mut browser, &served, &format!("lang={lang}"), screen);
                keep(&mut page, &folder, &format!("{name}-{lang}-{width}"));
            }
        }
        let mut page = open(&mut browser, &served, "lang=en", SCREENS[0]);
        served.stop().await;
        page.until("the loss is said", "!document.getElementById('lost').hidden");
        keep(&mut page, &folder, &format!("{name}-lost"));
    }
}

/// The commander's page of the demo at level 2, with a draft, as its manual shows it.
#[test]
fn the_desk_has_its_picture() {
    let Some(folder) = folder() else { return };
    let Some(mut browser) = Browser::start() else { return };
    let mut demo = program();
    demo.args(["demo", "--speed", "200", "--listen", "127.0.0.1:0", "--lang", "en"]);
    let demo = Running::start(&mut demo, true);
    for (lang, reason, size) in [
        ("en", "banking app is down, callers keep coming", Screen(1_280, 1_120)),
        ("zh-CN", "手机银行故障，来话持续", Screen(1_280, 1_120)),
        ("zh-CN", "手机银行故障，来话持续", Screen(390, 844)),
    ] {
        let Screen(width, _) = size;
        let mut page = browser.open(&format!("http://{}/command?lang={lang}", demo.at), size);
        page.until(
            "it asks or knows",
            "!document.getElementById('login').hidden || !!document.querySelector('[data-act]')",
        );
        if page.eval("document.getElementById('login').hidden") == false {
            let token = demo.line("Bearer ").expect("the demo tells its token");
            let token = token.rsplit(' ').next().expect("a word").trim_end_matches('\'').to_owned();
            page.type_into("#token", &token);
            page.eval("document.getElementById('login-go').click()");
        }
        page.until("level 2 or 3", "/s[23]/.test(document.querySelector('.badge').className)");
        page.until("the acts", "!!document.querySelector('[data-act=raise]')");
        page.eval("document.querySelector('[data-act=raise]').click()");
        page.type_into("#reason", reason);
        page.until("a preview", "!!document.querySelector('#preview .level dd')");
        keep(&mut page, &folder, &format!("command-{lang}-{width}"));
    }
}

/// The demo at its worst, as the README shows it.
#[test]
fn the_demo_has_its_picture() {
    let Some(folder) = folder() else { return };
    let Some(mut browser) = Browser::start() else { return };
    let mut demo = program();
    demo.args(["demo", "--speed", "200", "--listen", "127.0.0.1:0", "--lang", "en"]);
    let demo = Running::start(&mut demo, true);
    let mut page = browser.open(&format!("http://{}/?lang=en", demo.at), SMALL);
    page.until("level 2", &shows(2));
    page.until("later", "/^[0-9]:/.test(document.querySelector('.count').textContent)");
    keep(&mut page, &folder, "wallboard");
    page.go(&format!("http://{}/?lang=zh-CN", demo.at));
    page.until("level 3", &shows(3));
    keep(&mut page, &folder, "wallboard-zh-CN");
}

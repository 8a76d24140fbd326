//! Names that somebody else chose: none runs, none breaks the page.

use super::layout::MEASURE;
use super::{Browser, SCREENS, open, scenes, serve};
use callsurge::engine::observation::UnitId;
use callsurge::engine::view::{SourceView, UnitView};

const NASTY: [&str; 9] = [
    "<img src=x onerror=\"window.ran=1\">",
    "\"><script>window.ran=1</script>",
    "'-window.ran=1-'",
    "{{lang}} ${window.ran=1} {time} __proto__",
    "\u{202e}gnitteS\u{202c} \u{200f}\u{2067}قائمة الانتظار",
    "👩‍👩‍👧‍👦🔥🇨🇳 e\u{301}\u{301}\u{301}\u{301}",
    "constructor",
    "客户客户客户客户客户客户客户客户客户客户客户客户客户客户客户客户客户客户客户客户客户客户客户客户客户客户客户客户客户客户客户客户",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW\
     WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
];

/// Units, queues, sources, actors and reasons called so.
fn scene(names: &[&str]) -> scenes::Scene {
    let mut scene = scenes::scene(scenes::hotline());
    scene.view.units = (0..)
        .zip(names)
        .map(|(n, name)| UnitView {
            unit: UnitId(n),
            name: (*name).into(),
            display: (*name).into(),
            ..scenes::hotline()
        })
        .collect();
    let source = scene.view.sources[0].clone();
    let named = |name: &&str| SourceView { name: (*name).into(), ..source.clone() };
    scene.view.sources = names.iter().cycle().take(12).map(named).collect();
    for (n, record) in scene.told.0.iter_mut().enumerate() {
        let name = || Some(names[n % names.len()].to_owned());
        record.unit = name();
        record.queue = record.queue.as_ref().and_then(|_| name());
        record.source = record.source.as_ref().and_then(|_| name());
        record.actor = record.actor.as_ref().and_then(|_| name());
        record.reason = record.reason.as_ref().and_then(|_| name());
    }
    scene
}

#[tokio::test(flavor = "multi_thread")]
async fn no_name_runs_or_breaks_the_page() {
    let Some(mut browser) = Browser::start() else { return };
    let mut found = Vec::new();
    for names in NASTY.iter().map(std::slice::from_ref).chain([&NASTY[..]]) {
        let served = serve(scene(names)).await;
        for screen in SCREENS {
            let mut page = open(&mut browser, &served, "lang=en", screen);
            let heads = page.eval(
                "Array.from(document.querySelectorAll('.unit h2')).map((h) => h.textContent)",
            );
            assert_eq!(heads, serde_json::json!(names), "shown as they are");
            assert_eq!(page.eval("typeof window.ran"), "undefined");
            let wrong = page.eval(MEASURE);
            let wrong = wrong.as_array().expect("sentences");
            found.extend(wrong.iter().map(|w| format!("{names:?} {screen:?}: {w}")));
            found.extend(page.complaints());
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_is_picked_by_its_name_whatever_that_is() {
    let Some(mut browser) = Browser::start() else { return };
    let served = serve(scene(&NASTY)).await;
    let mut page = open(&mut browser, &served, "lang=en", SCREENS[0]);
    for name in NASTY {
        let query = page.eval(&format!("encodeURIComponent({})", serde_json::json!(name)));
        page.go(&format!("{}/?unit={}", served.base, query.as_str().expect("text")));
        page.until("one unit", "document.querySelectorAll('.unit').length === 1");
        assert_eq!(page.eval("document.querySelector('h2').textContent"), name);
        page.until("its curve came", "document.querySelectorAll('svg .observed').length === 1");
    }
    for query in ["unit=nobody", "unit=%", "unit="] {
        page.go(&format!("{}/?{query}", served.base));
        page.until("it says so", "!document.getElementById('notice').hidden");
        assert_eq!(page.text("#notice"), "There is no such unit.");
    }
    assert_eq!(page.complaints(), Vec::<String>::new());
}

//! The page in a real browser: what it shows, in both languages, on a wall and on a phone.
//! Skipped where no browser is installed.

mod analyst;
mod command;
pub(crate) mod devtools;
pub(crate) mod layout;
mod live;
mod names;
mod pictures;
mod scenes;

use crate::api::{Served, served_by};
use callsurge::api::auth::Rules;
use devtools::{Browser, Page, Screen};
use scenes::Scene;

/// A television, a large one, a phone.
const SCREENS: [Screen; 3] = [Screen(1_920, 1_080), Screen(3_840, 2_160), Screen(390, 844)];
const LANGUAGES: [&str; 2] = ["en", "zh-CN"];

/// Serves a scene.
async fn serve(scene: Scene) -> Served {
    let Scene { view, stamp, told } = scene;
    served_by(view, Rules::default(), |state| {
        state.stamp = stamp;
        state.history = std::sync::Arc::new(told);
    })
    .await
}

/// Opens the page of a scene and waits until all of it is there.
fn open<'a>(browser: &'a mut Browser, served: &Served, query: &str, screen: Screen) -> Page<'a> {
    let mut page = browser.open(&format!("{}/?{query}", served.base), screen);
    settled(&mut page);
    page
}

/// Waits for the state, the log and the curves.
fn settled(page: &mut Page<'_>) {
    page.until(
        "the page is drawn",
        "document.querySelectorAll('#log li').length > 0 && \
         document.querySelectorAll('.unit').length > 0 && \
         Array.from(document.querySelectorAll('.chart')).every((c) => c.querySelector('svg'))",
    );
}

/// An expression that is true once a tile shows a level.
fn shows(stage: u8) -> String {
    format!("(document.querySelector('.tile .number') || {{}}).textContent === '{stage}'")
}

//! The page of a link: what it shows and what a press does.

use super::{DRILL, Fields as _, Night, Plan, Response, buttons, headline, key, nonce};
use callsurge::engine::time::Span;
use callsurge::recall::Command;
use callsurge::roster::{Kind, PersonId};

async fn night() -> Night {
    Night::of(Plan::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_takes_a_place_and_the_page_says_so() {
    let night = night().await;
    let (_, page) = night.page(&night.token(1)).await;
    assert_eq!(headline(&page), "您能来上班吗？");
    assert_eq!(buttons(&page), ["yes", "no", "wrong_number"]);
    // 02:00 and 00:20 UTC by the clock of Shanghai.
    for part in ["North", "10:00", "08:20", "按约定（30 分钟）"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert_eq!(night.press(1, "yes", "").await, "已登记：请于 08:30 前到岗。");
    assert_eq!(night.state(1), "accepted");
    let berlin = night.press(3, "yes", "45").await;
    assert_eq!(berlin, "Noted: you are coming. Please be there by 01:45.");
    assert_eq!((night.counted("link", "coming"), night.counted("link", "declined")), (2, 0));
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_is_taken_and_may_be_corrected_both_ways() {
    let night = night().await;
    assert_eq!(night.press(3, "no", "").await, "Noted: you are not coming.");
    let (_, page) = night.page(&night.token(3)).await;
    assert_eq!(buttons(&page), ["yes", "wrong_number"]);
    assert!(night.press(3, "yes", "").await.starts_with("Noted: you are coming."));
    assert_eq!(night.press(3, "no", "").await, "Noted: you are not coming.");
    assert_eq!(night.state(3), "declined");
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_way_and_arrived() {
    let night = night().await;
    night.press(3, "yes", "60").await;
    let (_, page) = night.page(&night.token(3)).await;
    assert_eq!(buttons(&page), ["on_the_way", "no", "wrong_number"]);
    night.later(Span::minutes(10)).await;
    let said = night.press(3, "on_the_way", "30").await;
    assert_eq!(said, "Noted: you are on the way, there by 01:40.");
    assert_eq!(night.state(3), "en_route");
    night.arrive(3).await;
    let (_, page) = night.page(&night.token(3)).await;
    assert_eq!(headline(&page), "You are at work already. Thank you.");
    assert_eq!(buttons(&page), Vec::<&str>::new());
    assert_eq!(night.press_again(3, "no").await, 303);
    assert_eq!(night.state(3), "arrived", "who is there is there");
    night.stop().await;
}

impl Night {
    /// Presses without a page.
    async fn press_again(&self, person: u32, reply: &str) -> u16 {
        let form = [("nonce", "made-up"), ("reply", reply)];
        self.post(&self.token(person), &form).await.status().as_u16()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_press_twice_is_one_reply_with_one_answer() {
    let night = night().await;
    let token = night.token(3);
    let (_, page) = night.page(&token).await;
    let number = nonce(&page);
    let yes = [("nonce", &*number), ("reply", "yes"), ("minutes", "30")];
    for _ in 0..3 {
        assert_eq!(night.post(&token, &yes).await.status(), 303);
    }
    let acts = || night.journal.records().iter().filter(|r| r.kind == "recall_act").count();
    assert_eq!(acts(), 2, "the start and one reply");
    assert_eq!(night.press(3, "no", "").await, "Noted: you are not coming.");
    // A "yes" that arrives once more, late, undoes nothing, and the page tells the truth.
    assert_eq!(night.post(&token, &yes).await.status(), 303);
    assert_eq!(night.shows(3).await, "Noted: you are not coming.");
    assert_eq!((night.state(3), acts()), ("declined", 3));
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_changes_nothing_however_often() {
    let night = night().await;
    let (entries, seq) = (night.journal.entries().len(), night.rig.handle.view().seq);
    for n in 0..100 {
        let path = format!("{}/r/{}", night.base, night.token(1 + n % 3));
        let request = if n % 2 == 0 { night.client.get(path) } else { night.client.head(path) };
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.text().await.expect("text").is_empty(), n % 2 == 1);
    }
    assert_eq!((night.journal.entries().len(), night.rig.handle.view().seq), (entries, seq));
    assert!(["planned", "queued", "sent"].contains(&night.state(1)));
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_deadline_nothing_counts() {
    let night = night().await;
    let (asked, token) = (night.asked(3), night.token(3));
    night.press(4, "yes", "").await;
    night.later(Span::minutes(20)).await;
    assert_eq!(night.asked(3), asked);
    let (_, page) = night.page(&token).await;
    assert_eq!(headline(&page), "Please do not come. Thank you.");
    assert_eq!(buttons(&page), ["wrong_number"]);
    let before = night.state(3);
    assert_eq!(night.press(3, "yes", "").await, "Please do not come. Thank you.");
    assert_eq!(night.state(3), before);
    assert_eq!(night.counted("link", "do_not_come"), 1);
    // Who has accepted keeps the place and may still give it up.
    assert!(night.shows(4).await.starts_with("Noted: you are coming."));
    assert_eq!(night.press(4, "no", "").await, "Noted: you are not coming.");
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_did_not_come_in_time_may_still_say_so() {
    let night = night().await;
    night.press(3, "yes", "15").await;
    night.later(Span::minutes(46)).await;
    let (_, page) = night.page(&night.token(3)).await;
    assert!(headline(&page).starts_with("You have not arrived."), "{page}");
    assert_eq!((night.state(3), buttons(&page)), ("no_show", vec!["yes", "wrong_number"]));
    let said = night.press(3, "yes", "30").await;
    assert_eq!(said, "Noted: you are coming. Please be there by 02:16.");
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_would_be_late_hears_so_and_may_come_sooner() {
    let night = night().await;
    let late = "That is later than people are needed: please do not come. If you can be there \
                sooner, choose again.";
    assert_eq!(night.press(3, "yes", "600").await, late);
    assert_eq!(night.state(3), "withdrawn");
    let (_, page) = night.page(&night.token(3)).await;
    assert_eq!(buttons(&page), ["yes", "wrong_number"]);
    let said = night.press(3, "yes", "30").await;
    assert_eq!(said, "Noted: you are coming. Please be there by 01:30.");
    night.later(Span::minutes(20)).await;
    assert_eq!(
        night.press(3, "on_the_way", "600").await,
        "That is later than people are needed: please do not come. Thank you."
    );
    assert_eq!(night.counted("link", "do_not_come"), 2);
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_told_not_to_come_is_asked_again_while_a_place_is_free() {
    let night = Night::of(Plan { need: 1, ..Plan::default() }).await;
    night.press(3, "yes", "").await;
    night.press(4, "yes", "").await;
    assert_eq!(night.press_again(5, "yes").await, 303);
    assert_eq!(night.shows(5).await, "Please do not come. Thank you.");
    night.press(4, "no", "").await;
    night.press(3, "no", "").await;
    assert_eq!(night.shows(5).await, "A place is free again. Can you come in to work?");
    assert!(night.press(5, "yes", "").await.starts_with("Noted: you are coming."));
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_places_are_taken_the_others_are_told_not_to_come() {
    let night = Night::of(Plan { need: 1, ..Plan::default() }).await;
    let (_, page) = night.page(&night.token(4)).await;
    assert_eq!(buttons(&page)[0], "yes");
    night.press(3, "yes", "").await;
    // One reserve is kept, by the half of one head that is rounded up.
    let reserve = night.press(4, "yes", "").await;
    assert!(reserve.starts_with("All places are taken; you are a reserve."), "{reserve}");
    assert_eq!(night.shows(5).await, "Please do not come. Thank you.");
    let late = [("nonce", &*nonce(&page)), ("reply", "yes")];
    assert_eq!(night.post(&night.token(5), &late).await.status(), 303);
    assert_eq!(night.shows(5).await, "Please do not come. Thank you.");
    assert_eq!(night.state(5), "withdrawn");
    // A place that falls free is the reserve's.
    night.press(3, "no", "").await;
    assert!(night.shows(4).await.starts_with("Noted: you are coming."));
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_reaches_who_has_accepted() {
    let night = night().await;
    night.press(1, "yes", "").await;
    night.press(3, "yes", "").await;
    night.command(Command::Cancel(PersonId(1))).await;
    assert_eq!(night.shows(1).await, "召回已取消，请不要前来；已出发的请返回。谢谢。");
    assert!(night.shows(3).await.starts_with("Noted: you are coming."));
    let token = night.token(3);
    night.command(Command::CancelAll).await;
    // Nobody is left to wait for: the recall is over, and its links with it.
    let (status, page) = night.page(&token).await;
    assert_eq!(status, 404);
    assert!(headline(&page).contains("Do not come unless you have been told so"), "{page}");
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_number_is_blocked_before_it_is_answered() {
    let night = night().await;
    let said = night.press(3, "wrong_number", "").await;
    assert_eq!(said, "Sorry for the trouble. This contact will not be used again.");
    assert_eq!(night.blocked(), [(PersonId(3), Kind::Sms)]);
    assert_eq!(night.state(3), "failed");
    // By another contact the person is the one who was meant.
    let voice = key("the present key").token(&night.asked(3), Kind::Wecom);
    let (_, page) = night.page(&voice).await;
    assert_eq!(headline(&page), "Can you come in to work?");
    night.stop().await;
}

/// The roster fails once; the page says so, and the next press does it.
#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_fails_is_not_answered_as_done() {
    let night = Night::of(Plan { need: 3, ..Plan::default() }).await;
    let token = night.token(5);
    let (_, page) = night.page(&token).await;
    let form = [("nonce", &*nonce(&page)), ("reply", "wrong_number")];
    let response = night.post(&token, &form).await;
    assert_eq!(
        (response.status().as_u16(), response.headers().contains_key("retry-after")),
        (503, true)
    );
    assert_eq!(night.post(&token, &form).await.status(), 303);
    assert_eq!(night.blocked().last(), Some(&(PersonId(5), Kind::Sms)));
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_says_so_first() {
    let night = Night::of(Plan::drill()).await;
    assert_eq!(night.recall, DRILL);
    for (person, mark) in [(1, "演练"), (3, "DRILL")] {
        let (_, page) = night.page(&night.token(person)).await;
        let body = page.split_once("<main>").expect("a page").1;
        assert!(body.starts_with(&format!("<p class=\"drill\"><b>{mark}</b>")), "{body}");
        assert!(page.contains(&format!("<title>{mark} ")), "{page}");
    }
    assert!(night.press(3, "yes", "").await.starts_with("Noted: you are coming."));
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_of_the_key_before_are_valid_and_others_are_not() {
    let night = night().await;
    let asked = night.asked(3);
    let (status, _) = night.page(&key("the key before").token(&asked, Kind::Email)).await;
    assert_eq!(status, 200);
    let strange = key("another key").token(&asked, Kind::Sms);
    let [long, short] = [format!("{}A", night.token(3)), night.token(3)[1..].to_owned()];
    for token in [&*strange, &*long, &*short, "x", "%00", "..%2f..", "%3Cscript%3E", "a%27--"] {
        let (status, page) = night.page(token).await;
        assert_eq!(status, 404, "{token}");
        assert!(!page.contains("script"), "{page}");
        assert_eq!(buttons(&page), Vec::<&str>::new());
        assert_eq!(night.post(token, &[("reply", "yes")]).await.status(), 404, "{token}");
    }
    assert_eq!(night.counted("link", "refused"), 8);
    for path in ["/", "/r/", "/r", "/metrics", "/api/v1/status", "/-/reload", "/command"] {
        assert_eq!(night.get(path).await.status(), 404, "{path}");
    }
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_press_of_ours_changes_nothing() {
    let night = night().await;
    let token = night.token(3);
    let long = "n".repeat(65);
    let entries = night.journal.entries().len();
    for form in [
        &[][..],
        &[("reply", "yes")],
        &[("nonce", "n")],
        &[("nonce", "n"), ("reply", "perhaps")],
        &[("nonce", "n"), ("reply", "yes"), ("reply", "no")],
        &[("nonce", "n"), ("reply", "yes"), ("minutes", "1441")],
        &[("nonce", "n"), ("reply", "yes"), ("minutes", "-5")],
        &[("nonce", "n"), ("reply", "yes"), ("minutes", "soon")],
        &[("nonce", "<n>"), ("reply", "yes")],
        &[("nonce", &*long), ("reply", "yes")],
    ] {
        assert_eq!(night.post(&token, form).await.status(), 400, "{form:?}");
    }
    let url = format!("{}/r/{token}", night.base);
    let large = night.client.post(&url).form(&[("nonce", &"n".repeat(40_000))]).send().await;
    assert_eq!(large.expect("an answer").status(), 400);
    let plain = night.client.post(&url).body("reply=yes&nonce=n").send().await;
    assert_eq!(plain.expect("an answer").status(), 400, "not a form");
    let put = night.client.put(&url).send().await.expect("an answer");
    assert_eq!(put.status(), 405);
    assert_eq!(night.journal.entries().len(), entries);
    assert_eq!(night.counted("link", "not_understood"), 12);
    night.stop().await;
}

fn head<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers()[name].to_str().expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_forbids_what_a_page_does_not_need() {
    let night = night().await;
    for path in [format!("/r/{}", night.token(3)), "/r/x".to_owned(), "/nothing".to_owned()] {
        let response = night.get(&path).await;
        let policy = head(&response, "content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(!policy.contains("script") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(head(&response, "referrer-policy"), "no-referrer");
        assert_eq!(head(&response, "cache-control"), "no-store");
        assert_eq!(head(&response, "x-robots-tag"), "noindex");
        assert_eq!(head(&response, "x-content-type-options"), "nosniff");
        assert!(!response.headers().contains_key("set-cookie"));
        let page = response.text().await.expect("text");
        assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("http"));
    }
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_is_the_persons_then_the_readers_then_the_centres() {
    for (language, own) in [("en", "Can you come in to work?"), ("zh", "您能来上班吗？")] {
        let language = match language {
            "en" => callsurge::config::Language::En,
            _ => callsurge::config::Language::ZhCn,
        };
        let night = Night::of(Plan { language, ..Plan::default() }).await;
        let ask = async |person: u32, query: &str, accept: Option<&str>| {
            let url = format!("{}/r/{}{query}", night.base, night.token(person));
            let mut request = night.client.get(url);
            if let Some(accept) = accept {
                request = request.header("accept-language", accept);
            }
            let page = request.send().await.expect("an answer").text().await.expect("text");
            headline(&page)
        };
        assert_eq!(ask(1, "?lang=en", Some("en")).await, "您能来上班吗？", "the roster knows");
        assert_eq!(ask(2, "?lang=en", Some("zh-TW")).await, "Can you come in to work?");
        assert_eq!(ask(2, "?lang=zh-Hans", Some("en")).await, "您能来上班吗？");
        assert_eq!(ask(2, "", Some("fr, zh-HK;q=0.8, en;q=0.5")).await, "您能来上班吗？");
        assert_eq!(ask(2, "", Some("fr")).await, own);
        assert_eq!(ask(2, "?lang=%22%3E", None).await, own);
        let url = format!("{}/r/{}?lang=zh-CN", night.base, night.token(2));
        let form = [("nonce", "n"), ("reply", "no")];
        let back = night.client.post(url).form(&form).send().await.expect("an answer");
        assert_eq!(head(&back, "location"), format!("{}?lang=zh-CN", night.token(2)));
        night.stop().await;
    }
}

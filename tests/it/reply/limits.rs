//! How often somebody may ask.

use super::{Fields as _, Night, Plan};
use callsurge::engine::time::Span;

#[tokio::test(flavor = "multi_thread")]
async fn an_address_tries_links_of_no_offer_a_few_times_a_minute() {
    let night = Night::of(Plan::default()).await;
    let from = async |address: &str, post: bool| {
        let url = format!("{}/r/x", night.base);
        let request = if post { night.client.post(url) } else { night.client.get(url) };
        let response = request.header("x-forwarded-for", address).send().await.expect("an answer");
        (response.status().as_u16(), response.headers().get("retry-after").cloned())
    };
    for _ in 0..30 {
        assert_eq!(from("192.0.2.1", true).await.0, 404);
    }
    let (status, wait) = from("192.0.2.1", true).await;
    assert_eq!((status, wait.expect("told").to_str().expect("text")), (429, "61"));
    // What a client writes in front of the proxy's own word changes nothing.
    assert_eq!(from("203.0.113.9, 192.0.2.1", true).await.0, 429);
    assert_eq!(from("192.0.2.1, 203.0.113.9", true).await.0, 404);
    assert_eq!(from("not an address", true).await.0, 404, "the proxy itself");
    for _ in 0..120 {
        assert_eq!(from("192.0.2.1", false).await.0, 404, "looking is counted by itself");
    }
    assert_eq!(from("192.0.2.1", false).await.0, 429);
    assert_eq!(from("2001:db8::1", false).await.0, 404);
    // Whoever was asked is not held up by strangers of the same carrier.
    let url = format!("{}/r/{}", night.base, night.token(3));
    for n in 0..121 {
        let request = night.client.get(&url).header("x-forwarded-for", "192.0.2.1");
        let status = request.send().await.expect("an answer").status().as_u16();
        assert_eq!(status, if n < 120 { 200 } else { 429 }, "{n}");
    }
    assert_eq!(night.shows(4).await, "Can you come in to work?");
    night.later(Span::minutes(1)).await;
    assert_eq!((from("192.0.2.1", true).await.0, from("192.0.2.1", false).await.0), (404, 404));
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_pressed_twenty_times_an_hour() {
    let night = Night::of(Plan::default()).await;
    let press = async |n: u32, address: &str| {
        let form = [
            ("nonce", &*format!("n{n}")),
            ("reply", if n.is_multiple_of(2) { "yes" } else { "no" }),
        ];
        let url = format!("{}/r/{}", night.base, night.token(3));
        let request = night.client.post(url).header("x-forwarded-for", address).form(&form);
        request.send().await.expect("an answer").status().as_u16()
    };
    for n in 0..20 {
        assert_eq!(press(n, &format!("192.0.2.{n}")).await, 303, "{n}");
    }
    assert_eq!((press(20, "192.0.2.99").await, night.state(3)), (429, "declined"));
    let other = night.post(&night.token(4), &[("nonce", "n"), ("reply", "yes")]).await;
    assert_eq!(other.status(), 303);
    night.stop().await;
}

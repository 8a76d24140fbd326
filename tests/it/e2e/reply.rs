//! Links of the program itself: pages, presses, a kill in between.

use super::recall::Rig;
use super::{Answer, Running, exchange, program, until};
use callsurge::delivery::secret::Secret;
use callsurge::engine::time::Timestamp;
use callsurge::reply::token::{Asked, LinkKey};
use callsurge::roster::store::Store;
use callsurge::roster::{Kind, PersonId};
use std::fs;
use std::net::SocketAddr;

const SECRET: &str = "a secret that links are made with";

/// A recall system with a listener of replies.
fn rig() -> Rig {
    let rig = Rig::automatic();
    super::write(rig.folder.path(), "links", SECRET);
    let config = fs::read_to_string(&rig.config).expect("readable");
    let reply = "[reply]\nlisten = \"127.0.0.1:0\"\nexternal_url = \"https://reply.example.org\"\n\
                 secret_file = \"links\"\n";
    fs::write(&rig.config, format!("{config}{reply}")).expect("written");
    rig
}

/// Where a service listens for replies.
fn at(served: &Running) -> SocketAddr {
    let line = served.line(", replies on ").expect("told");
    let address = line.split(", replies on ").nth(1).and_then(|rest| rest.split(',').next());
    address.expect("an address").parse().expect("an address")
}

/// The link of an offer, as whoever sends it makes it.
fn link(rig: &Rig, person: &str) -> String {
    let offer = rig.told().into_iter().find(|m| {
        (m["cause"].as_str(), m["recall"]["person"].as_str()) == (Some("offer"), Some(person))
    });
    let offer = offer.expect("an offer");
    let text = |name: &str| offer["recall"][name].as_str().expect("a text").to_owned();
    let asked = Asked {
        recall: text("id").parse().expect("a name"),
        person: person.parse().expect("a person"),
        deadline: Timestamp::parse_rfc3339(&text("answer_by")).expect("an instant"),
    };
    LinkKey::of(&Secret::new(SECRET)).token(&asked, Kind::Sms)
}

fn get(at: SocketAddr, link: &str) -> Answer {
    exchange(at, &format!("GET /r/{link} HTTP/1.1\r\n"), b"").expect("an answer")
}

fn post(at: SocketAddr, link: &str, body: &str) -> Answer {
    let head =
        format!("POST /r/{link} HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded\r\n");
    exchange(at, &head, body.as_bytes()).expect("an answer")
}

#[test]
fn a_link_is_opened_pressed_and_pressed_again_after_a_kill() {
    let rig = rig();
    let mut served = rig.raised();
    let asked = rig.wait("offer", 3);
    let links: Vec<String> = asked.iter().map(|person| link(&rig, person)).collect();
    let page = get(at(&served), &links[0]);
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("Can you come in to work?"), "{}", page.body);
    let yes = "nonce=one&reply=yes&minutes=45";
    let pressed = post(at(&served), &links[0], yes);
    assert_eq!(pressed.status, 303, "{}", pressed.body);
    assert!(pressed.head.contains(&format!("location: {}\r\n", links[0])), "{}", pressed.head);
    assert_eq!(rig.wait("thank", 1), [asked[0].clone()]);
    served.signal("KILL");
    served.wait();
    let served = rig.serve();
    assert_eq!(post(at(&served), &links[0], yes).status, 303, "the same press once more");
    let shown = get(at(&served), &links[0]).body;
    assert!(shown.contains("Noted: you are coming."), "{shown}");
    assert_eq!(post(at(&served), &links[1], "nonce=two&reply=no").status, 303);
    let said = |person: &str| {
        let acts = served.logbook("type=recall_act");
        let of = |r: &&serde_json::Value| r["recall"]["person"] == *person;
        acts.iter().filter(of).map(|r| r["recall"]["answer"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        (said(&asked[0]), said(&asked[1])),
        (vec!["coming".into()], vec!["declined".into()])
    );

    assert_eq!(post(at(&served), &links[2], "nonce=three&reply=wrong_number").status, 303);
    let people = Store::read(&rig.folder.path().join("roster.db")).expect("a roster");
    let people = people.people().expect("people");
    let wrong: PersonId = asked[2].parse().expect("a person");
    let blocked = people.iter().filter(|p| p.contacts.iter().any(|c| c.blocked_since.is_some()));
    assert_eq!(blocked.map(|p| p.id).collect::<Vec<_>>(), [wrong]);

    let metrics = served.get("/metrics").body;
    for (answer, count) in [("coming", 1), ("declined", 1), ("blocked", 1), ("reserve", 0)] {
        let series =
            format!("\ncallsurge_replies_total{{answer=\"{answer}\",via=\"link\"}} {count}\n");
        assert!(metrics.contains(&series), "{series}");
    }
    // The service serves no link, the listener of replies nothing else.
    assert_eq!(get(served.at, &links[0]).status, 404);
    let metrics = exchange(at(&served), "GET /metrics HTTP/1.1\r\n", b"").expect("an answer");
    assert_eq!(metrics.status, 404);
    let lines = served.lines.lock().unwrap().join("\n");
    let own = at(&served);
    assert!(served.terminate().success());
    assert!(exchange(own, "GET / HTTP/1.1\r\n", b"").is_none(), "it ends with the service");
    // No link lies in the journal or a log.
    let journal = fs::read(rig.folder.path().join("j")).expect("a journal");
    let journal = String::from_utf8_lossy(&journal);
    for link in &links {
        assert!(!journal.contains(link.as_str()) && !lines.contains(link.as_str()), "{link}");
    }
}

#[test]
fn what_stands_in_the_way_of_a_listener_is_told() {
    let rig = rig();
    let start = |what: &str| {
        let served = program()
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&rig.config)
            .arg("--journal")
            .arg(rig.folder.path().join(what))
            .output()
            .expect("it runs");
        (served.status.code(), String::from_utf8_lossy(&served.stderr).into_owned())
    };
    fs::remove_file(rig.folder.path().join("links")).expect("it was there");
    let (code, told) = start("a");
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("links cannot be read"), "{told}");
    super::write(rig.folder.path(), "links", SECRET);
    let busy = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = busy.local_addr().expect("an address");
    let config = fs::read_to_string(&rig.config).expect("readable");
    let config = config.replace("listen = \"127.0.0.1:0\"", &format!("listen = \"{port}\""));
    fs::write(&rig.config, config).expect("written");
    let (code, told) = until("it gives up", || Some(start("b")));
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("choose another address with [reply] listen"), "{told}");
}

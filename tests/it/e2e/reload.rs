//! Sources that are fetched, through reloads of the configuration.

use super::ami::Pbx;
use super::{Running, TOKEN_CONFIG, exchange, until, write};
use crate::acd::Acd;
use std::net::SocketAddr;

const LIFECYCLE: &str = "[api]\nenable_lifecycle = true\n";

fn ami(name: &str, at: SocketAddr, further: &str) -> String {
    format!(
        "[[source]]\nname = \"{name}\"\nkind = \"ami\"\nport = {}\nuser = \"monitor\"\n\
         secret_file = \"secret\"\n{further}",
        at.port()
    )
}

fn poll(acd: &Acd) -> String {
    format!(
        "[[source]]\nname = \"acd\"\nkind = \"poll\"\nurl = {:?}\ninterval_seconds = 1\n\
         [source.map]\neach = \"/queues\"\nqueue = \"/id\"\nwaiting = \"/waiting\"\n",
        acd.url("/q")
    )
}

/// Whether the page has this line.
fn shows(served: &Running, line: &str) -> bool {
    served.get("/metrics").body.lines().any(|shown| shown == line)
}

fn until_shown(served: &Running, line: &str) {
    until(line, || shows(served, line).then_some(()));
}

/// A status of the reload that is asked for over HTTP: when it comes, the sources have changed.
fn reload(served: &Running) -> u16 {
    exchange(served.at, "POST /-/reload HTTP/1.1\r\n", b"").expect("an answer").status
}

#[test]
fn only_sources_that_changed_are_fetched_anew() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "secret", "monitor-local\n");
    let (first, second) = (Pbx::start("calm"), Pbx::start("calm"));
    let answer = "{\"queues\": [{\"id\": \"a\", \"waiting\": 3}]}";
    let (acd, other_acd) = (Acd::start(answer), Acd::start(answer));
    let head = format!("{TOKEN_CONFIG}{LIFECYCLE}");
    let configure =
        |sources: &[String]| write(folder.path(), "c.toml", &format!("{head}{}", sources.concat()));
    let pbx = ami("pbx", first.at, "");
    let config = configure(&[pbx.clone(), poll(&acd)]);
    let served = Running::serve(&folder.path().join("j"), Some(&config));
    until_shown(&served, "callsurge_link_up{source=\"pbx\"} 1");
    until_shown(&served, "callsurge_link_up{source=\"acd\"} 1");

    // Nothing of a source changed; another one came.
    configure(&[pbx.clone(), poll(&acd), ami("second", second.at, "")]);
    assert_eq!(reload(&served), 200);
    until_shown(&served, "callsurge_link_up{source=\"second\"} 1");
    assert!(shows(&served, "callsurge_link_connects_total{source=\"pbx\"} 1"));
    assert_eq!((first.logins(), second.logins()), (1, 1));

    // A secret that is gone: nothing changes, though other sources would.
    let broken = ami("pbx", first.at, "").replace("\"secret\"", "\"nowhere\"");
    configure(&[broken, poll(&other_acd)]);
    assert_eq!(reload(&served), 422);
    assert!(other_acd.asked().is_empty());
    assert_eq!((first.logins(), first.open(), second.open()), (1, 1, 1));

    // The polled address changed: the old one is asked no more.
    configure(&[pbx.clone(), poll(&other_acd), ami("second", second.at, "")]);
    assert_eq!(reload(&served), 200);
    let asked = acd.asked().len();
    until_shown(&served, "callsurge_link_up{source=\"acd\"} 1");
    until("the new address is asked twice", || (other_acd.asked().len() > 1).then_some(()));
    assert_eq!((acd.asked().len(), first.logins(), second.logins()), (asked, 1, 1));

    // One PBX is read otherwise, the other is gone.
    configure(&[ami("pbx", first.at, "deny = [\"sales\"]\n"), poll(&other_acd)]);
    assert_eq!(reload(&served), 200);
    until("the link that is of no use is closed", || (second.open() == 0).then_some(()));
    until("the link is made anew", || (first.logins() == 2 && first.open() == 1).then_some(()));
    until_shown(&served, "callsurge_link_up{source=\"pbx\"} 1");
    // What came between the two links is a gap of which nothing is known.
    until_shown(&served, "callsurge_link_gaps_total{source=\"pbx\",outcome=\"unknown\"} 1");
    let page = served.get("/metrics").body;
    assert!(!page.contains("callsurge_link_up{source=\"second\"}"));
    assert_eq!(second.logins(), 1);

    // The same configuration with another secret is another login; a signal does as well.
    write(folder.path(), "secret", "another\n");
    served.signal("HUP");
    until("the link with the old secret ends", || (first.open() == 0).then_some(()));
    until("the new secret is refused", || served.heard("refuses the login").then_some(()));
    assert_eq!(first.logins(), 2);
    assert!(shows(&served, "callsurge_link_up{source=\"pbx\"} 0"));
    assert!(served.terminate().success());
}

#[test]
fn another_authority_in_the_same_file_is_another_link() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "secret", "monitor-local\n");
    let certificates =
        [include_str!("../../fixtures/tls/ca.pem"), include_str!("../../fixtures/tls/pbx.pem")];
    write(folder.path(), "ca.pem", certificates[0]);
    let acd = Acd::start("{\"queues\": [{\"id\": \"a\", \"waiting\": 3}]}");
    let source = poll(&acd).replace("[source.map]", "tls_ca = \"ca.pem\"\n[source.map]");
    let config = write(folder.path(), "c.toml", &format!("{TOKEN_CONFIG}{LIFECYCLE}{source}"));
    let served = Running::serve(&folder.path().join("j"), Some(&config));
    until_shown(&served, "callsurge_link_up{source=\"acd\"} 1");
    let anew = || served.heard("is no longer fetched as it was");
    assert_eq!((reload(&served), anew()), (200, false));
    write(folder.path(), "ca.pem", certificates[1]);
    assert_eq!((reload(&served), anew()), (200, true));
    // One that cannot be read leaves the link as it is.
    std::fs::remove_file(folder.path().join("ca.pem")).unwrap();
    assert_eq!(reload(&served), 422);
    assert!(served.terminate().success());
}

//! What the doctor says of a PBX that plays a recording.

use super::peer::Peer;
use callsurge::engine::observation::SourceId;
use callsurge::engine::time::Span;
use callsurge::ingest::ami::client::ClientSettings;
use callsurge::ingest::ami::doctor::{Finding, Verdict, examine};
use callsurge::ingest::ami::meaning::MeaningSettings;
use callsurge::ingest::ami::session::{Login, Secret};
use std::sync::Arc;

async fn findings(secret: &str, allow: &[&str]) -> Vec<Finding> {
    let mut peer = Peer::of("surge").await;
    let mut meaning = MeaningSettings::new(SourceId(0));
    meaning.queues.allow = allow.iter().map(|&name| name.to_owned()).collect();
    let settings = ClientSettings {
        host: "127.0.0.1".to_owned(),
        port: peer.address().port(),
        login: Login::new("monitor", &Secret::new(secret), false),
        tls: None,
        queue_log: None,
        meaning,
    };
    let clock = Arc::new(peer.clock());
    let examined =
        tokio::spawn(async move { examine(&settings, "monitor", clock, Span::secs(30)).await });
    peer.play(Span::secs(60)).await;
    examined.await.unwrap()
}

fn verdicts(findings: &[Finding]) -> Vec<(&'static str, Verdict)> {
    findings.iter().map(|finding| (finding.what, finding.verdict)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_good_account_is_told_what_it_lacks_all_the_same() {
    use Verdict::{Bad, Good, Warning};
    let found = findings("monitor-local", &["support", "nosuch"]).await;
    let wanted = [
        ("connection", Good),
        ("login", Good),
        ("class system", Good),
        ("class agent", Good),
        ("no more than needed", Good),
        ("clock", Good),
        ("queues", Good),
        ("queues", Bad),
        ("refused calls", Warning),
        ("queue_log", Warning),
    ];
    assert_eq!(verdicts(&found), wanted, "{found:#?}");
    assert!(found[6].found.ends_with(": support"), "{}", found[6].found);
    assert!(found[8].mend.as_deref().unwrap().contains("NONE,REFUSED,FULL))"));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_is_explained_with_the_lines_to_add() {
    let found = findings("wrong", &[]).await;
    let wanted =
        [("connection", Verdict::Good), ("login", Verdict::Bad), ("queue_log", Verdict::Warning)];
    assert_eq!(verdicts(&found), wanted, "{found:#?}");
    assert!(found[1].found.contains("Authentication failed"));
    assert!(found[1].mend.as_deref().unwrap().starts_with("in manager.conf:\n[monitor]\n"));
}

//! One connection, told what the other side says.

use super::*;
use crate::engine::observation::SourceId;
use crate::ingest::ami::meaning::MeaningSettings;

const T0: Timestamp = Timestamp::from_secs(1_795_486_000);

struct Talk {
    session: Session,
    meaning: Meaning,
}

impl Talk {
    fn new(plain: bool) -> Self {
        let login = Login::new("monitor", &Secret::new("monitor-local"), plain);
        let meaning = Meaning::new(MeaningSettings::new(SourceId(0)));
        Self { session: Session::new(login, T0), meaning }
    }

    fn says(&mut self, secs: i64, text: &str) -> String {
        let now = T0 + Span::secs(secs);
        self.session.receive(now, text.replace('\n', "\r\n").as_bytes(), &mut self.meaning);
        self.sent()
    }

    fn passes(&mut self, secs: i64) -> String {
        self.session.pass(T0 + Span::secs(secs), &mut self.meaning);
        self.sent()
    }

    fn sent(&mut self) -> String {
        String::from_utf8(self.session.take_output()).unwrap().replace("\r\n", "\n")
    }

    fn up(&mut self) -> String {
        self.says(0, "Asterisk Call Manager/11.0.0\n");
        self.says(
            0,
            "Response: Success\nActionID: callsurge-login\nMessage: Authentication accepted\n\n",
        )
    }
}

#[test]
fn a_challenge_is_answered_and_a_login_asks_at_once() {
    let mut talk = Talk::new(false);
    let asks = talk.says(0, "Asterisk Call Manager/11.0.0\n");
    assert!(asks.starts_with("Action: Challenge\n") && asks.contains("AuthType: MD5\n"), "{asks}");
    let login = talk.says(0, "Response: Success\nActionID: c\nChallenge: 169886382\n\n");
    assert!(login.contains("Key: af4a877af7f28fd1409793339cfc3d4f\n"), "{login}");
    assert!(!talk.session.is_up());
    let asks = talk.says(1, "Response: Success\nMessage: Authentication accepted\n\n");
    assert!(talk.session.is_up());
    assert!(asks.contains("Action: Ping\n") && asks.contains("Action: QueueStatus\n"), "{asks}");
    assert_eq!(talk.session.version(), Some("11.0.0"));
}

#[test]
fn a_refused_login_and_a_web_server_end_for_good() {
    let mut talk = Talk::new(true);
    assert!(talk.says(0, "Asterisk Call Manager/11.0.0\n").contains("Secret: monitor-local\n"));
    talk.says(0, "Response: Error\nActionID: L\nMessage: Authentication failed\n\n");
    let refused = End::Refused("Authentication failed".to_owned());
    assert_eq!(talk.session.end(), Some(&refused));
    assert!(refused.is_permanent());
    let mut talk = Talk::new(true);
    talk.says(0, "SSH-2.0-OpenSSH_9.2\n");
    assert_eq!(talk.session.end(), Some(&End::NotAmi));
    let mut talk = Talk::new(true);
    talk.passes(10);
    assert_eq!(talk.session.end(), Some(&End::LoginTimeout));
}

#[test]
fn a_silent_link_is_dead_after_three_pings_and_an_answer_reads_the_clock() {
    let mut talk = Talk::new(true);
    talk.up();
    assert!(talk.passes(5).contains("Action: Ping\n"));
    talk.says(
        5,
        "Response: Success\nActionID: callsurge-3\nPing: Pong\nTimestamp: 1795486012.000000\n\n",
    );
    assert_eq!(talk.session.clock_offset(), Some(Span::secs(7)));
    assert_eq!(talk.session.signs_of_life(), 1);
    for secs in [10, 15] {
        assert!(talk.passes(secs).contains("Action: Ping\n"));
    }
    assert_eq!(talk.session.deadline(), T0 + Span::secs(20));
    talk.passes(20);
    assert_eq!(talk.session.end(), Some(&End::Dead));
}

#[test]
fn a_list_is_matched_by_its_id_with_events_inside() {
    let mut talk = Talk::new(true);
    talk.up();
    talk.says(
        1,
        "Response: Success\nActionID: callsurge-2\nEventList: start\n\n\
        Event: QueueParams\nQueue: q\nMax: 0\nActionID: callsurge-2\n\n\
        Event: QueueCallerJoin\nQueue: q\nUniqueid: a\nCount: 1\n\n\
        Event: QueueParams\nQueue: other\nMax: 0\nActionID: somebody\n\n\
        Event: QueueStatusComplete\nActionID: callsurge-2\nListItems: 1\n\n",
    );
    let figures = talk.meaning.figures();
    assert_eq!((figures.syncs, figures.broken_lists), (1, 0));
    assert_eq!(talk.meaning.standing().map(|q| q.waiting).collect::<Vec<_>>(), [1]);
    talk.says(2, "Response: Goodbye\nMessage: Thanks for all the fish.\n\n");
    assert_eq!(talk.session.end(), Some(&End::Goodbye));
}

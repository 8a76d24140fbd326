//! Kill -9 in a loop while a client posts: what was acknowledged is there, nothing is there twice.
//!
//! Every kill falls into whatever the program does after a number of acknowledgements. After the
//! restart the client sends again what was not acknowledged, as it is told to, so the figures
//! have to be exact each time.

use super::{Running, TOKEN_CONFIG, row_at, write};
use callsurge::clock::{Clock, SystemClock};
use callsurge::engine::time::{Span, Timestamp};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, Sender, channel};

const KILLS: usize = 20;
const QUEUES: usize = 5;
/// The orders of a round: each changes the level, and the last one ends the incident.
const ROUND: [(&str, &str, &str); 4] = [
    (r#"{"act":"raise","level":"L1","reason":"drill"}"#, "none", "L1"),
    (r#"{"act":"raise","level":"L2","reason":"drill"}"#, "L1", "L2"),
    (r#"{"act":"raise","level":"L3","reason":"drill"}"#, "L2", "L3"),
    (r#"{"act":"close","reason":"drill"}"#, "L3", "none"),
];

/// What the client has been told so far.
struct Client {
    start: Timestamp,
    /// Batches and orders that were acknowledged.
    steps: usize,
    /// Ids of the answers to orders, by number.
    answers: Vec<String>,
    offered: u64,
}

impl Client {
    /// The n-th step: a minute of every queue, and every third time an order as well.
    fn step(&mut self, served: &Running) -> Option<()> {
        let minute = self.steps as i64;
        let offered = 10 + self.steps as u32 % 3;
        let rows: String = (0..QUEUES)
            .map(|q| row_at(&format!("q{q}"), self.start + Span::minutes(minute), offered))
            .collect();
        let answer = served.try_post(rows.as_bytes())?;
        assert_eq!(answer.status, 200, "{}", answer.body);
        if self.steps.is_multiple_of(3) {
            let number = self.answers.len();
            let id = order(served, number)?;
            self.answers.push(id);
        }
        self.offered += u64::from(offered) * QUEUES as u64;
        self.steps += 1;
        Some(())
    }

    /// Posts until the program is gone; tells every acknowledgement.
    fn run(&mut self, served: &Running, tell: &Sender<()>) {
        while self.step(served).is_some() {
            if tell.send(()).is_err() {
                break;
            }
        }
    }

    fn check(&self, served: &Running, what: &str) {
        let page = served.get("/metrics").body;
        let sum: f64 = page
            .lines()
            .filter(|line| line.starts_with("callsurge_queue_calls_offered_total{"))
            .map(|line| line.rsplit(' ').next().and_then(|n| n.parse::<f64>().ok()).expect("n"))
            .sum();
        assert!((sum - self.offered as f64).abs() < 0.5, "{what}: {sum}, not {}", self.offered);
        for (number, id) in self.answers.iter().enumerate() {
            let again = order(served, number).expect("an answer");
            assert_eq!(again, *id, "{what}: order {number} has one answer");
        }
        self.check_incidents(served, what);
    }

    fn check_incidents(&self, served: &Running, what: &str) {
        let mut told = served.logbook("type=transition");
        told.reverse();
        assert_eq!(told.len(), self.answers.len(), "{what}: a change of level for each order");
        let ids: BTreeSet<_> = told.iter().map(|record| record["id"].as_str()).collect();
        assert_eq!(ids.len(), told.len(), "{what}");
        for (at, record) in told.iter().enumerate() {
            let (_, from, to) = ROUND[at % ROUND.len()];
            assert_eq!((&record["from"], &record["to"]), (&from.into(), &to.into()), "{what}");
            assert_eq!(record["incident"], at / ROUND.len() + 1, "{what}: {record}");
            assert_eq!(record["number"], at % ROUND.len() + 1, "{what}: {record}");
        }
        let list = served.json("/api/v1/incidents");
        let incidents = list["incidents"].as_array().or(list.as_array()).expect("incidents");
        assert_eq!(incidents.len(), told.len().div_ceil(ROUND.len()), "{what}");
        for incident in incidents {
            let number = incident["incident"].as_u64().expect("a number");
            let of = |record: &&Value| record["incident"].as_u64() == Some(number);
            assert_eq!(incident["transitions"], told.iter().filter(of).count(), "{what}");
            let over = incident["transitions"] == ROUND.len();
            assert_eq!(incident["closed_at"].is_string(), over, "{what}: {incident}");
        }
    }
}

/// Gives the n-th order and returns the id of its answer; `None` where the program is gone.
fn order(served: &Running, number: usize) -> Option<String> {
    let (body, ..) = ROUND[number % ROUND.len()];
    let answer = served.order("default", &format!("order-{number}"), body)?;
    assert_eq!(answer.status, 200, "order {number}: {}", answer.body);
    Some(answer.json()["id"].as_str().expect("an id").to_owned())
}

/// Waits for some acknowledgements; more may have come by then.
fn wait_for(acknowledged: &Receiver<()>, count: usize) {
    for _ in 0..count {
        acknowledged.recv_timeout(super::PATIENCE).expect("an acknowledgement");
    }
}

#[test]
fn no_kill_of_the_program_loses_or_doubles_anything() {
    let folder = tempfile::tempdir().expect("folder");
    let config = write(folder.path(), "c.toml", TOKEN_CONFIG);
    let journal = folder.path().join("j");
    let start = SystemClock.now().floor(Span::minutes(1)) - Span::hours(20);
    let mut client = Client { start, steps: 0, answers: Vec::new(), offered: 0 };
    for kill in 0..KILLS {
        let mut served = Running::serve(&journal, Some(&config));
        // What the last kill left without an answer is sent again.
        client.step(&served).expect("a living program");
        client.check(&served, &format!("after {kill} kills"));
        let (tell, acknowledged) = channel();
        let pid = served.child.id().to_string();
        std::thread::scope(|scope| {
            let (client, seen) = (&mut client, &served);
            scope.spawn(move || client.run(seen, &tell));
            wait_for(&acknowledged, 1 + kill * 7 % 11);
            super::send("KILL", &pid);
        });
        assert_eq!(served.wait().code(), None, "killed");
    }
    let served = Running::serve(&journal, Some(&config));
    client.step(&served).expect("a living program");
    client.check(&served, "at the end");
    assert!(client.answers.len() > ROUND.len() * 2, "several incidents");
    assert!(served.terminate().success());
}

//! From L2 to people who come: the program, a roster, an outside recall system.

use super::{Answer, Running, TOKEN_CONFIG, exchange, path, program, surge, until, write};
use crate::receiver::Receiver;
use callsurge::delivery::webhook::sign;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use tempfile::TempDir;

const SECRET: &str = "a secret of the recall system";
const KEY: &str = "canary-key-0123456789abcdef0123456789abcdef";
/// Begins every number of the roster, and nothing else anywhere.
const CANARY: &str = "1397531";
const PEOPLE: usize = 12;
const RAISE: &str = r#"{"act":"raise","level":"L2","reason":"the lobby is full"}"#;
const CLOSE: &str = r#"{"act":"close","reason":"over"}"#;

/// A folder with a roster and a configuration, and the recall system.
struct Rig {
    folder: TempDir,
    config: PathBuf,
    receiver: Receiver,
}

impl Rig {
    fn new(mode: &str) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let receiver = Receiver::start();
        write(folder.path(), "secret", SECRET);
        write(folder.path(), "roster.key", KEY);
        let mut people = "id,name,tier,skills,promise_minutes,mobile,verified_on\n".to_owned();
        for n in 0..PEOPLE {
            writeln!(people, "{n},Canary{n} Name,standby,sales,30,{CANARY}{n:04},2026-11-01")
                .expect("a string takes it");
        }
        // Who is called at L3, and who may not be called at all.
        writeln!(people, "90,Canary90 Name,functional,sales,30,{CANARY}0090,2026-11-01")
            .expect("-");
        writeln!(people, "91,Canary91 Name,standby,sales,30,{CANARY}0091,").expect("-");
        let people = write(folder.path(), "people.csv", &people);
        let roster = folder.path().join("roster.db");
        let imported = program()
            .args(["roster", "import", path(&people), "--roster", path(&roster), "--key-file"])
            .arg(folder.path().join("roster.key"))
            .output()
            .expect("it runs");
        assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
        let config = format!(
            "{TOKEN_CONFIG}[recall]\n{mode}engagement_min_minutes = 0\n\
             [staffing]\nfallback_heads_l2 = 2\nfallback_heads_l3 = 1\n\
             [[webhook]]\nname = \"recall\"\nurl = \"{}\"\nsecret_file = \"secret\"\n\
             on = [\"recall\"]\n",
            receiver.url()
        );
        let config = write(folder.path(), "c.toml", &config);
        Self { folder, config, receiver }
    }

    fn automatic() -> Self {
        Self::new("mode = \"automatic\"\nroster = \"roster.db\"\n")
    }

    fn serve(&self) -> Running {
        Running::serve(&self.folder.path().join("j"), Some(&self.config))
    }

    /// Serves, with a surge and an order of L2.
    fn raised(&self) -> Running {
        let served = self.serve();
        assert_eq!(served.post(surge("sales")).status, 200);
        assert_eq!(served.order("default", "raise", RAISE).expect("an answer").status, 200);
        served
    }

    /// What the recall system was told, each message once, in the order of the log book.
    fn told(&self) -> Vec<Value> {
        let mut seen = BTreeSet::new();
        let mut told: Vec<Value> = Vec::new();
        for request in self.receiver.requests() {
            let (id, at) = (request.key(), &request.headers["webhook-timestamp"]);
            let signature = sign(SECRET.as_bytes(), id, at, &request.body).expect("a signature");
            assert_eq!(request.headers["webhook-signature"], signature);
            if seen.insert(id.to_owned()) {
                told.push(serde_json::from_str(&request.body).expect("JSON"));
            }
        }
        told
    }

    /// Whom the messages of a cause concern.
    fn whom(&self, cause: &str) -> Vec<String> {
        let of = |m: &Value| m["recall"]["person"].as_str().map(str::to_owned);
        self.told().iter().filter(|m| m["cause"] == cause).filter_map(of).collect()
    }

    /// Waits for so many messages of a cause.
    fn wait(&self, cause: &str, count: usize) -> Vec<String> {
        until(&format!("{count} times {cause}"), || {
            let whom = self.whom(cause);
            (whom.len() >= count).then_some(whom)
        })
    }

    fn has_closed(&self) {
        until("the recall closes", || {
            self.told().iter().any(|m| m["cause"] == "closed").then_some(())
        });
    }
}

/// Posts to a recall; the body is its own key.
fn post(served: &Running, place: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let key: String = body.chars().filter(char::is_ascii_alphanumeric).collect();
    let head = format!(
        "POST /api/v1/{place} HTTP/1.1\r\ncontent-type: application/json\r\n\
         idempotency-key: {key}\r\n"
    );
    exchange(served.at, &head, body.as_bytes()).expect("an answer")
}

fn says(served: &Running, person: &str, reply: &str) -> String {
    let answer = post(served, "recalls/1-L2-1/replies", &json!({"person": person, "reply": reply}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["recall"]["answer"].as_str().expect("an answer").to_owned()
}

#[test]
fn people_are_asked_come_and_are_sent_home() {
    let rig = Rig::automatic();
    let served = rig.raised();
    let asked = rig.wait("offer", 3);
    let list = served.json("/api/v1/recalls");
    assert_eq!(list["mode"], "automatic");
    assert_eq!(list["recalls"][0]["id"], "1-L2-1");
    assert_eq!(list["recalls"][0]["need"], json!({"any": 2}));
    let offers = list["recalls"][0]["heads"]["asked"].as_u64().expect("a number") as usize;
    let asked = rig.wait("offer", offers.max(asked.len()));
    assert_eq!(asked.iter().collect::<BTreeSet<_>>().len(), offers, "nobody is asked twice");

    assert_eq!(says(&served, &asked[0], "decline"), "declined");
    assert_eq!(says(&served, &asked[1], "accept"), "coming");
    assert_eq!(says(&served, &asked[1], "accept"), "coming", "the same key");
    assert_eq!(says(&served, &asked[2], "on_the_way"), "coming");
    assert_eq!(rig.wait("thank", 2), [asked[1].clone(), asked[2].clone()]);
    let filled =
        until("the quota is filled", || rig.told().into_iter().find(|m| m["cause"] == "filled"));
    assert_eq!((&filled["unit"], &filled["level"]), (&json!("default"), &json!("L2")));
    // One reserve of two heads is kept; whoever is silent stays open until it is found.
    assert_eq!(says(&served, &asked[3], "accept"), "reserve");
    let withdrawn = rig.wait("withdraw", offers - 4);
    assert!(!withdrawn.contains(&asked[1]), "{withdrawn:?}");
    assert_eq!(says(&served, &asked[4], "accept"), "do_not_come");

    let one = post(&served, "recalls/1-L2-1/arrivals", &json!({"person": asked[1]}));
    assert_eq!(one.json()["recall"]["answer"], "here");
    let detail = served.json("/api/v1/recalls/1-L2-1");
    let state = |person: &str| {
        let offers = detail["offers"].as_array().expect("offers");
        let found = offers.iter().find(|offer| offer["person"] == *person).expect("asked");
        found["state"].as_str().expect("a state").to_owned()
    };
    assert_eq!(
        [0, 1, 2, 3].map(|n| state(&asked[n])),
        ["declined", "arrived", "en_route", "reserve"]
    );
    let excluded = detail["excluded"].as_array().expect("the roster is readable");
    let reasons: Vec<_> = excluded.iter().map(|e| e["reasons"][0]["en"].as_str()).collect();
    assert_eq!(reasons, [Some("not in the tier standby"), Some("no verified contact")]);

    assert_eq!(served.order("default", "close", CLOSE).expect("an answer").status, 200);
    assert_eq!(rig.wait("release", 1), [asked[1].clone()]);
    assert_eq!(rig.wait("cancel", 1), [asked[2].clone()]);
    rig.has_closed();
    let closed = rig.told().into_iter().find(|m| m["cause"] == "closed").expect("it closed");
    let summary = &closed["recall"]["summary"];
    assert_eq!((&summary["asked"], &summary["came"]), (&json!(offers), &json!(1)));
    assert_eq!(served.json("/api/v1/recalls")["recalls"], json!([]));
    assert!(served.terminate().success());
}

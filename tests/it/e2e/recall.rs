//! From L2 to people who come: the program, a roster, an outside recall system.

use super::{Answer, Running, TOKEN_CONFIG, exchange, path, program, surge, until, write};
use crate::fake::{Act, Fake};
use crate::receiver::Receiver;
use callsurge::delivery::webhook::sign;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

const SECRET: &str = "a secret of the recall system";
const KEY: &str = "canary-key-0123456789abcdef0123456789abcdef";
/// Begins every number of the roster, and nothing else anywhere.
pub(super) const CANARY: &str = "1397531";
const PEOPLE: usize = 12;
const RAISE: &str = r#"{"act":"raise","level":"L2","reason":"the lobby is full"}"#;
const CLOSE: &str = r#"{"act":"close","reason":"over"}"#;

/// A folder with a roster and a configuration, and the recall system.
pub(crate) struct Rig {
    pub(crate) folder: TempDir,
    pub(crate) config: PathBuf,
    pub(crate) receiver: Receiver,
}

impl Rig {
    pub(crate) fn new(mode: &str) -> Self {
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

    pub(crate) fn automatic() -> Self {
        Self::new("mode = \"automatic\"\nroster = \"roster.db\"\n")
    }

    pub(super) fn roster(&self) -> PathBuf {
        self.folder.path().join("roster.db")
    }

    pub(crate) fn serve(&self) -> Running {
        Running::serve(&self.folder.path().join("j"), Some(&self.config))
    }

    /// Serves, with a surge and an order of L2.
    pub(super) fn raised(&self) -> Running {
        let served = self.serve();
        assert_eq!(served.post(surge("sales")).status, 200);
        assert_eq!(served.order("default", "raise", RAISE).expect("an answer").status, 200);
        served
    }

    /// What the recall system was told, each message once, in the order of the log book.
    pub(crate) fn told(&self) -> Vec<Value> {
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
    pub(super) fn whom(&self, cause: &str) -> Vec<String> {
        let of = |m: &Value| m["recall"]["person"].as_str().map(str::to_owned);
        self.told().iter().filter(|m| m["cause"] == cause).filter_map(of).collect()
    }

    /// Waits for so many messages of a cause.
    pub(crate) fn wait(&self, cause: &str, count: usize) -> Vec<String> {
        until(&format!("{count} times {cause}"), || {
            let whom = self.whom(cause);
            (whom.len() >= count).then_some(whom)
        })
    }

    pub(crate) fn has_closed(&self) {
        until("the recall closes", || {
            self.told().iter().any(|m| m["cause"] == "closed").then_some(())
        });
    }
}

/// Posts to a recall; the body is its own key.
pub(super) fn post(served: &Running, place: &str, body: &Value) -> Answer {
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

#[test]
fn a_kill_asks_nobody_twice_and_loses_nobody() {
    let rig = Rig::automatic();
    let mut served = rig.raised();
    // The level is committed; whether the order is, nobody knows.
    served.signal("KILL");
    served.wait();
    let mut served = rig.serve();
    let asked = rig.wait("offer", 3);
    served.signal("KILL");
    served.wait();
    let served = rig.serve();
    assert_eq!(says(&served, &asked[0], "accept"), "coming");
    assert_eq!(says(&served, &asked[1], "accept"), "coming");
    rig.wait("thank", 2);
    let heads = &served.json("/api/v1/recalls")["recalls"][0]["heads"];
    let offers = rig.wait("offer", heads["asked"].as_u64().expect("a number") as usize);
    let different: BTreeSet<_> = offers.iter().collect();
    assert_eq!(different.len(), offers.len(), "{offers:?}");
    let begun = served.logbook("type=recall_act");
    assert_eq!(begun.iter().filter(|record| record["act"] == "start").count(), 1, "{begun:?}");
    assert!(served.terminate().success());
}

#[test]
fn a_dry_run_tells_and_asks_nobody() {
    let rig = Rig::new("roster = \"roster.db\"\n");
    let served = rig.raised();
    let told = until("the dry run is told", || served.logbook("type=recall").pop());
    assert_eq!((&told["cause"], &told["level"]), (&json!("dry_run"), &json!("L2")));
    let would_ask = told["recall"]["would_ask"].as_u64().expect("a number");
    assert!((3..=PEOPLE as u64).contains(&would_ask), "{told}");
    let tile = &served.json("/api/v1/units/default")["recall"];
    let wanted = json!({"mode": "dry_run", "needed": 2, "asked": 0, "accepted": 0, "arrived": 0,
                        "would_ask": would_ask});
    assert_eq!(*tile, wanted);
    let looked = post(&served, "units/default/recall/preview", &json!({"level": "L2"}));
    assert_eq!(looked.status, 200, "{}", looked.body);
    assert_eq!(looked.json()["first"].as_array().expect("people").len() as u64, would_ask);
    let list = served.json("/api/v1/recalls");
    assert_eq!((&list["recalls"], &list["wanted"][0]["because"]), (&json!([]), &json!("dry_run")));
    // The next level is told as well, so the one before is over with.
    let order = RAISE.replace("L2", "L3");
    assert_eq!(served.order("default", "more", &order).expect("an answer").status, 200);
    until("L3 is told", || (served.logbook("type=recall").len() == 2).then_some(()));
    assert!(rig.receiver.requests().is_empty());
    assert!(served.terminate().success());
}

#[test]
fn without_a_roster_it_is_off_and_says_so() {
    let rig = Rig::new("");
    let served = rig.raised();
    let told = until("it is told", || served.logbook("type=recall").pop());
    assert_eq!(told["cause"], "off");
    assert_eq!(served.json("/api/v1/units/default")["recall"]["mode"], "off");
    let looked = post(&served, "units/default/recall/preview", &json!({"level": "L2"}));
    assert_eq!((looked.status, &looked.json()["error"]["code"]), (409, &json!("nobody_asked")));
    assert!(rig.receiver.requests().is_empty());
    assert!(served.terminate().success());
}

#[test]
fn a_reply_to_a_recall_that_never_was_is_refused() {
    let rig = Rig::automatic();
    let served = rig.raised();
    let asked = rig.wait("offer", 1);
    for reply in ["accept", "decline"] {
        let body = json!({"person": asked[0], "reply": reply});
        let answer = post(&served, "recalls/9-L2-1/replies", &body);
        let error = &answer.json()["error"];
        assert_eq!((answer.status, &error["code"]), (409, &json!("refused")), "{}", answer.body);
        assert_eq!(error["message"], "refused: no_recall", "{}", answer.body);
    }
    let told = served.logbook("type=recall_act");
    let refused: Vec<_> = told.iter().filter(|line| line["refused"] == "no_recall").collect();
    assert_eq!(refused.len(), 2, "{told:?}");
    assert!(refused.iter().all(|line| line["incident"].is_null()), "there is no incident 9");
    assert!(served.terminate().success());
}

/// What is asked of a roster is seen nowhere else: no name and no number in a log, a page, a
/// metric, a message or a byte of the journal.
#[test]
fn numbers_and_names_stay_in_the_roster() {
    let rig = Rig::automatic();
    let served = rig.raised();
    let asked = rig.wait("offer", 3);
    says(&served, &asked[0], "accept");
    let wrong = json!({"person": asked[1], "reply": "wrong_number", "contact": "sms"});
    let answer = post(&served, "recalls/1-L2-1/replies", &wrong);
    assert_eq!(answer.json()["recall"]["answer"], "blocked", "{}", answer.body);
    rig.wait("block_contact", 1);
    let mut seen = Vec::new();
    for place in [
        "/metrics",
        "/api/v1/status",
        "/api/v1/recalls",
        "/api/v1/recalls/1-L2-1",
        "/api/v1/logbook",
    ] {
        seen.push(served.get(place).body);
    }
    let looked = post(&served, "units/default/recall/preview", &json!({"level": "L3"}));
    assert_eq!(looked.status, 200, "{}", looked.body);
    seen.push(looked.body);
    seen.extend(rig.receiver.requests().into_iter().map(|request| request.body));
    seen.extend(served.lines.lock().unwrap().iter().cloned());
    assert!(served.terminate().success());
    let mut files = 0;
    for file in fs::read_dir(rig.folder.path()).expect("a folder").flatten() {
        let name = file.file_name().into_string().expect("UTF-8");
        if name.starts_with('j') || name.starts_with("roster.db") {
            files += 1;
            seen.push(String::from_utf8_lossy(&fs::read(file.path()).expect("bytes")).into_owned());
        }
    }
    assert!(files >= 2, "journal and roster");
    for text in seen {
        assert!(!text.contains(CANARY) && !text.contains("Canary"), "{text}");
    }
}

/// With a gateway of its own the service reaches people itself.
#[test]
fn people_are_asked_by_the_channels_of_the_configuration() {
    let rig = Rig::automatic();
    let gateway = Fake::start_then([], Act::Say(200, "{\"code\": 0}".into()));
    let group = Fake::start_then([], Act::Say(200, "{\"errcode\": 0}".into()));
    let url = write(rig.folder.path(), "group.url", &format!("{}/send?key={KEY}", group.base()));
    let config = fs::read_to_string(&rig.config).expect("readable");
    let config = config.replace("[recall]\n", "[recall]\nkey_file = \"roster.key\"\n");
    let config = format!(
        "{config}[language]\ndefault = \"zh-CN\"\n[[channel]]\nname = \"sms\"\nkind = \"http\"\n\
         reaches = \"sms\"\nurl = \"{}/send\"\nsuccess_at = \"/code\"\nsuccess = [\"0\"]\n\
         body = '{{\"to\": \"{{to}}\", \"text\": \"{{text}}\", \"key\": \"{{key}}\"}}'\n\
         [[channel]]\nname = \"group\"\nkind = \"wecom_bot\"\nurl_file = \"{}\"\n",
        gateway.base(),
        path(&url)
    );
    write(rig.folder.path(), "c.toml", &config);
    let served = rig.raised();
    let asked = rig.wait("offer", 3);
    let texts = |about: &str| {
        let lines = gateway.heard();
        lines.into_iter().filter(|line| line.contains(about)).collect::<Vec<_>>()
    };
    let offers = until("offers leave", || {
        let offers = texts("能请您在");
        (offers.len() >= asked.len()).then_some(offers)
    });
    assert!(offers.iter().all(|line| line.contains(&format!("+86{CANARY}"))), "{offers:?}");
    assert_eq!(says(&served, &asked[0], "accept"), "coming");
    until("thanks leave", || (texts("谢谢，请在").len() == 1).then_some(()));
    until("the group is told", || {
        group.heard().iter().any(|l| l.contains("二级支持")).then_some(())
    });
    let channels = until("offers and thanks are counted", || {
        let metrics = served.get("/metrics").body;
        let series = "callsurge_notifications_total{integration=\"sms\",outcome=\"delivered\"} ";
        let value = metrics.split(series).nth(1).and_then(|rest| rest.lines().next());
        let delivered: usize = value.expect("the series").parse().expect("a number");
        (delivered > offers.len()).then_some(metrics)
    });
    let mut seen = vec![channels, served.get("/api/v1/logbook").body];
    seen.extend(served.lines.lock().unwrap().iter().cloned());
    assert!(served.terminate().success());
    seen.push(String::from_utf8_lossy(&fs::read(rig.folder.path().join("j")).expect("-")).into());
    for text in seen {
        assert!(!text.contains(CANARY) && !text.contains(KEY), "{text}");
        assert!(!text.contains("能请您在"), "no text is kept: {text}");
    }
}

/// A program that does not end by itself.
struct Script(std::process::Child);

impl Drop for Script {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The receiver of `config/examples`, in which everybody says yes.
#[test]
fn the_example_of_a_recall_system_fills_the_quota() {
    let version = std::process::Command::new("python3").arg("--version").output();
    if version.is_err() {
        println!("skipped: there is no python3");
        return;
    }
    let rig = Rig::automatic();
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    let config = fs::read_to_string(&rig.config).expect("readable");
    let hook = format!("http://127.0.0.1:{port}/");
    let config = config.replace(&rig.receiver.url(), &hook);
    write(rig.folder.path(), "c.toml", &config);
    let served = rig.serve();
    drop(free);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/config/examples/recall_receiver.py");
    let child = std::process::Command::new("python3")
        .args([script, "--api", &format!("http://{}", served.at), "--port", &port.to_string()])
        .arg("--state")
        .arg(rig.folder.path().join("state"))
        .env("CALLSURGE_TOKEN", super::TOKEN)
        .env("WEBHOOK_SECRET", SECRET)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut script = Script(child);
    let said = script.0.stdout.take().expect("a pipe");
    let mut said = std::io::BufRead::lines(std::io::BufReader::new(said)).map_while(Result::ok);
    assert_eq!(said.next().as_deref(), Some(format!("listens on {hook}").as_str()));
    // What nobody signed is refused and printed by nobody.
    let forged = exchange(
        ([127, 0, 0, 1], port).into(),
        "POST / HTTP/1.1\r\nwebhook-id: x\r\nwebhook-timestamp: 1\r\nwebhook-signature: v1,x\r\n",
        b"{}",
    );
    assert_eq!(forged.expect("an answer").status, 401);
    assert_eq!(served.post(surge("sales")).status, 200);
    assert_eq!(served.order("default", "raise", RAISE).expect("an answer").status, 200);
    let mut lines = Vec::new();
    let mut hears = |words: &str, times: usize| {
        while lines.iter().filter(|line: &&String| line.contains(words)).count() < times {
            lines.push(said.next().expect("it goes on"));
        }
        lines.clone()
    };
    hears("1-L2-1: filled", 1);
    hears(" hears coming", 2);
    hears(": withdraw", 1);
    let heads = &served.json("/api/v1/recalls")["recalls"][0]["heads"];
    assert_eq!((&heads["coming"], &heads["missing"]), (&json!(2), &json!(0)));
    let page = served.get("/metrics").body;
    for (series, value) in [
        ("callsurge_recall_staff_required{unit=\"default\",tier=\"standby\"}", 2),
        ("callsurge_recall_staff{unit=\"default\",tier=\"standby\",status=\"accepted\"}", 2),
        ("callsurge_recall_staff_unfilled{unit=\"default\",tier=\"standby\"}", 0),
        ("callsurge_recall_staff_required{unit=\"default\",tier=\"functional\"}", 0),
    ] {
        assert!(page.contains(&format!("\n{series} {value}\n")), "{series}");
    }
    assert_eq!(served.order("default", "close", CLOSE).expect("an answer").status, 200);
    let lines = hears("1-L2-1: closed", 1);
    assert_eq!(lines.iter().filter(|line| line.contains(": cancel")).count(), 2, "{lines:?}");
    assert!(served.terminate().success());
}

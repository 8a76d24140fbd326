//! From an unverified contact of an import to somebody who can be asked, by the program itself.

use super::recall::{CANARY, Rig, post as api};
use super::reply::{at, get, post as press, rig as with_links};
use super::{Answer, Running, exchange, objects, path, program, text};
use crate::fake::{Act, Fake, News};
use callsurge::engine::time::Timestamp;
use callsurge::roster::Contact;
use callsurge::roster::store::Store;
use serde_json::{Value, json};
use std::fs;
use std::process::{Child, Output, Stdio};

const HOOK: &str = "a secret of the gateway";
/// The only one of the rig whose contacts nobody attests.
const WHO: &str = "p14";

fn taken() -> Act {
    Act::Say(200, "{\"code\": 0}".into())
}

/// A roster, a listener of replies and a gateway for text messages that brings answers back.
fn rig(gateway: &Fake) -> Rig {
    let rig = with_links();
    super::write(rig.folder.path(), "hook", HOOK);
    let config = fs::read_to_string(&rig.config).expect("readable");
    let config = config.replace(
        "[recall]\n",
        "[recall]\nkey_file = \"roster.key\"\nsender = \"Example Centre\"\n",
    );
    let channel = format!(
        "[[channel]]\nname = \"gateway\"\nkind = \"http\"\nreaches = \"sms\"\nurl = \"{}/send\"\n\
         success_at = \"/code\"\nsuccess = [\"0\"]\nbody = '{{\"to\": \"{{to}}\", \"text\": \
         \"{{text}}\", \"code\": \"{{code}}\"}}'\nreply_from = \"/from\"\nreply_text = \"/text\"\n\
         reply_secret_file = \"hook\"\n",
        gateway.base()
    );
    fs::write(&rig.config, format!("{config}{channel}")).expect("written");
    rig
}

fn start(rig: &Rig, more: &[&str]) -> Child {
    program()
        .args(["roster", "verify", "--json", "--config", path(&rig.config)])
        .args(more)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs")
}

/// Runs it to its end; the summary. No number is in what it prints.
fn verify(rig: &Rig, more: &[&str]) -> (Output, Value) {
    let output = start(rig, more).wait_with_output().expect("it ends");
    for stream in [&output.stdout, &output.stderr] {
        assert!(!text(stream).contains(CANARY), "{}", text(stream));
    }
    let summary = objects(&output).pop();
    let summary = summary.unwrap_or_else(|| panic!("{}", text(&output.stderr)));
    assert_eq!(summary["type"], "roster_verify");
    (output, summary)
}

fn sent(gateway: &Fake) -> Vec<Value> {
    let body = |line: &String| line[line.find('{')?..].parse().ok();
    gateway.heard().iter().filter_map(body).collect()
}

fn token(message: &Value) -> String {
    let text = message["text"].as_str().expect("a text");
    let link = text.split("https://reply.example.org/r/").nth(1).expect("a link");
    link.split_whitespace().next().expect("a token").to_owned()
}

fn contacts(rig: &Rig) -> Vec<Contact> {
    let people = Store::read(&rig.roster()).expect("a roster").people().expect("people");
    people.into_iter().find(|p| p.id.to_string() == WHO).expect("there").contacts
}

/// Whether a recall would leave them out.
fn is_left_out(served: &Running) -> bool {
    let looked = api(served, "units/default/recall/preview", &json!({"level": "L2"}));
    assert_eq!(looked.status, 200, "{}", looked.body);
    let looked = looked.json();
    looked["excluded"].as_array().expect("people").iter().any(|one| one["person"] == WHO)
}

fn says(served: &Running, from: &Value, words: &str) -> Answer {
    let head = format!(
        "POST /hooks/gateway HTTP/1.1\r\ncontent-type: application/json\r\n\
         authorization: Bearer {HOOK}\r\n"
    );
    let body = json!({"from": from, "text": words}).to_string();
    exchange(at(served), &head, body.as_bytes()).expect("an answer")
}

#[test]
fn whoever_confirms_a_contact_can_be_asked_to_come() {
    let gateway = Fake::start_then([], taken());
    let rig = rig(&gateway);
    let served = rig.serve();
    assert_eq!(served.post(super::surge("sales")).status, 200);
    assert!(is_left_out(&served));

    let (output, planned) = verify(&rig, &["--dry-run"]);
    assert!(output.status.success());
    assert_eq!((&planned["would_be_asked"], &planned["sent"]), (&json!(1), &json!(0)));
    assert_eq!(objects(&output)[0]["value"], "139****0091");
    assert!(gateway.heard().is_empty());

    let (output, done) = verify(&rig, &[]);
    assert!(output.status.success(), "{done}");
    let wanted = json!({"type": "roster_verify", "dry_run": false, "would_be_asked": 0, "sent": 1,
        "failed": {}, "unclear": {}, "no_channel": {"voice": 1}, "asked_already": 0,
        "opted_out": 0});
    assert_eq!(done, wanted);
    let messages = sent(&gateway);
    assert_eq!(messages.len(), 1);
    let (link, code) = (token(&messages[0]), messages[0]["code"].as_str().expect("a code"));
    assert_eq!(messages[0]["to"], format!("+86{CANARY}0091"));
    let wanted = format!(
        "Example Centre: May we use this contact to reach you when help is needed at work? Answer: \
         https://reply.example.org/r/{link} Text back \"{code} 1\" for yes, \"{code} 9\" for wrong \
         number."
    );
    assert_eq!(messages[0]["text"], wanted);

    for _ in 0..2 {
        let page = get(at(&served), &link);
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains("May we use this contact"), "{}", page.body);
        assert!(page.body.contains("Example Centre"), "{}", page.body);
    }
    assert!(is_left_out(&served), "who looks has not answered");
    for _ in 0..2 {
        let pressed = press(at(&served), &link, "reply=yes");
        assert_eq!(pressed.status, 303, "{}", pressed.body);
        assert!(pressed.head.contains(&format!("location: {link}\r\n")), "{}", pressed.head);
        let page = get(at(&served), &link).body;
        assert!(page.contains("Noted: this contact may be used."), "{page}");
    }
    assert!(!is_left_out(&served));
    assert_eq!(verify(&rig, &["--again"]).1["sent"], 0, "it is verified");

    let metrics = served.get("/metrics").body;
    let series = "\ncallsurge_replies_total{answer=\"verified\",via=\"link\"} 2\n";
    assert!(metrics.contains(series), "{metrics}");
    let lines = served.lines.lock().unwrap().join("\n");
    assert!(served.terminate().success());
    for seen in [metrics, lines] {
        assert!(!seen.contains(CANARY) && !seen.contains(&link), "{seen}");
    }
    let roster = fs::read(rig.roster()).expect("readable");
    let roster = String::from_utf8_lossy(&roster);
    assert!(!roster.contains(&link) && !roster.contains(CANARY), "nothing secret is kept");
}

#[test]
fn who_is_somebody_else_is_not_called_again_and_nobody_is_asked_twice_in_a_week() {
    let gateway = Fake::start_then([], taken());
    let rig = rig(&gateway);
    let served = rig.serve();
    assert_eq!(verify(&rig, &["--person", WHO]).1["sent"], 1);
    let again = verify(&rig, &[]).1;
    assert_eq!((&again["sent"], &again["asked_already"]), (&json!(0), &json!(1)));
    assert_eq!(verify(&rig, &["--again"]).1["sent"], 1);
    let messages = sent(&gateway);
    assert_eq!(messages.len(), 2);
    let link = token(&messages[0]);
    assert_eq!(press(at(&served), &link, "reply=maybe").status, 400);
    assert_eq!(press(at(&served), &link, "reply=wrong_number").status, 303);
    assert!(contacts(&rig).iter().all(|c| c.blocked_since.is_some() && !c.is_verified()));
    assert_eq!(press(at(&served), &link, "reply=yes").status, 303);
    let page = get(at(&served), &link).body;
    assert!(page.contains("This contact will not be used again."), "{page}");
    assert!(contacts(&rig).iter().all(|c| c.blocked_since.is_some() && !c.is_verified()));
    assert_eq!(verify(&rig, &["--again"]).1["sent"], 0, "blocked");
    assert!(served.terminate().success());
}

#[test]
fn another_value_makes_the_link_void() {
    let gateway = Fake::start_then([], taken());
    let rig = rig(&gateway);
    let served = rig.serve();
    assert_eq!(verify(&rig, &[]).1["sent"], 1);
    let link = token(&sent(&gateway)[0]);
    assert_eq!(get(at(&served), &link).status, 200);
    let table = format!("id,name,tier,mobile\n91,Canary91 Name,standby,{CANARY}0092\n");
    let table = super::write(rig.folder.path(), "changed.csv", &table);
    let imported = program()
        .args(["roster", "import", path(&table), "--roster", path(&rig.roster()), "--key-file"])
        .arg(rig.folder.path().join("roster.key"))
        .output()
        .expect("it runs");
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    assert_eq!(press(at(&served), &link, "reply=yes").status, 404);
    assert_eq!(get(at(&served), &link).status, 404);
    assert!(contacts(&rig).iter().all(|contact| !contact.is_verified()));
    assert_eq!(verify(&rig, &[]).1["sent"], 1, "the new number was never asked");
    assert!(served.terminate().success());
}

#[test]
fn a_text_message_answers_from_that_contact_only() {
    let gateway = Fake::start_then([], taken());
    let rig = rig(&gateway);
    let served = rig.serve();
    assert_eq!(verify(&rig, &[]).1["sent"], 1);
    let message = sent(&gateway).remove(0);
    let code = message["code"].as_str().expect("a code").to_owned();
    let from = |number: &str| json!(format!("+86{CANARY}{number}"));
    let stranger = says(&served, &from("0003"), &format!("{code} 1"));
    assert_eq!(stranger.status, 200, "{}", stranger.body);
    assert!(stranger.body.contains("not, or no longer, in use"), "{}", stranger.body);
    let other = says(&served, &from("0003"), &format!("{code} 9"));
    assert!(!other.body.contains("May we"), "{}", other.body);
    assert!(contacts(&rig).iter().all(|c| !c.is_verified() && c.blocked_since.is_none()));

    let unclear = says(&served, &message["to"], &format!("{code} 2"));
    assert!(unclear.body.contains("for yes"), "{}", unclear.body);
    assert!(contacts(&rig).iter().all(|c| !c.is_verified() && c.blocked_since.is_none()));
    let yes = says(&served, &message["to"], &format!("{} y", code.to_lowercase()));
    assert!(yes.body.contains("Noted: this contact may be used."), "{}", yes.body);
    let states = |rig: &Rig| -> Vec<_> {
        contacts(rig).iter().map(|c| (c.is_verified(), c.blocked_since.is_some())).collect()
    };
    assert_eq!(states(&rig), [(true, false), (false, false)]);
    let wrong = says(&served, &message["to"], &format!("{code} 9"));
    assert!(wrong.body.contains("This contact will not be used again."), "{}", wrong.body);
    assert_eq!(states(&rig), [(true, true), (false, true)]);
    let metrics = served.get("/metrics").body;
    for (answer, count) in [("verified", 1), ("blocked", 2), ("refused", 1), ("not_understood", 1)]
    {
        let series =
            format!("\ncallsurge_replies_total{{answer=\"{answer}\",via=\"sms\"}} {count}\n");
        assert!(metrics.contains(&series), "{series}");
    }
    assert!(served.terminate().success());
}

#[test]
fn a_run_that_is_killed_asks_nobody_twice() {
    let gateway = Fake::start_then([Act::Hang], taken());
    let rig = rig(&gateway);
    let (heard, news) = std::sync::mpsc::channel();
    gateway.once(News::Heard, move || heard.send(()).expect("the test waits"));
    let mut run = start(&rig, &[]);
    news.recv().expect("the message leaves");
    run.kill().expect("it ran");
    run.wait().expect("it ends");
    let again = verify(&rig, &[]).1;
    assert_eq!((&again["sent"], &again["asked_already"]), (&json!(0), &json!(1)));
    assert_eq!(gateway.heard().len(), 1);

    // Between the note and the message: the same, though nothing was ever sent.
    let mut store = Store::open_sealed(&rig.roster(), Timestamp::MIN).expect("a roster");
    let noted = store.asked(Timestamp::MIN).expect("read");
    assert_eq!(noted.len(), 1, "it was noted before it left");
    store.unask(&noted).expect("forgotten");
    assert_eq!(store.ask(&noted, false).expect("noted"), [true]);
    assert_eq!(verify(&rig, &[]).1["asked_already"], 1);
    assert_eq!(gateway.heard().len(), 1);
}

#[test]
fn what_was_surely_not_sent_is_told_by_its_reason_and_tried_by_the_next_run() {
    let gateway = Fake::start_then([Act::Say(200, "{\"code\": 1}".into())], taken());
    let rig = rig(&gateway);
    let (output, done) = verify(&rig, &[]);
    assert_eq!((output.status.code(), &done["sent"]), (Some(1), &json!(0)));
    assert_eq!(done["failed"], json!({"unknown": 1}));
    let people = text(&output.stderr);
    assert!(people.contains("p14 sms 139****0091: not sent by gateway: unknown"), "{people}");
    assert_eq!(verify(&rig, &[]).1["sent"], 1);
}

#[test]
fn what_is_missing_is_named() {
    let gateway = Fake::start_then([], taken());
    let rig = rig(&gateway);
    let whole = fs::read_to_string(&rig.config).expect("readable");
    let told = |config: &str, more: &[&str]| {
        fs::write(&rig.config, config).expect("written");
        let output = start(&rig, more).wait_with_output().expect("it ends");
        (output.status.code(), text(&output.stderr).to_owned())
    };
    let without = |from: &str, to: &str| {
        let (before, rest) = whole.split_once(from).expect("it is there");
        format!("{before}{}", rest.split_once(to).map_or("", |(_, after)| after))
    };
    let no_channel = without("[[channel]]", "reply_secret_file = \"hook\"\n");
    for (config, wanted) in [
        (whole.replace("sender = \"Example Centre\"\n", ""), "[recall] has no `sender`"),
        (without("[reply]\n", "secret_file = \"links\"\n"), "there is no [reply] with"),
        (no_channel, "there is no [[channel]] that reaches people"),
        (whole.replace("key_file = \"roster.key\"\n", ""), "give `key_file` or `key_env`"),
        (
            whole.replace("roster = \"roster.db\"\n", "").replace("mode = \"automatic\"\n", ""),
            "[recall] has no `roster`",
        ),
    ] {
        let (code, told) = told(&config, &[]);
        assert_eq!(code, Some(3), "{wanted}: {told}");
        assert!(told.contains(wanted), "{wanted}: {told}");
    }
    let (code, told) = told(&whole, &["--person", "p99"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("there is no p99"), "{told}");
    assert!(gateway.heard().is_empty());
    let store = Store::read(&rig.roster()).expect("a roster");
    assert_eq!(store.asked(Timestamp::MIN).expect("read"), [], "nothing is noted");
}

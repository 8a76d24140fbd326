//! A real browser, driven over its DevTools protocol.
//!
//! The protocol goes through the browser's pipe, `NUL` between messages, instead of a web socket:
//! no port, no further dependency, and a browser whose test is gone ends by itself.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A busy build machine does anything that is waited for here in a few seconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at a page.
const POLL: Duration = Duration::from_millis(25);
/// One browser at a time: two cores are not enough for the promises about seconds otherwise.
static ALONE: Mutex<()> = Mutex::new(());

/// Collected in every page before its own scripts run.
const WATCH: &str = "window.refused = []; addEventListener('securitypolicyviolation', \
    (e) => window.refused.push(e.violatedDirective + ' ' + e.blockedURI));";

/// What the browser says of an expression whose page goes away while it is looked at.
const BETWEEN_PAGES: [&str; 3] = [
    "Inspected target navigated or closed",
    "Execution context was destroyed",
    "Cannot find default execution context",
];

/// A running browser.
pub(crate) struct Browser {
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<Value>,
    calls: u64,
    events: Vec<Value>,
    _profile: TempDir,
    _alone: MutexGuard<'static, ()>,
}

/// A tab of it.
pub(crate) struct Page<'a> {
    browser: &'a mut Browser,
    session: String,
    target: String,
}

/// How large a screen is, in pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen(pub(crate) u32, pub(crate) u32);

impl Browser {
    /// Starts one; `None`, with the reason printed, where none is installed.
    pub(crate) fn start() -> Option<Self> {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let found = Command::new("chromium").arg("--version").output();
        if !found.is_ok_and(|version| version.status.success()) {
            println!("skipped: chromium is not installed");
            return None;
        }
        let profile = tempfile::tempdir().expect("a folder");
        // The pipe is descriptors 3 and 4; a shell puts them there.
        let mut command = Command::new("sh");
        command
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", "sh", "chromium"])
            .args(["--headless", "--remote-debugging-pipe", "--disable-gpu", "--no-first-run"])
            .args(["--disable-dev-shm-usage", "--disable-background-networking"])
            // Root, as in a container, has no sandbox to enter.
            .args(["--no-sandbox", "--lang=en-US", "--hide-scrollbars"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let pipe = BufReader::new(child.stdout.take().expect("piped"));
        let (tell, output) = channel();
        std::thread::spawn(move || {
            for message in pipe.split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).expect("JSON");
                if tell.send(message).is_err() {
                    break;
                }
            }
        });
        let input = child.stdin.take();
        let events = Vec::new();
        let (_profile, _alone) = (profile, alone);
        Some(Self { child, input, output, calls: 0, events, _profile, _alone })
    }

    /// Opens an address on a screen and waits until the page is loaded.
    pub(crate) fn open(&mut self, url: &str, screen: Screen) -> Page<'_> {
        let made = self.call(None, "Target.createTarget", json!({ "url": "about:blank" }));
        let target = made["targetId"].as_str().expect("an id").to_owned();
        let ask = json!({ "targetId": target, "flatten": true });
        let session = self.call(None, "Target.attachToTarget", ask)["sessionId"].clone();
        let session = session.as_str().expect("an id").to_owned();
        self.events.clear();
        let mut page = Page { browser: self, session, target };
        for domain in ["Page", "Runtime", "Network", "Log"] {
            page.call(&format!("{domain}.enable"), json!({}));
        }
        page.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH }));
        page.resize(screen);
        page.go(url);
        page
    }

    fn call(&mut self, session: Option<&str>, method: &str, params: Value) -> Value {
        self.try_call(session, method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// The answer, or what the browser says against the call.
    fn try_call(
        &mut self,
        session: Option<&str>,
        method: &str,
        params: Value,
    ) -> Result<Value, String> {
        self.calls += 1;
        let mut message = json!({ "id": self.calls, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let input = self.input.as_mut().expect("open");
        input.write_all(format!("{message}\0").as_bytes()).expect("it reads");
        let begun = Instant::now();
        loop {
            let message = match self.output.recv_timeout(PATIENCE) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("no answer to {method} after {:?}", begun.elapsed())
                }
            };
            if message["id"] == self.calls {
                return match message["error"]["message"].as_str() {
                    Some(error) => Err(error.to_owned()),
                    None => Ok(message["result"].clone()),
                };
            }
            self.events.push(message);
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The end of its input is the end of the browser, and of its children.
        drop(self.input.take());
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && self.child.try_wait().is_ok_and(|end| end.is_none()) {
            std::thread::park_timeout(POLL);
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Page<'_> {
    fn call(&mut self, method: &str, params: Value) -> Value {
        let session = self.session.clone();
        self.browser.call(Some(&session), method, params)
    }

    /// Goes to an address and waits until the page is loaded.
    pub(crate) fn go(&mut self, url: &str) {
        let gone = self.call("Page.navigate", json!({ "url": url }));
        assert_eq!(gone["errorText"], Value::Null, "{url}");
        self.until("the page is loaded", "document.readyState === 'complete'");
    }

    pub(crate) fn resize(&mut self, Screen(width, height): Screen) {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false
        });
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// The value of an expression, promises awaited.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        self.try_eval(expression).unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    fn try_eval(&mut self, expression: &str) -> Result<Value, String> {
        let ask = json!({
            "expression": expression, "returnByValue": true, "awaitPromise": true
        });
        let answer = self.browser.try_call(Some(&self.session), "Runtime.evaluate", ask)?;
        assert_eq!(answer["exceptionDetails"], Value::Null, "{expression}");
        Ok(answer["result"]["value"].clone())
    }

    /// Whether an expression is true. A page that is just being left for another has no answer:
    /// not yet.
    fn holds(&mut self, expression: &str) -> bool {
        match self.try_eval(expression) {
            Ok(value) => value == true,
            Err(error) if BETWEEN_PAGES.iter().any(|known| error.contains(known)) => false,
            Err(error) => panic!("{expression}: {error}"),
        }
    }

    /// Waits until an expression is true; how long that took.
    pub(crate) fn until(&mut self, what: &str, expression: &str) -> Duration {
        let begun = Instant::now();
        while !self.holds(expression) {
            if begun.elapsed() > PATIENCE {
                panic!("{what}: {}", self.eval("document.body.innerText"));
            }
            std::thread::park_timeout(POLL);
        }
        begun.elapsed()
    }

    /// The text of an element.
    pub(crate) fn text(&mut self, selector: &str) -> String {
        let found = self.eval(&format!("document.querySelector({selector:?}).innerText"));
        found.as_str().expect("an element").to_owned()
    }

    pub(crate) fn type_into(&mut self, selector: &str, text: &str) {
        self.eval(&format!("document.querySelector({selector:?}).focus()"));
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// Two clicks of a mouse, as fast as a hand makes them or faster.
    pub(crate) fn double_click(&mut self, selector: &str) {
        let at = self.eval(&format!(
            "(() => {{ const e = document.querySelector({selector:?}); e.scrollIntoView({{ block: 'center' }}); \
             const r = e.getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2]; }})()"
        ));
        for count in [1, 2] {
            for kind in ["mousePressed", "mouseReleased"] {
                let event = json!({
                    "type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": count
                });
                self.call("Input.dispatchMouseEvent", event);
            }
        }
    }

    /// Shows the page as it is printed, or as on a screen again.
    pub(crate) fn print(&mut self, on: bool) {
        let media = if on { "print" } else { "" };
        self.call("Emulation.setEmulatedMedia", json!({ "media": media }));
    }

    fn events(&mut self, method: &str) -> Vec<Value> {
        // An answer comes behind all events before it.
        self.eval("0");
        let of_page = |e: &&Value| e["sessionId"] == self.session && e["method"] == method;
        self.browser.events.iter().filter(of_page).map(|e| e["params"].clone()).collect()
    }

    /// Errors, warnings and refusals: what a developer would see in red or yellow.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        for thrown in self.events("Runtime.exceptionThrown") {
            found.push(format!("exception: {}", thrown["exceptionDetails"]));
        }
        for said in self.events("Runtime.consoleAPICalled") {
            if matches!(said["type"].as_str(), Some("error" | "warning" | "assert")) {
                found.push(format!("console: {}", said["args"]));
            }
        }
        for entry in self.events("Log.entryAdded") {
            if matches!(entry["entry"]["level"].as_str(), Some("error" | "warning")) {
                found.push(format!("log: {}", entry["entry"]));
            }
        }
        for refused in self.eval("window.refused").as_array().expect("collected") {
            found.push(format!("policy: {refused}"));
        }
        found
    }

    /// Every address that was asked for.
    pub(crate) fn requests(&mut self) -> Vec<String> {
        let sent = self.events("Network.requestWillBeSent");
        let url = |e: &Value| e["request"]["url"].as_str().expect("an address").to_owned();
        sent.iter().map(url).collect()
    }

    /// What is on the screen, as PNG in base64.
    pub(crate) fn picture(&mut self) -> String {
        let shot = self.call("Page.captureScreenshot", json!({ "format": "png" }));
        shot["data"].as_str().expect("a picture").to_owned()
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let close = json!({ "targetId": self.target });
            self.browser.call(None, "Target.closeTarget", close);
        }
    }
}

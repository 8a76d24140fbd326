// One stream of events, and what to do where it breaks: what is lost is said within five seconds,
// and everything is asked for anew. `on` has status, record, opened (asks for the rest, answers
// when it is there), denied (whether a token is wanted) and broken (something changed for the worse).
callsurge.stream = function (on) {
  'use strict';
  var c = callsurge;
  var LOST_MS = 4400; // two beats of 2 s missed; looked at every 0.2 s, said within 5 s
  var AGAIN_MS = 2000; // between two tries to connect
  var DEAD_MS = 10000; // a line that is cut without a word is dialled anew
  var source = null;
  var stands = false;
  var heard = null; // our two clocks at the last event
  var dialled = 0;
  var dials = 0;
  var abort = null;
  var again = null;
  var refused = false; // the last try to connect failed: no need to wait for beats
  var denied = false;

  // The longer of two clocks: one may stand while a screen sleeps, the other may be set.
  function silence() {
    return heard ? Math.max(c.steady() - heard.steady, Date.now() - heard.wall) : 0;
  }
  function hear(event) {
    heard = { steady: c.steady(), wall: Date.now() };
    return event ? JSON.parse(event.data) : null;
  }
  function state(body) {
    stands = body.read_only;
    c.sync(body.now, stands);
    on.status(body);
  }
  function connect() {
    source = new EventSource('/api/v1/events');
    source.addEventListener('status', function (e) { state(hear(e)); });
    source.addEventListener('record', function (e) { on.record(hear(e)); });
    source.addEventListener('lagged', function (e) { hear(e); on.opened().catch(later); });
    source.addEventListener('beat', function (e) { c.sync(hear(e).now, stands); });
    // Not left to the browser: a new stream alone would miss what happened in between.
    source.onerror = start;
  }
  function hangUp() {
    if (source) { source.close(); }
    source = null;
    clearTimeout(again);
  }
  function later() {
    hangUp();
    again = setTimeout(start, AGAIN_MS);
  }
  function start() {
    hangUp();
    dialled = c.steady();
    dials += 1;
    var dial = dials;
    // Dead lines would fill the few connections that a browser allows.
    if (abort) { abort.abort(); }
    abort = window.AbortController ? new AbortController() : null;
    c.ask('/api/v1/status', abort ? { signal: abort.signal } : {}).then(function (r) {
      denied = r.status === 401 || r.status === 403;
      on.denied(denied);
      return c.json(r);
    }).then(function (body) {
      if (dial !== dials) { return null; }
      hangUp();
      refused = false;
      hear(null);
      state(body);
      connect();
      return on.opened();
    }).catch(function () {
      if (dial !== dials || denied) { return; }
      refused = true;
      on.broken();
      later();
    });
  }
  // For how long nothing was heard, where that is a loss; else `null`.
  function lost() {
    var quiet = silence();
    if (!refused && quiet <= LOST_MS) { return null; }
    if (c.steady() - dialled > DEAD_MS) { start(); }
    return quiet;
  }
  // Says a loss above the page, and whether there is one.
  function banner(title) {
    var quiet = lost();
    var node = document.getElementById('lost');
    document.documentElement.classList.toggle('is-lost', quiet !== null);
    c.show(node, quiet !== null);
    if (quiet === null) { return false; }
    var at = c.clock(c.heard() || Date.now() - quiet);
    c.set(node, c.say('lost', { time: at, span: c.span(quiet) }));
    document.title = '(!) ' + title;
    return true;
  }
  return { start: start, banner: banner };
};

// The live page: one stream of events, cards of units, what is lost is said within five seconds.
(function () {
  'use strict';
  var c = callsurge;
  var LOST_MS = 4400; // two beats of 2 s missed; looked at every 0.2 s, said within 5 s
  var AGAIN_MS = 2000; // between two tries to connect
  var DEAD_MS = 10000; // a line that is cut without a word is dialled anew
  var SERIES_MS = 1000; // a curve is asked for at most this often
  var lang = document.documentElement.lang;
  var status = null;
  var cards = [];
  var asked = Object.create(null); // when the curve of a unit was asked for last
  var source = null;
  var heard = null; // our two clocks at the last event
  var dialled = 0;
  var dials = 0;
  var abort = null;
  var again = null;
  var refused = false; // the last try to connect failed: no need to wait for beats
  var feeds = '';
  var logIsOld = true;

  function $(id) { return document.getElementById(id); }
  // The longer of two clocks: one may stand while a screen sleeps, the other may be set.
  function silence() {
    return heard ? Math.max(c.steady() - heard.steady, Date.now() - heard.wall) : 0;
  }
  function ask(path, options) {
    return fetch(path, Object.assign({ credentials: 'same-origin' }, options));
  }
  function json(response) {
    if (!response.ok) { throw new Error(String(response.status)); }
    return response.json();
  }

  // One unit that fills a screen, where nothing may scroll.
  function isWall() { return getComputedStyle(document.body).overflowY === 'hidden'; }
  function wanted() {
    var match = /[?&]unit=([^&]*)/.exec(location.search);
    if (!match) { return null; }
    try { return decodeURIComponent(match[1].replace(/\+/g, ' ')); } catch (malformed) { return ''; }
  }
  function shown() {
    var one = wanted();
    return status.units.filter(function (u) { return one === null || u.unit === one; });
  }
  function arrange(units) {
    var same = cards.length === units.length &&
      cards.every(function (card, i) { return card.unit === units[i].unit; });
    if (same) { return; }
    $('units').textContent = '';
    cards = units.map(function (u) {
      var card = c.card(u);
      $('units').appendChild(card.box);
      return card;
    });
    asked = Object.create(null);
    var count = units.length;
    document.body.className = count < 2 ? 'one' : count === 2 ? 'two' : 'many';
  }
  function loadSeries(card) {
    var before = asked[card.unit];
    if (before !== undefined && c.steady() - before < SERIES_MS) { return; }
    asked[card.unit] = c.steady();
    ask('/api/v1/units/' + encodeURIComponent(card.unit) + '/series?hours=6').then(json)
      .then(function (series) { card.load(series); draw(); }, function () {});
  }

  function feed(s) {
    var node = c.el('li', s.up ? 'up' : 'down');
    c.add(node, c.el('b', '', (s.up ? '● ' : '▲ ') + c.tr(s.up ? 'source.up' : 'source.down')));
    node.appendChild(document.createTextNode(' '));
    c.add(node, c.name(s.source, 32));
    var told = s.last_event
      ? c.say('source.age', { span: c.span(c.now() - Date.parse(s.last_event)) }) : c.tr('no_data');
    node.appendChild(document.createTextNode(' · ' + told));
    return node;
  }
  function drawFeeds() {
    // Those that are silent first: on a wall the last ones give way.
    var fresh = status.sources.filter(function (s) { return !s.up; })
      .concat(status.sources.filter(function (s) { return s.up; })).map(feed);
    var said = fresh.map(function (node) { return node.textContent; }).join('\n');
    if (feeds === said) { return; }
    feeds = said;
    var list = $('sources');
    var room = list.parentNode;
    list.textContent = '';
    fresh.forEach(function (node) { list.appendChild(node); });
    for (var left = 1; isWall() && list.children.length > 1; left += 1) {
      if (room.scrollHeight <= room.clientHeight) { return; }
      if (left > 1) { list.removeChild(list.lastChild); }
      list.removeChild(list.lastChild);
      c.add(list, c.el('li', '', c.say('source.more', { n: left })));
    }
  }
  function drawTitle(units) {
    var most = units.reduce(function (m, u) { return Math.max(m, u.has_data ? u.stage : 0); }, 0);
    document.title = (most ? 'L' + most + ' · ' : '') + 'callsurge';
  }

  function drawLost() {
    var quiet = silence();
    var lost = refused || quiet > LOST_MS;
    document.documentElement.classList.toggle('is-lost', lost);
    c.show($('lost'), lost);
    if (lost) {
      var at = c.clock(status ? c.heard() : Date.now() - quiet);
      c.set($('lost'), c.say('lost', { time: at, span: c.span(quiet) }));
      document.title = '(!) callsurge';
      cards.forEach(function (card) { card.fit(); });
      if (c.steady() - dialled > DEAD_MS) { start(); }
    }
    return lost;
  }
  function draw() {
    // Numbers of a lost connection stay as they were, struck and grey.
    if (drawLost() || !status) { return; }
    var units = shown();
    arrange(units);
    c.show($('notice'), units.length === 0);
    c.set($('notice'), wanted() === null ? c.tr('no_units') : c.tr('no_such_unit'));
    c.show($('stamp'), status.stamp !== 'live');
    c.set($('stamp'), c.tr('stamp.' + status.stamp));
    c.show($('foot'), true);
    drawFeeds();
    cards.forEach(function (card, i) {
      var news = card.draw(units[i]);
      if (news) { c.set($('said'), news); }
      if (!card.grow(units[i])) { loadSeries(card); }
    });
    drawTitle(units);
    c.set($('seen'), c.say('seen', { time: c.clock(c.now()) }));
    if (logIsOld) {
      logIsOld = false;
      c.log.draw($('log'), isWall());
    }
  }

  function take(records) {
    c.log.take(records);
    logIsOld = true;
  }
  function loadLog() {
    return ask('/api/v1/logbook?limit=' + c.log.kept).then(json)
      .then(function (page) { take(page.records); draw(); });
  }
  function hear(event) {
    heard = { steady: c.steady(), wall: Date.now() };
    return event ? JSON.parse(event.data) : null;
  }
  function state(body) {
    status = body;
    c.sync(body.now, body.read_only);
    draw();
  }
  function connect() {
    source = new EventSource('/api/v1/events');
    source.addEventListener('status', function (e) { state(hear(e)); });
    source.addEventListener('record', function (e) { take([hear(e)]); draw(); });
    source.addEventListener('lagged', function (e) { hear(e); loadLog().catch(later); });
    source.addEventListener('beat', function (e) {
      c.sync(hear(e).now, status && status.read_only);
      draw();
    });
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
    ask('/api/v1/status', abort ? { signal: abort.signal } : {}).then(function (r) {
      c.show($('login'), r.status === 401 || r.status === 403);
      return json(r);
    }).then(function (body) {
      if (dial !== dials) { return null; }
      hangUp();
      refused = false;
      hear(null);
      state(body);
      cards.forEach(loadSeries);
      connect();
      return loadLog();
    }).catch(function () {
      if (dial !== dials || !$('login').hidden) { return; }
      refused = true;
      drawLost();
      later();
    });
  }
  function login(event) {
    event.preventDefault();
    var body = JSON.stringify({ token: $('token').value });
    ask('/api/v1/session', { method: 'POST', body: body }).then(function (r) {
      $('token').value = '';
      c.set($('login-failed'), r.ok ? '' : c.tr('login.failed'));
      if (r.ok) { start(); }
    });
  }

  fetch('/web/' + lang + '.json').then(json).then(function (loaded) {
    c.learn(loaded);
    $('login-label').textContent = c.tr('login.label');
    $('login-go').textContent = c.tr('login.go');
    $('sources-title').textContent = c.tr('sources');
    $('log-title').textContent = c.tr('log');
    $('login').addEventListener('submit', login);
    window.addEventListener('resize', function () {
      logIsOld = true;
      feeds = '';
      draw();
    });
    setInterval(draw, 500);
    setInterval(drawLost, 200);
    start();
  }, function () { setTimeout(function () { location.reload(); }, AGAIN_MS); });
}());

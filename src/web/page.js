// The live page. ES2016, no library. Every text goes through textContent.
(function () {
  'use strict';
  var LOST_MS = 4400; // two beats of 2 s missed; drawn every 0.5 s, said within 5 s
  var LOG_LINES = 12;
  var lang = document.documentElement.lang;
  var words = {};
  var status = null;
  var log = []; // records, newest first
  var skew = 0; // server clock minus ours
  var heard = 0; // our clock at the last event; 0 before the first
  var source = null;

  function $(id) { return document.getElementById(id); }
  function tr(key) { return Object.prototype.hasOwnProperty.call(words, key) ? words[key] : key; }
  function el(tag, cls, text) {
    var node = document.createElement(tag);
    if (cls) { node.className = cls; }
    if (text !== undefined) { node.textContent = text; }
    return node;
  }
  function two(n) { return (n < 10 ? '0' : '') + n; }
  function span(ms) {
    var s = Math.max(0, Math.floor(ms / 1000));
    var h = Math.floor(s / 3600);
    return (h ? h + ':' + two(Math.floor(s / 60) % 60) : Math.floor(s / 60)) + ':' + two(s % 60);
  }
  function time(iso) {
    var d = new Date(iso);
    return two(d.getHours()) + ':' + two(d.getMinutes()) + ':' + two(d.getSeconds());
  }
  function now() { return Date.now() + skew; }
  function since(iso) { return iso ? span(now() - Date.parse(iso)) : tr('none'); }
  function num(value) { return value === null || value === undefined ? tr('none') : String(value); }
  function round(value) { return Math.round(value * 10) / 10; }

  // A verdict in a sentence, in the language of the page.
  function explained(told) { return told.explanation ? told.explanation[lang] || '' : ''; }

  function clockText(u) {
    if (!u.has_data) { return tr('clock.no_data'); }
    if (u.clock === 'running' && u.next_step_at) {
      return tr('clock.next') + ' ' + span(Date.parse(u.next_step_at) - now());
    }
    if (u.clock === 'idle') { return u.stage === 3 ? tr('clock.top') : tr('clock.idle'); }
    return tr('clock.' + u.clock);
  }
  function row(list, name, value) {
    var div = el('div');
    div.appendChild(el('dt', '', name));
    div.appendChild(el('dd', '', value));
    list.appendChild(div);
  }
  function unit(u) {
    var box = el('article', 'unit');
    box.appendChild(el('h2', '', u.display));
    var tile = el('div', 'tile' + (u.has_data ? ' s' + u.stage : ''));
    tile.appendChild(el('div', 'number', u.has_data ? String(u.stage) : '—'));
    tile.appendChild(el('div', 'word', u.has_data ? tr('stage.' + u.stage) : tr('no_data')));
    box.appendChild(tile);
    box.appendChild(el('div', 'clock', clockText(u)));
    if (u.has_data) { box.appendChild(el('p', 'why', explained(u.strongest))); }
    var list = el('dl');
    var e = u.evidence;
    row(list, tr('observed'), e ? num(e.observed) + ' / ' + round(e.expected) : tr('none'));
    row(list, tr('upper'), e ? num(round(e.upper)) : tr('none'));
    row(list, tr('verdict'), tr('verdict.' + u.verdict));
    row(list, tr('waiting'), num(u.waiting));
    row(list, tr('longest'), since(u.oldest_arrival));
    row(list, tr('evaluated'), since(u.evaluated_to));
    box.appendChild(list);
    return box;
  }
  function feed(s) {
    var state = s.up ? tr('source.up') : tr('source.down');
    var age = s.last_event ? since(s.last_event) + ' ' + tr('ago') : tr('no_data');
    return el('li', '', s.source + ': ' + state + ', ' + age);
  }
  function fill(id, nodes) {
    var box = $(id);
    box.textContent = '';
    nodes.forEach(function (node) { box.appendChild(node); });
  }
  function draw() {
    var lost = heard > 0 && Date.now() - heard > LOST_MS;
    document.body.classList.toggle('is-lost', lost);
    $('lost').hidden = !lost;
    if (lost) {
      $('lost').textContent = tr('lost') + ' ' + time(heard);
      return; // numbers stay as they were, greyed
    }
    if (!status) { return; }
    $('stamp').hidden = status.stamp === 'live';
    $('stamp').textContent = tr('stamp.' + status.stamp);
    fill('units', status.units.map(unit));
    fill('sources', status.sources.map(feed));
    $('seen').textContent = tr('seen') + ' ' + time(heard);
  }
  function line(r) {
    var parts = [time(r.at), tr('type.' + r.type), r.unit || '', r.queue || '', r.source || ''];
    if (r.from && r.to) { parts.push(r.from + ' → ' + r.to); }
    parts.push(r.act || '', r.level || '', r.cause || '', r.actor || '', r.reason || '', explained(r));
    return parts.filter(function (part) { return part !== ''; }).join(' ');
  }
  function number(r) { return r.id.split('-').map(Number); }
  function newestFirst(a, b) {
    var x = number(a);
    var y = number(b);
    return y[0] - x[0] || y[1] - x[1];
  }
  // The stream and the loaded log overlap: a record is known by its id.
  function addLines(records) {
    records.forEach(function (r) {
      if (!log.some(function (known) { return known.id === r.id; })) { log.push(r); }
    });
    log.sort(newestFirst);
    log = log.slice(0, LOG_LINES);
    fill('log', log.map(function (r) { return el('li', '', line(r)); }));
  }
  function ask(path, options) {
    return fetch(path, Object.assign({ credentials: 'same-origin' }, options));
  }
  function loadLog() {
    return ask('/api/v1/logbook?limit=' + LOG_LINES).then(function (r) { return r.json(); })
      .then(function (page) { addLines(page.records); });
  }
  function hear(event) {
    heard = Date.now();
    return JSON.parse(event.data);
  }
  function sync(body) { skew = Date.parse(body.now) - Date.now(); }
  function connect() {
    if (source) { source.close(); }
    source = new EventSource('/api/v1/events');
    source.addEventListener('status', function (e) { status = hear(e); sync(status); draw(); });
    source.addEventListener('record', function (e) { addLines([hear(e)]); });
    source.addEventListener('lagged', function (e) { hear(e); loadLog(); });
    source.addEventListener('beat', function (e) { sync(hear(e)); draw(); });
    source.onerror = function () {
      // A refused stream is not retried by the browser: look why, then try again.
      if (source.readyState === 2) { setTimeout(start, 2000); }
    };
  }
  function start() {
    ask('/api/v1/status').then(function (r) {
      $('login').hidden = r.status !== 401 && r.status !== 403;
      if (!r.ok) { throw new Error(String(r.status)); }
      return r.json();
    }).then(function (body) {
      status = body;
      heard = Date.now();
      sync(body);
      draw();
      connect();
      return loadLog();
    }).catch(function () { if ($('login').hidden) { setTimeout(start, 2000); } });
  }
  function login(event) {
    event.preventDefault();
    var body = JSON.stringify({ token: $('token').value });
    ask('/api/v1/session', { method: 'POST', body: body }).then(function (r) {
      $('token').value = '';
      $('login-failed').textContent = r.ok ? '' : tr('login.failed');
      if (r.ok) { start(); }
    });
  }
  fetch('/web/' + lang + '.json').then(function (r) { return r.json(); }).then(function (loaded) {
    words = loaded;
    $('login-label').textContent = tr('login.label');
    $('login-go').textContent = tr('login.go');
    $('sources-title').textContent = tr('sources');
    $('log-title').textContent = tr('log');
    $('login').addEventListener('submit', login);
    setInterval(draw, 500);
    start();
  });
}());

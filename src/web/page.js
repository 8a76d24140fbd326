// The live page: one stream of events, cards of units, what is lost is said within five seconds.
(function () {
  'use strict';
  var c = callsurge;
  var AGAIN_MS = 2000; // between two tries to have the words
  var SERIES_MS = 1000; // a curve is asked for at most this often
  var lang = document.documentElement.lang;
  var status = null;
  var cards = [];
  var asked = Object.create(null); // when the curve of a unit was asked for last
  var feeds = '';
  var logIsOld = true;

  function $(id) { return document.getElementById(id); }
  // One unit that fills a screen, where nothing may scroll.
  function isWall() { return getComputedStyle(document.body).overflowY === 'hidden'; }
  function shown() {
    var one = c.asked('unit');
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
    c.ask('/api/v1/units/' + encodeURIComponent(card.unit) + '/series?hours=6').then(c.json)
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
    var lost = stream.banner('callsurge');
    if (lost) { cards.forEach(function (card) { card.fit(); }); }
    return lost;
  }
  function draw() {
    // Numbers of a lost connection stay as they were, struck and grey.
    if (drawLost() || !status) { return; }
    var units = shown();
    arrange(units);
    c.show($('notice'), units.length === 0);
    c.set($('notice'), c.asked('unit') === null ? c.tr('no_units') : c.tr('no_such_unit'));
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
    return c.ask('/api/v1/logbook?limit=' + c.log.asked).then(c.json)
      .then(function (page) { take(page.records); draw(); });
  }
  var stream = c.stream({
    status: function (body) { status = body; draw(); },
    record: function (record) { take([record]); draw(); },
    opened: function () { cards.forEach(loadSeries); return loadLog(); },
    denied: function (denied) { c.show($('login'), denied); },
    broken: drawLost
  });
  function login(event) {
    event.preventDefault();
    var body = JSON.stringify({ token: $('token').value });
    c.ask('/api/v1/session', { method: 'POST', body: body }).then(function (r) {
      $('token').value = '';
      c.set($('login-failed'), r.ok ? '' : c.tr('login.failed'));
      if (r.ok) { stream.start(); }
    });
  }

  fetch('/web/' + lang + '.json').then(c.json).then(function (loaded) {
    c.learn(loaded);
    $('login-label').textContent = c.tr('login.label');
    $('login-go').textContent = c.tr('login.go');
    $('sources-title').textContent = c.tr('sources');
    $('command').textContent = c.tr('desk');
    $('analyst').textContent = c.tr('analyst');
    $('log-title').textContent = c.tr('log');
    $('login').addEventListener('submit', login);
    window.addEventListener('resize', function () {
      logIsOld = true;
      feeds = '';
      draw();
    });
    setInterval(draw, 500);
    setInterval(drawLost, 200);
    stream.start();
  }, function () { setTimeout(function () { location.reload(); }, AGAIN_MS); });
}());
